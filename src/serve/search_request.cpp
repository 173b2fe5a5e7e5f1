// SPDX-License-Identifier: Apache-2.0
#include "serve/search_request.h"

#include <algorithm>
#include <future>
#include <utility>

#include "base/time.h"
#include "rule/search/hit.h"
#include "rule/search/hit_csv.h"
#include "rule/search/limits.h"
#include "rule/search/pipe_sql.h"
#include "rule/search/sql.h"
#include "serve/json_question.h"
#include "serve/limits.h"
#include "serve/sql_request.h"

namespace vedette::serve {

namespace {

using base::ErrorCode;
using base::Result;
using rule::search::PipePlan;
using rule::search::SqlOptions;
using rule::search::SqlQuery;

struct Question {
    std::string query, sql, from, to;
    std::string format = "json";
    std::optional<std::size_t> limit;
};

Result<Question> read_question(std::string_view body) {
    Question question;
    std::optional<std::uint64_t> limit;
    VD_TRY_DO(JsonQuestion()
                  .text("query", question.query)
                  .text("sql", question.sql)
                  .text("from", question.from)
                  .text("to", question.to)
                  .text("format", question.format)
                  .number("limit", limit)
                  .read(body));
    if (limit) question.limit = std::clamp<std::size_t>(*limit, 1, rule::search::kFileRowsMax);
    return question;
}

/// One statement on its way to the store and back.
class Run {
  public:
    Run(const store::ClientOptions& store, Question question,
        std::shared_ptr<const event::LookupSet> lists, engine::FieldPromotion* fields)
        : store_(store), client_(store), question_(std::move(question)), fields_(fields) {
        options_.now = base::SystemClock().now();
        options_.mapped_fields = 0;
        options_.lists = std::move(lists);
    }

    Result<std::string> answer() {
        VD_TRY(options_.range,
               rule::search::parse_time_range(question_.from, question_.to, options_.now));
        const event::LookupSet none;
        VD_TRY(const PipePlan plan,
               rule::search::make_plan(question_.query, options_.now, options_.range,
                                       options_.lists ? *options_.lists : none));
        VD_TRY_DO(learn_columns());
        if (question_.format == "parquet") return file(plan);
        if (question_.format != "json" && question_.format != "csv") {
            return base::fail(ErrorCode::bad_input, "there is no format '" + question_.format + "'",
                              {}, "use json, csv or parquet");
        }
        return plan.is_table ? table(plan) : events(plan);
    }

  private:
    Result<std::string> ask(const SqlQuery& query, std::uint64_t bytes_max = 256u << 20) {
        store::QueryOptions options;
        options.format = query.format;
        options.answer_bytes_max = bytes_max;
        if (fields_ != nullptr) fields_->asked(query.map_fields);
        return client_.query(query.sql, query.params, options);
    }

    /// Which fields of the map have a column as well.
    Result<void> learn_columns() {
        if (fields_ != nullptr) {
            options_.promoted = fields_->columns();
        } else {
            VD_TRY(options_.promoted, engine::promoted_columns(client_));
        }
        return {};
    }

    Result<std::uint64_t> mapped_fields() {
        store::Client client(store_);
        const SqlQuery query = rule::search::mapped_sql(options_.range);
        store::QueryOptions options;
        options.format = query.format;
        VD_TRY(const std::string answer, client.query(query.sql, query.params, options));
        return rule::search::decode_count(answer);
    }

    /// Asks what `make` makes of the options. Nearly always the columns tell all, so a statement
    /// that relies on that goes off at once, beside the question whether it may; where it may not,
    /// the one that reads the map is asked after it. A statement that relies on nothing goes alone.
    template <typename Make>
    Result<std::string> ask_made(const Make& make, std::uint64_t bytes_max = 256u << 20) {
        VD_TRY(const SqlQuery query, make(options_));
        if (query.relies_on == 0) return ask(query, bytes_max);
        auto pending = std::async(std::launch::async, [this] { return mapped_fields(); });
        auto answer = ask(query, bytes_max);
        VD_TRY(const std::uint64_t mapped, pending.get());
        options_.mapped_fields |= mapped;
        if ((mapped & query.relies_on) == 0) return answer;
        VD_TRY(const SqlQuery with_map, make(options_));
        return ask(with_map, bytes_max);
    }

    Result<std::string> events(const PipePlan& plan) {
        options_.limit = std::min(question_.limit.value_or(100), kSearchRowsMax);
        VD_TRY(const std::string answer, ask_made([&](const SqlOptions& options) {
                   return rule::search::events_sql(plan, options);
               }));
        VD_TRY(const auto hits, rule::search::decode_hits(answer));
        std::string out;
        if (question_.format == "csv") {
            rule::search::append_csv(out, hits, plan.events.fields);
            return out;
        }
        for (const rule::search::Hit& hit : hits) {
            rule::search::append_json(out, hit);
            out += '\n';
        }
        return out;
    }

    Result<std::string> table(const PipePlan& plan) {
        const std::size_t rows_max = std::min(question_.limit.value_or(rule::search::kTableRowsMax),
                                              rule::search::kTableRowsMax);
        VD_TRY(const std::string answer, ask_made([&](const SqlOptions& options) {
                   return rule::search::table_sql(plan, options, rows_max);
               }));
        VD_TRY(const rule::search::Table table, rule::search::decode_table(plan, answer, rows_max));
        if (question_.format == "json") return rule::search::to_json(table);
        std::string out;
        rule::search::append_csv(out, table);
        return out;
    }

    /// A file that lacks rows without saying so is worse than none: a limit that nobody asked for
    /// is looked at first.
    Result<std::string> file(const PipePlan& plan) {
        const std::size_t rows_max = question_.limit.value_or(rule::search::kFileRowsMax);
        options_.limit = rows_max;
        if (!question_.limit) {
            const auto counting = [&](SqlOptions options) -> Result<SqlQuery> {
                options.limit = rows_max + 1;
                VD_TRY(SqlQuery query,
                       rule::search::file_sql(plan, options, rows_max + 1, "RowBinary"));
                query.sql = "SELECT count() FROM (" + query.sql + ")";
                return query;
            };
            VD_TRY(const std::string answer, ask_made(counting));
            VD_TRY(const std::uint64_t count, rule::search::decode_count(answer));
            if (count > rows_max) {
                return base::fail(ErrorCode::limit,
                                  "there are more than " + std::to_string(rows_max) +
                                      " rows, which no file may have",
                                  {}, "narrow the search, or say how many: limit");
            }
        }
        return ask_made(
            [&](const SqlOptions& options) {
                return rule::search::file_sql(plan, options, rows_max, "Parquet");
            },
            rule::search::kFileBytesMax);
    }

    const store::ClientOptions store_;
    store::Client client_;
    const Question question_;
    SqlOptions options_;
    engine::FieldPromotion* const fields_;
};

}  // namespace

Result<std::string> search(const std::optional<store::ClientOptions>& store,
                           std::shared_ptr<const event::LookupSet> lists, std::string_view body,
                           engine::FieldPromotion* fields) {
    if (!store) {
        return base::fail(ErrorCode::unsupported, "this server keeps no store", {},
                          "set store.enabled: true");
    }
    VD_TRY(Question question, read_question(body));
    if (question.sql.empty())
        return Run(*store, std::move(question), std::move(lists), fields).answer();
    if (!question.query.empty() || !question.from.empty() || !question.to.empty()) {
        return base::fail(ErrorCode::bad_input, "SQL stands alone", {},
                          "write times as conditions on `time`");
    }
    return run_sql(*store, question.sql, question.format, question.limit);
}

std::string search_content_type(std::string_view body) {
    const auto question = read_question(body);
    if (question && question->format == "parquet") return "application/vnd.apache.parquet";
    if (question && question->format == "csv") return "text/csv; charset=utf-8";
    return "application/x-ndjson";
}

}  // namespace vedette::serve
