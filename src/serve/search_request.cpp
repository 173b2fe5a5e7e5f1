// SPDX-License-Identifier: Apache-2.0
#include "serve/search_request.h"

#include <simdjson.h>

#include <algorithm>

#include "base/time.h"
#include "rule/search/hit.h"
#include "rule/search/sql.h"
#include "serve/limits.h"

namespace vedette::serve {

namespace {

using base::ErrorCode;
using base::Result;

struct Question {
    std::string query, from, to;
    std::size_t limit = 100;
};

Result<Question> read_question(std::string_view body) {
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    const simdjson::padded_string padded(body);
    if (parser.parse(padded).get(object) != simdjson::SUCCESS) {
        return base::fail(ErrorCode::bad_input, "the body is no JSON object");
    }
    Question question;
    for (const auto& [key, value] : object) {
        std::string_view text;
        std::uint64_t number = 0;
        if (key == "limit" && value.get(number) == simdjson::SUCCESS) {
            question.limit = std::clamp<std::size_t>(number, 1, kSearchRowsMax);
        } else if (value.get(text) != simdjson::SUCCESS) {
            return base::fail(ErrorCode::bad_input, "this cannot be used: " + std::string(key));
        } else if (key == "query") {
            question.query = text;
        } else if (key == "from") {
            question.from = text;
        } else if (key == "to") {
            question.to = text;
        } else {
            return base::fail(ErrorCode::bad_input, "this is not known: " + std::string(key), {},
                              "use query, from, to and limit");
        }
    }
    return question;
}

}  // namespace

Result<std::string> search(const std::optional<store::ClientOptions>& store,
                           std::shared_ptr<const event::LookupSet> lists, std::string_view body) {
    if (!store) {
        return base::fail(ErrorCode::unsupported, "this server keeps no store", {},
                          "set store.enabled: true");
    }
    VD_TRY(const Question question, read_question(body));
    rule::search::SqlOptions options;
    options.now = base::SystemClock().now();
    options.limit = question.limit;
    options.lists = std::move(lists);
    VD_TRY(options.range, rule::search::parse_time_range(question.from, question.to, options.now));
    VD_TRY(const rule::search::SqlQuery query, rule::search::search_sql(question.query, options));
    store::Client client(*store);
    store::QueryOptions query_options;
    query_options.format = query.format;
    VD_TRY(const std::string answer, client.query(query.sql, query.params, query_options));
    VD_TRY(const auto hits, rule::search::decode_hits(answer));
    std::string lines;
    for (const rule::search::Hit& hit : hits) {
        rule::search::append_json(lines, hit);
        lines += '\n';
    }
    return lines;
}

}  // namespace vedette::serve
