// SPDX-License-Identifier: Apache-2.0
#include "serve/learn_request.h"

#include <fmt/format.h>

#include <iterator>

#include "engine/learning/learn_job.h"
#include "engine/learning/limits.h"
#include "serve/json_question.h"

namespace vedette::serve {

base::Result<std::string> learn_history(engine::Engine& engine, std::string_view body) {
    engine::learning::LearnRequest request;
    std::int64_t adopt = 0;
    VD_TRY_DO(JsonQuestion()
                  .number("from_ns", request.range.from.unix_ns)
                  .number("to_ns", request.range.to.unix_ns)
                  .text("analytic", request.analytic)
                  .number("adopt", adopt)
                  .read(body));
    request.is_adopted = adopt != 0;
    VD_TRY_DO(engine.learn_job().begin(std::move(request)));
    return engine.learn_job().status_json();
}

base::Result<std::string> subtract_events(engine::Engine& engine, std::string_view body) {
    std::string subtract, restore;
    VD_TRY_DO(JsonQuestion().text("subtract", subtract).text("restore", restore).read(body));
    engine::learning::LearnRequest request;
    VD_TRY(request.subtract, engine::learning::read_event_ids(subtract));
    VD_TRY(request.restore, engine::learning::read_event_ids(restore));
    if (request.subtract.empty() && request.restore.empty()) {
        return base::fail(base::ErrorCode::bad_input, "no event is named", {},
                          "write their ids as findings show them, e.g. 4711:0");
    }
    request.range.to = base::SystemClock().now();
    request.range.from = {request.range.to.unix_ns - engine::learning::kDaysMax * base::kNsPerDay};
    request.is_adopted = true;
    request.is_of_same_history = true;
    VD_TRY_DO(engine.learn_job().begin(std::move(request)));
    return engine.learn_job().status_json();
}

base::Result<std::string> subtracted_events(engine::Engine& engine) {
    VD_TRY(const auto ids, engine.learn_job().subtracted());
    std::string out;
    for (const event::EventId& id : ids) {
        fmt::format_to(std::back_inserter(out), "{{\"event\":\"{}:{}\"}}\n", id.offset, id.row);
    }
    return out;
}

}  // namespace vedette::serve
