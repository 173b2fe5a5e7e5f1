// SPDX-License-Identifier: Apache-2.0
// Aggregations have two answers as well: the store's SQL, and groups in memory. Filters and pipes
// are made by chance, over rows made by chance, on a real engine.

#include <tuple>

#include "rule/search/aggregate.h"
#include "rule/search/hit.h"
#include "rule/search/limits.h"
#include "rule/search/match.h"
#include "rule/search/pipe_sql.h"
#include "tests/search_store.h"

namespace vedette {
namespace {

using rule::search::PipePlan;
using rule::search::Table;

std::string text_of(const Table& table) {
    std::string out;
    rule::search::append_csv(out, table);
    if (table.is_cut) out += "(cut)";
    if (table.has_gaps) out += "(gaps)";
    return out;
}

class SearchPipes : public SearchStore {
  protected:
    std::string in_store(const PipePlan& plan, std::uint64_t mapped, std::size_t rows_max) {
        rule::search::SqlOptions options{kNow};
        options.range = plan.range;
        options.mapped_fields = mapped;
        const auto sql = rule::search::table_sql(plan, options, rows_max);
        if (!sql) return sql.error().message();
        store::Client client = store_.client();
        store::QueryOptions as_binary;
        as_binary.format = sql->format;
        const auto answer = client.query(sql->sql, sql->params, as_binary);
        if (!answer) return answer.error().message() + '\n' + sql->sql;
        const auto table = rule::search::decode_table(plan, *answer, rows_max);
        return table ? text_of(*table) : table.error().message();
    }

    std::string in_memory(const PipePlan& plan, std::size_t rows_max) {
        const rule::search::Matcher matcher(plan.filter);
        rule::search::Aggregator aggregator(plan);
        for (std::uint32_t row = 0; row < batch_.row_count(); ++row) {
            const base::Timestamp time = batch_.rows()[row].time;
            if (time < plan.range.from || time >= plan.range.to) continue;
            if (matcher.matches(batch_, row)) aggregator.add(batch_, row);
        }
        EXPECT_EQ(aggregator.left_out_count(), 0u);
        return text_of(aggregator.table(rows_max));
    }

    void expect_same(const std::string& query, rule::search::TimeRange range = {},
                     std::size_t rows_max = rule::search::kTableRowsMax) {
        const auto plan = rule::search::make_plan(query, kNow, range);
        ASSERT_TRUE(plan) << query << ": " << plan.error().message();
        const std::string expected = in_memory(*plan, rows_max);
        EXPECT_EQ(in_store(*plan, mapped_, rows_max), expected) << query;
        if (is_luck(0.2)) {
            EXPECT_EQ(in_store(*plan, ~std::uint64_t{0}, rows_max), expected)
                << query << " where the map is read without need";
        }
    }

    std::string name() { return print(any(names_)); }
    static std::string print(const std::string& name) {
        return name.find(' ') == std::string::npos ? name : '"' + name + '"';
    }
    std::string filter() {
        return any({"*", "*", "user.name:*", "not user.name:root", "bytes>3", "source:files",
                    "message:failed or event.code:5", "line<500",
                    "event.action:r* or process.pid:5", "not destination.ip:10.0.0.0/24",
                    "process.pid>5 and url.path:*"});
    }
    std::string measure() {
        const std::string function =
            any({"count", "sum", "avg", "min", "max", "p50", "p95", "distinct"});
        return function + '(' + name() + ')';
    }
    std::string measures() {
        std::string out = any({"count", "count", measure()});
        if (is_luck(0.5)) out += ", " + measure() + " as other";
        if (is_luck(0.2)) out += ", min(time) as first, max(arrival) as last";
        return out;
    }
    std::string by(int count_max) {
        if (count_max == 0 || is_luck(0.2)) return "";
        std::string out = " by " + name();
        if (count_max > 1 && is_luck(0.5)) out += ", dataset";
        if (count_max > 2 && is_luck(0.3)) out += ", rare.key";
        return out;
    }
    std::string aggregation() {
        switch (std::uniform_int_distribution<int>(0, 5)(random_)) {
            case 0: return "top " + any({"1", "3", "100"}) + ' ' + name() + any({"", " by source"});
            case 1: return "rare " + any({"2", "50"}) + ' ' + name() + any({"", " by dataset"});
            case 2: return "distinct " + name() + any({"", ", source", ", row"});
            case 3: return "timechart " + any({"7m", "1m", "1h", "1w"}) + ' ' + measures() + by(1);
            default: return "stats " + measures() + by(3);
        }
    }

    std::vector<std::string> names_ = {
        "user.name",  "source.ip", "source.port", "message",  "file.path",
        "event.code", "client.ip", "bytes",       "odd name", "process.command_line",
        "absent",     "offset"};
};

TEST_F(SearchPipes, answer_as_groups_in_memory_do) {
    for (int i = 0; i < 220; ++i) {
        expect_same(filter() + " | " + aggregation());
        if (HasFatalFailure() || HasNonfatalFailure()) return;
    }
}

TEST_F(SearchPipes, go_on_with_tables_as_tables_in_memory_do) {
    const std::string counted =
        "* | stats count, sum(bytes) as total, max(time) as last by user.name, dataset";
    for (const char* stages : {"where count>10",
                               "where count>10 and not user.name:root",
                               "where total:*",
                               "where user.name:*",
                               "where not user.name:*",
                               "where user.name:/^a/ or dataset:linux*",
                               "where last<2026-11-22T16:10:00Z",
                               "where total>=1000.5",
                               "where count:[5 TO 9}",
                               "where user.name>m",
                               "where user.name:10.0.0.0/8",
                               "sort user.name",
                               "sort -user.name",
                               "sort -total, user.name",
                               "sort total",
                               "sort last",
                               "limit 3",
                               "sort user.name | limit 4",
                               "limit 5 | sort user.name | limit 2",
                               "limit 9 | where dataset:text | sort -count",
                               "fields count, user.name | sort count",
                               "fields dataset | limit 2"}) {
        expect_same(counted + " | " + stages);
    }
    expect_same("* | stats count | where count<5");
    expect_same("user.name:nobody | count");
    expect_same("user.name:nobody | stats count, sum(bytes), avg(bytes), p95(bytes), min(time)");
    expect_same("user.name:nobody | count by user.name");
    expect_same("user.name:nobody | timechart 1m");
    expect_same("* | count by user.name", {}, 3);
}

TEST_F(SearchPipes, charts_have_every_bucket_of_the_time_that_was_searched) {
    const auto at = [](const char* time) { return *base::parse_rfc3339(time); };
    const rule::search::TimeRange wide{at("2026-11-22T14:00:00Z"), at("2026-11-22T16:31:00Z")};
    const rule::search::TimeRange open{at("2026-11-22T15:30:00Z")};
    for (const auto& range : {wide, open, rule::search::TimeRange{}}) {
        for (const char* chart :
             {"timechart 10m", "timechart 10m by user.name", "timechart 1h sum(bytes), avg(bytes)",
              "timechart 30m distinct(user.name) by dataset", "timechart 5s by source"}) {
            expect_same(std::string("* | ") + chart, range);
            expect_same(std::string("user.name:root and bytes:* | ") + chart, range);
            expect_same(std::string("user.name:nobody | ") + chart, range);
        }
    }
    const auto plan = rule::search::make_plan("user.name:nobody | timechart 30m", kNow, wide);
    ASSERT_TRUE(plan);
    EXPECT_EQ(in_store(*plan, mapped_, 100),
              "time,count\r\n2026-11-22T14:00:00Z,0\r\n2026-11-22T14:30:00Z,0\r\n"
              "2026-11-22T15:00:00Z,0\r\n2026-11-22T15:30:00Z,0\r\n2026-11-22T16:00:00Z,0\r\n"
              "2026-11-22T16:30:00Z,0\r\n");
}

TEST_F(SearchPipes, write_files_of_parquet_with_the_names_of_columns) {
    const auto plan = rule::search::make_plan("* | count by user.name, \"odd name\"", kNow, {});
    ASSERT_TRUE(plan);
    const auto file = rule::search::file_sql(*plan, {kNow}, 10, "Parquet");
    ASSERT_TRUE(file);
    store::Client client = store_.client();
    store::QueryOptions options;
    options.format = file->format;
    const auto bytes = client.query(file->sql, file->params, options);
    ASSERT_TRUE(bytes) << bytes.error().message() << file->sql;
    EXPECT_TRUE(bytes->starts_with("PAR1") && bytes->ends_with("PAR1"));
    EXPECT_NE(bytes->find("odd_name"), std::string::npos);
    for (const char* query : {"*", "* | fields time, user.name, bytes, raw"}) {
        const auto events = rule::search::make_plan(query, kNow, {});
        ASSERT_TRUE(events);
        const auto list = rule::search::file_sql(*events, {kNow}, 10, "Parquet");
        ASSERT_TRUE(list);
        const auto answer = client.query(list->sql, list->params, options);
        ASSERT_TRUE(answer) << answer.error().message() << list->sql;
        EXPECT_TRUE(answer->starts_with("PAR1"));
    }
}

TEST_F(SearchPipes, sort_events_by_number_then_text_with_those_that_have_none_last) {
    const auto plan = rule::search::make_plan("* | sort bytes, -line | limit 2000", kNow, {});
    ASSERT_TRUE(plan);
    rule::search::SqlOptions options{kNow};
    options.limit = kRows;
    const auto sql = rule::search::events_sql(*plan, options);
    ASSERT_TRUE(sql);
    store::Client client = store_.client();
    store::QueryOptions as_binary;
    as_binary.format = sql->format;
    const auto answer = client.query(sql->sql, sql->params, as_binary);
    ASSERT_TRUE(answer) << answer.error().message();
    const auto hits = rule::search::decode_hits(*answer);
    ASSERT_TRUE(hits);
    ASSERT_EQ(hits->size(), 2'000u);
    const auto key = [](const rule::search::Hit& hit) {
        const std::string text = hit.field("bytes");
        const auto number = rule::search::read_number(text);
        const int kind = number ? 0 : text.empty() ? 2 : 1;
        return std::tuple(kind, number ? number->billionths : 0, number ? std::string() : text);
    };
    for (std::size_t i = 1; i < hits->size(); ++i) {
        const auto before = key((*hits)[i - 1]), after = key((*hits)[i]);
        EXPECT_LE(before, after);
        if (before == after) {
            EXPECT_GT((*hits)[i - 1].line, (*hits)[i].line);
        }
    }
}

}  // namespace
}  // namespace vedette
