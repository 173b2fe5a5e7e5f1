// SPDX-License-Identifier: Apache-2.0
#include "serve/live_request.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "base/time.h"
#include "rule/search/match.h"
#include "rule/search/pipe_plan.h"
#include "rule/search/row_hit.h"
#include "serve/limits.h"

namespace vedette::serve {

namespace {

using base::ErrorCode;
using base::Result;

struct Question {
    std::string query;
    journal::Offset next = 0;
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
        if (key == "query" && value.get(text) == simdjson::SUCCESS) {
            question.query = text;
        } else if (key != "next" || value.get(question.next) != simdjson::SUCCESS) {
            return base::fail(ErrorCode::bad_input, "this cannot be used: " + std::string(key), {},
                              "use query and next");
        }
    }
    return question;
}

}  // namespace

Result<std::string> live(engine::Engine& engine, std::string_view body) {
    VD_TRY(const Question question, read_question(body));
    VD_TRY(const auto plan,
           rule::search::make_plan(question.query, base::SystemClock().now(), {}, *engine.lists()));
    if (plan.is_table || !plan.events.sort.empty()) {
        return base::fail(ErrorCode::unsupported,
                          "a live search shows events as they come, it does not count or sort them",
                          {}, "take the stages away");
    }
    const rule::search::Matcher matcher(plan.filter);
    std::string lines;
    const auto look = [&](const event::Batch& batch) {
        for (std::uint32_t row = 0; row < batch.row_count(); ++row) {
            if (!matcher.matches(batch, row)) continue;
            rule::search::append_json(lines, rule::search::hit_of(batch, row));
            lines += '\n';
        }
    };
    VD_TRY(const engine::LiveRead read, engine.read_live(question.next, kLiveWaitMs, look));
    return lines + fmt::format("{{\"next\":{},\"behind_records\":{},\"lost_records\":{}}}\n",
                               read.next, read.behind_records, read.lost_records);
}

}  // namespace vedette::serve
