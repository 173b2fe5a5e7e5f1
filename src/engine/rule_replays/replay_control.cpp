// SPDX-License-Identifier: Apache-2.0
#include "engine/rule_replays/replay_control.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "base/base64.h"
#include "base/json_text.h"
#include "cases/record.h"
#include "engine/rule_replays/limits.h"

namespace vedette::engine::rule_replays {

namespace {

constexpr std::string_view kSeenPrefix = "{\"type\":\"rules_seen\",";
constexpr std::string_view kOutcomePrefix = "{\"type\":\"rule_replay\",";

constexpr ReplayState kStates[] = {ReplayState::waiting, ReplayState::done, ReplayState::failed,
                                   ReplayState::skipped};

using Object = simdjson::dom::object;

bool get_text(Object object, const char* key, std::string& out) {
    std::string_view text;
    if (object[key].get(text) != simdjson::SUCCESS) return false;
    out = text;
    return true;
}

bool get_content(Object object, const char* key, std::string& out) {
    return get_text(object, key, out) && is_content(out);
}

bool get_array(Object object, const char* key, simdjson::dom::array& out) {
    return object[key].get(out) == simdjson::SUCCESS && out.size() <= kRulesMax;
}

std::optional<cases::Finding> finding_of(simdjson::dom::element element) {
    std::string_view text;
    if (element.get(text) != simdjson::SUCCESS) return std::nullopt;
    const auto bytes = base::base64_decoded(text);
    if (!bytes) return std::nullopt;
    auto finding = cases::decode_finding(*bytes);
    if (!finding) return std::nullopt;
    return std::move(*finding);
}

}  // namespace

bool is_content(std::string_view text) {
    return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string_view name(ReplayState state) {
    switch (state) {
        case ReplayState::waiting: return "waiting";
        case ReplayState::done: return "done";
        case ReplayState::failed: return "failed";
        case ReplayState::skipped: return "skipped";
    }
    return "unknown";
}

std::string rules_seen_control(const RulesSeen& seen) {
    std::string out = std::string(kSeenPrefix) + "\"set\":";
    base::append_json_string(out, seen.set);
    out += fmt::format(",\"offset\":{},\"from_ns\":{}", seen.offset, seen.from_ns);
    base::append_json_strings(out, "known", seen.known);
    out += ",\"due\":[";
    for (const DueRule& rule : seen.due) {
        out += out.back() == '[' ? "{\"content\":" : ",{\"content\":";
        base::append_json_string(out, rule.content);
        out += ",\"id\":";
        base::append_json_string(out, rule.id);
        out += ",\"title\":";
        base::append_json_string(out, rule.title);
        out += '}';
    }
    return out + "]}";
}

std::optional<RulesSeen> rules_seen_of_control(std::string_view payload) {
    if (!payload.starts_with(kSeenPrefix)) return std::nullopt;
    simdjson::dom::parser parser;
    Object object;
    simdjson::dom::array known, due;
    const simdjson::padded_string padded(payload);
    RulesSeen out;
    if (parser.parse(padded).get(object) != simdjson::SUCCESS ||
        !get_content(object, "set", out.set) ||
        object["offset"].get(out.offset) != simdjson::SUCCESS ||
        object["from_ns"].get(out.from_ns) != simdjson::SUCCESS ||
        !get_array(object, "known", known) || !get_array(object, "due", due)) {
        return std::nullopt;
    }
    for (const simdjson::dom::element element : known) {
        std::string_view text;
        if (element.get(text) != simdjson::SUCCESS || !is_content(text)) return std::nullopt;
        out.known.emplace_back(text);
    }
    for (const simdjson::dom::element element : due) {
        Object rule;
        DueRule one;
        if (element.get(rule) != simdjson::SUCCESS || !get_content(rule, "content", one.content) ||
            !get_text(rule, "id", one.id) || !get_text(rule, "title", one.title)) {
            return std::nullopt;
        }
        out.due.push_back(std::move(one));
    }
    return out;
}

std::string replay_outcome_control(const ReplayOutcome& outcome) {
    std::string out = std::string(kOutcomePrefix) + "\"content\":";
    base::append_json_string(out, outcome.content);
    out += fmt::format(",\"state\":\"{}\",\"reason\":", name(outcome.state));
    base::append_json_string(out, outcome.reason);
    out += fmt::format(
        ",\"when_ns\":{},\"events\":{},\"hits\":{},\"known\":{},\"left_out\":{},\"is_cut\":{}"
        ",\"findings\":[",
        outcome.when_ns, outcome.events, outcome.hits, outcome.known, outcome.left_out,
        outcome.is_cut);
    for (const cases::Finding& finding : outcome.findings) {
        // As base64, because a log may hold bytes that no JSON can.
        out += out.back() == '[' ? "\"" : ",\"";
        base::append_base64(out, cases::encode(finding));
        out += '"';
    }
    return out + "]}";
}

std::optional<ReplayOutcome> replay_outcome_of_control(std::string_view payload) {
    if (!payload.starts_with(kOutcomePrefix)) return std::nullopt;
    simdjson::dom::parser parser;
    Object object;
    simdjson::dom::array findings;
    std::string state;
    const simdjson::padded_string padded(payload);
    ReplayOutcome out;
    if (parser.parse(padded).get(object) != simdjson::SUCCESS ||
        !get_content(object, "content", out.content) || !get_text(object, "state", state) ||
        !get_text(object, "reason", out.reason) ||
        object["when_ns"].get(out.when_ns) != simdjson::SUCCESS ||
        object["events"].get(out.events) != simdjson::SUCCESS ||
        object["hits"].get(out.hits) != simdjson::SUCCESS ||
        object["known"].get(out.known) != simdjson::SUCCESS ||
        object["left_out"].get(out.left_out) != simdjson::SUCCESS ||
        object["is_cut"].get(out.is_cut) != simdjson::SUCCESS ||
        object["findings"].get(findings) != simdjson::SUCCESS || findings.size() > kFindingsMax) {
        return std::nullopt;
    }
    out.state = ReplayState::waiting;
    for (const ReplayState one : kStates) {
        if (name(one) == state) out.state = one;
    }
    if (out.state == ReplayState::waiting) return std::nullopt;
    for (const simdjson::dom::element element : findings) {
        auto finding = finding_of(element);
        if (!finding) return std::nullopt;
        out.findings.push_back(std::move(*finding));
    }
    return out;
}

}  // namespace vedette::engine::rule_replays
