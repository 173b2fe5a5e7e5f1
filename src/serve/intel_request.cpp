// SPDX-License-Identifier: Apache-2.0
#include "serve/intel_request.h"

#include <fmt/format.h>

#include "base/json_text.h"
#include "engine/intel/feeds.h"

namespace vedette::serve {

std::string intel_status(engine::Engine& engine) {
    std::string body;
    for (const engine::intel::FeedStatus& feed : engine.feeds().status()) {
        const auto add = [&body](const char* key, const std::string& text) {
            body += key;
            base::append_json_string(body, text);
        };
        const auto time = [](std::int64_t seconds) {
            return seconds == 0 ? std::string()
                                : base::format_rfc3339({seconds * base::kNsPerSecond}, 0);
        };
        add("{\"feed\":", feed.name);
        add(",\"from\":", feed.from);
        add(",\"version\":", feed.version);
        body += fmt::format(
            ",\"indicators\":{},\"refused\":{},\"kept_out\":{},\"tries\":{},\"waiting\":{}",
            feed.indicators, feed.refused, feed.kept_out, feed.tries, feed.is_waiting);
        add(",\"good\":", time(feed.good_s));
        add(",\"tried\":", time(feed.tried_s));
        add(",\"error\":", feed.error);
        add(",\"left_out\":", feed.left_out);
        body += "}\n";
    }
    return body;
}

base::Result<std::string> intel_pull(engine::Engine& engine, const base::HttpRequest& request) {
    VD_TRY_DO(engine.feeds().ask(request.parameter("feed").value_or(""),
                                 request.parameter("accept").value_or("") == "1"));
    return intel_status(engine);
}

}  // namespace vedette::serve
