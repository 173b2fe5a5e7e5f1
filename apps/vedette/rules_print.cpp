// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/rules_print.h"

#include <cstdio>
#include <string_view>

#include "apps/vedette/command.h"
#include "report/text.h"

namespace vedette::apps {

namespace {

using report::plain;

constexpr std::string_view kRed = "\x1b[31m", kGreen = "\x1b[32m", kYellow = "\x1b[33m",
                           kOff = "\x1b[0m";

std::string coloured(std::string_view text, std::string_view colour) {
    if (!wants_colour()) return std::string(text);
    return std::string(colour) + std::string(text) + std::string(kOff);
}

std::string findings_text(std::uint64_t findings, base::Timestamp last_seen) {
    if (findings == 0) return "no findings";
    return std::to_string(findings) + (findings == 1 ? " finding" : " findings") + ", the last " +
           base::format_rfc3339(last_seen, 0);
}

std::string state_text(engine::RuleStanding::State state) {
    std::string text(name(state));
    for (char& c : text) c = c == '_' ? ' ' : c;
    return text;
}

}  // namespace

void print_json_line(const std::string& json) { std::printf("%s\n", json.c_str()); }

void print_text(const engine::CheckedLine& line) {
    const bool is_wrong = line.weight == engine::CheckedLine::Weight::wrong;
    std::printf("%s: %s: %s\n", plain(line.remark.where).c_str(),
                coloured(is_wrong ? "wrong" : "warning", is_wrong ? kRed : kYellow).c_str(),
                plain(line.remark.text).c_str());
    if (!line.remark.hint.empty()) std::printf("    -> %s\n", plain(line.remark.hint).c_str());
}

void print_text(const engine::RuleStanding& rule) {
    std::printf("%s  %s  %s\n", report::pad(rule.id, 36).c_str(),
                report::pad(rule.level, 13).c_str(), plain(rule.title).c_str());
    std::string second = state_text(rule.state);
    if (rule.findings > 0) second += ": " + findings_text(rule.findings, rule.last_seen);
    if (!rule.why.empty()) second += ": " + rule.why;
    if (!rule.logsource.empty()) second += "; " + rule.logsource;
    std::printf("%38s%s; %s\n", "", plain(second).c_str(), plain(rule.where).c_str());
}

void print_text(const engine::TechniqueStanding& technique) {
    std::printf("%s  %4zu of %4zu can fire, %4zu do; %s\n", report::pad(technique.id, 10).c_str(),
                technique.can_fire, technique.rules, technique.firing,
                findings_text(technique.findings, technique.last_seen).c_str());
}

void print_text(const engine::RuleTestFailure& failure) {
    std::printf("%s: %s: \"%s\" should %s\n    %s\n", plain(failure.where).c_str(),
                coloured("wrong", kRed).c_str(), plain(failure.title).c_str(),
                failure.was_hit_wanted ? "hit this and does not" : "not hit this and does",
                report::fit(failure.event, static_cast<std::size_t>(terminal_width()) - 4).c_str());
}

void print_text(const engine::ChangedRule& rule) {
    const std::string_view colour = rule.kind == engine::ChangedRule::Kind::added     ? kGreen
                                    : rule.kind == engine::ChangedRule::Kind::removed ? kRed
                                                                                      : kYellow;
    std::printf("%s  %s  %s (%s)\n", coloured(report::pad(name(rule.kind), 7), colour).c_str(),
                plain(rule.id).c_str(), plain(rule.title).c_str(), plain(rule.level).c_str());
    for (const rule::sigma::RuleChange& change : rule.changes) {
        std::printf("         %s%s\n", plain(change.what).c_str(),
                    change.changes_hits ? "" : " (hits stay the same)");
        if (!change.before.empty()) std::printf("           - %s\n", plain(change.before).c_str());
        if (!change.after.empty()) std::printf("           + %s\n", plain(change.after).c_str());
    }
}

void print_text(const rule::sigma::ExplainedPart& part, int depth) {
    using Kind = rule::sigma::ExplainedPart::Kind;
    std::string line;
    if (part.kind == Kind::log_source) line = "log source ";
    if (part.kind == Kind::condition && depth == 1) line = "condition: ";
    if (!part.field.empty()) line += part.field + " ";
    line += part.text;
    if (!part.observed.empty()) {
        line += "   <- ";
        for (std::size_t i = 0; i < part.observed.size(); ++i) {
            line += (i == 0 ? "" : " | ") + part.observed[i];
        }
    }
    std::printf(
        "%s%*s%s\n",
        coloured(part.is_true ? "true   " : "false  ", part.is_true ? kGreen : kRed).c_str(),
        depth * 2, "", plain(line).c_str());
    if (!part.near.empty()) std::printf("%*s~ %s\n", 9 + depth * 2, "", plain(part.near).c_str());
    for (const auto& inner : part.parts) print_text(inner, depth + 1);
    if (part.left_out > 0) {
        std::printf("%*s... and %zu more\n", 9 + depth * 2, "", part.left_out);
    }
}

}  // namespace vedette::apps
