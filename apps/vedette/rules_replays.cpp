// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/rules_replays.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <cstdio>
#include <map>

#include "apps/vedette/command.h"
#include "apps/vedette/rules_print.h"
#include "apps/vedette/server_client.h"
#include "engine/rule_replays/replay_json.h"
#include "report/text.h"
#include "report/words.h"

namespace vedette::apps {

namespace {

using base::Result;

/// Of a server that runs what it says; of one that does not, what its state has.
Result<std::string> lines_of(const RulesOptions& options) {
    const std::string& folder = options.choice.data_folder;
    VD_TRY(auto answer, ask_server(folder, {"GET", "/api/rules/replays", {}, {}}));
    if (answer) return std::move(*answer);
    VD_TRY(auto state, engine::kept_state(folder));
    if (!state) return std::string();
    VD_TRY(const auto saved, state->snapshot(engine::rule_replays::kReplaysSnapshot));
    if (!saved) return std::string();
    engine::rule_replays::ReplaysStatus status;
    VD_TRY_DO(status.book.restore(saved->bytes));
    return engine::rule_replays::to_json_lines(status);
}

std::string outcome_text(simdjson::dom::object replay) {
    const auto number = [&](const char* key) {
        std::uint64_t value = 0;
        return replay[key].get(value) == simdjson::SUCCESS ? value : 0;
    };
    std::string out = report::count_text(number("findings"), "finding") + " in " +
                      report::count_text(number("events"), "event");
    if (number("known_before") > 0) {
        out += fmt::format(", {} more were there before", number("known_before"));
    }
    if (number("left_out") > 0) {
        out += fmt::format(", {} more were left out", number("left_out"));
    }
    bool is_cut = false;
    if (replay["is_cut"].get(is_cut) == simdjson::SUCCESS && is_cut) {
        out += ", not judged to the end: too many events";
    }
    return out;
}

void print_replay(simdjson::dom::object replay) {
    const auto text = [&](const char* key) {
        std::string_view value;
        return replay[key].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
    };
    const std::string state = text("state");
    std::string second = "from " + text("from");
    if (!text("when").empty()) second += ", " + text("when");
    if (state == "done") second += ": " + outcome_text(replay);
    std::uint64_t looked_at = 0;
    if (state == "running" && replay["looked_at"].get(looked_at) == simdjson::SUCCESS) {
        second += ": " + report::count_text(looked_at, "event") + " looked at";
    }
    if (!text("reason").empty()) second += ": " + text("reason");
    std::printf("%s  %s  %s\n%9s%s\n", report::pad(state, 7).c_str(),
                report::pad(text("rule"), 36).c_str(), report::plain(text("title")).c_str(), "",
                report::plain(second).c_str());
}

}  // namespace

int replays(const RulesOptions& options) {
    const auto lines = lines_of(options);
    if (!lines) return report(lines.error());
    if (options.format == "json") {
        std::fputs(lines->c_str(), stdout);
        return lines->empty() ? kExitNo : kExitGood;
    }
    std::map<std::string, std::size_t> counts;
    std::size_t count = 0;
    std::string_view rest = *lines;
    simdjson::dom::parser parser;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const simdjson::padded_string line(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        simdjson::dom::object replay;
        std::string_view state;
        if (parser.parse(line).get(replay) != simdjson::SUCCESS ||
            replay["state"].get(state) != simdjson::SUCCESS) {
            return report(
                {base::ErrorCode::corrupt, "the server's answer is no JSON", {}, {}, false});
        }
        ++count;
        ++counts[std::string(state)];
        print_replay(replay);
    }
    std::string text = std::to_string(count) + (count == 1 ? " replay" : " replays");
    for (const auto& [state, number] : counts) text += ", " + std::to_string(number) + " " + state;
    std::printf("%s\n", text.c_str());
    return count == 0 ? kExitNo : kExitGood;
}

}  // namespace vedette::apps
