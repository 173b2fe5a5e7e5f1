// SPDX-License-Identifier: Apache-2.0
#include "engine/rule_replays/replay_json.h"

#include <fmt/format.h>

#include "base/json_text.h"

namespace vedette::engine::rule_replays {

namespace {

void append_line(std::string& out, const ReplayBook::Entry& entry, const ReplaysStatus& status) {
    const auto add = [&out](const char* key, std::string_view text) {
        out += key;
        base::append_json_string(out, text);
    };
    const ReplayOutcome& outcome = entry.outcome;
    const bool is_waiting = outcome.state == ReplayState::waiting;
    const bool is_running = is_waiting && entry.rule.content == status.running;
    const bool is_tried_again = is_waiting && &entry == status.book.next();
    add("{\"rule\":", entry.rule.id);
    add(",\"title\":", entry.rule.title);
    add(",\"state\":", is_running ? "running" : name(outcome.state));
    add(",\"reason\":", is_tried_again ? status.error : outcome.reason);
    add(",\"from\":", base::format_rfc3339({entry.from_ns}, 0));
    add(",\"set\":", entry.set.name);
    out += fmt::format(",\"offset\":{}", entry.set.offset);
    add(",\"when\":", is_waiting ? std::string() : base::format_rfc3339({outcome.when_ns}, 0));
    out += fmt::format(
        ",\"events\":{},\"hits\":{},\"findings\":{},\"known_before\":{},\"left_out\":{},"
        "\"is_cut\":{},\"looked_at\":{}",
        outcome.events, outcome.hits, entry.findings, outcome.known, outcome.left_out,
        outcome.is_cut, is_running ? status.candidates : 0);
    add(",\"content\":", entry.rule.content);
    out += "}\n";
}

}  // namespace

std::string to_json_lines(const ReplaysStatus& status) {
    std::string out;
    for (const ReplayBook::Entry& entry : status.book.entries()) append_line(out, entry, status);
    return out;
}

}  // namespace vedette::engine::rule_replays
