// SPDX-License-Identifier: Apache-2.0
#include "serve/learn_request.h"

#include "engine/learning/learn_job.h"
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

}  // namespace vedette::serve
