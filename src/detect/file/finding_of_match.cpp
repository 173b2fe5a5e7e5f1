// SPDX-License-Identifier: Apache-2.0
#include "detect/file/finding_of_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "detect/bits.h"

namespace vedette::detect::file {

namespace {

using cases::Severity;

constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kReasonsMax = 16, kTextBytesMax = 400, kEntitiesMax = 8;

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

std::optional<Severity> severity_of_number(std::string_view text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    if (number >= 90) return Severity::critical;
    if (number >= 70) return Severity::high;
    if (number >= 40) return Severity::medium;
    return number >= 20 ? Severity::low : Severity::informational;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The ids in a text, whatever stands around them.
void add_attack_ids(std::string_view text, std::vector<std::string>& to) {
    const auto digits = [&](std::size_t at, std::size_t count) {
        if (at + count > text.size()) return false;
        const auto begin = text.begin() + static_cast<std::ptrdiff_t>(at);
        return std::all_of(begin, begin + static_cast<std::ptrdiff_t>(count), is_digit);
    };
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != 'T' && text[at] != 't') continue;
        const bool is_inside =
            at > 0 && (is_digit(text[at - 1]) || (lower(text.substr(at - 1, 1))[0] >= 'a' &&
                                                  lower(text.substr(at - 1, 1))[0] <= 'z'));
        if (is_inside) continue;
        const bool is_tactic = at + 1 < text.size() && (text[at + 1] == 'A' || text[at + 1] == 'a');
        const std::size_t number = at + (is_tactic ? 2 : 1);
        if (!digits(number, 4) || digits(number, 5)) continue;
        std::string id = (is_tactic ? "TA" : "T") + std::string(text.substr(number, 4));
        const std::size_t dot = number + 4;
        const bool has_part = dot < text.size() && (text[dot] == '.' || text[dot] == '_');
        if (!is_tactic && has_part && digits(dot + 1, 3)) {
            id += "." + std::string(text.substr(dot + 1, 3));
        }
        if (std::find(to.begin(), to.end(), id) == to.end()) to.push_back(std::move(id));
    }
}

const std::string* meta(const rule::yara::RuleInfo& rule,
                        std::initializer_list<std::string_view> keys) {
    for (const auto& [key, value] : rule.meta) {
        const std::string folded = lower(key);
        if (std::find(keys.begin(), keys.end(), folded) != keys.end() && !value.empty()) {
            return &value;
        }
    }
    return nullptr;
}

/// Bytes as a text that shows each of them.
std::string shown(std::string_view bytes) {
    std::string out = "\"";
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\', out += c;
        } else if (byte >= ' ' && byte < 0x7F) {
            out += c;
        } else {
            out += fmt::format("\\x{:02x}", byte);
        }
    }
    return out + '"';
}

cases::Reason reason_of(const rule::yara::MatchedString& string) {
    std::string observed;
    for (const rule::yara::MatchPlace& place : string.places) {
        if (!observed.empty()) observed += ", ";
        observed += fmt::format("{} at byte {}", shown(place.excerpt), place.offset);
        if (place.size_bytes > place.excerpt.size()) {
            observed += fmt::format(" ({} bytes)", place.size_bytes);
        }
    }
    if (string.count > string.places.size()) {
        observed += fmt::format(", {} places in all", string.count);
    }
    return {"string " + string.name, std::move(observed), {}, 0, "rule"};
}

void add_reasons(const rule::yara::RuleInfo& rule, const rule::yara::RuleMatch& match,
                 const rule::yara::FileMatches& file, cases::Finding& finding) {
    std::vector<cases::Reason>& reasons = finding.reasons;
    for (const rule::yara::MatchedString& string : match.strings) {
        if (reasons.size() == kReasonsMax) break;
        reasons.push_back(reason_of(string));
    }
    if (reasons.empty()) {
        reasons.push_back({"condition", "true of the file", {}, 0, "rule"});
    }
    const auto bits = split_bits(prior_bits(finding.severity), reasons.size());
    for (std::size_t i = 0; i < reasons.size(); ++i) reasons[i].bits = bits[i];
    const std::size_t untold =
        match.strings.size() + match.strings_left_out - std::min(match.strings.size(), kReasonsMax);
    const auto add = [&](std::string feature, std::string observed) {
        reasons.push_back({std::move(feature), std::move(observed), {}, 0, {}});
    };
    if (untold > 0) add("strings", fmt::format("{} more", untold));
    add("file.hash.sha256", file.sha256);
    add("file.size", std::to_string(file.size_bytes));
    for (const std::string_view key : {"author", "reference", "hash"}) {
        const std::string* const value = meta(rule, {key});
        if (value != nullptr) add(fmt::format("rule {}", key), value->substr(0, kTextBytesMax));
    }
}

}  // namespace

Severity severity_of(const rule::yara::RuleInfo& rule) {
    for (const std::string_view key : {"severity", "level", "score"}) {
        const std::string* const value = meta(rule, {key});
        if (value == nullptr) continue;
        if (const auto word = cases::parse_severity(lower(*value))) return *word;
        if (const auto number = severity_of_number(*value)) return *number;
    }
    return Severity::medium;
}

std::vector<std::string> attack_of(const rule::yara::RuleInfo& rule) {
    std::vector<std::string> out;
    for (const auto& [key, value] : rule.meta) {
        const std::string folded = lower(key);
        const bool is_attack = folded.starts_with("attack") || folded.starts_with("mitre") ||
                               folded.starts_with("technique") || folded.starts_with("tactic") ||
                               folded == "ttp" || folded == "ttps";
        if (is_attack) add_attack_ids(value, out);
    }
    for (const std::string& tag : rule.tags) add_attack_ids(tag, out);
    return out;
}

std::string rule_id_of(const rule::yara::RuleInfo& rule) { return rule.file + ":" + rule.name; }

cases::Finding finding_of_match(const rule::yara::RuleInfo& rule,
                                const rule::yara::RuleMatch& match,
                                const rule::yara::FileMatches& file, const FileToJudge& about) {
    cases::Finding finding;
    finding.detector = kName;
    finding.detector_version = kVersion;
    finding.rule_id = rule_id_of(rule);
    const std::string* const description = meta(rule, {"description", "desc"});
    finding.title = description != nullptr ? description->substr(0, kTextBytesMax)
                                           : "File matches the YARA rule " + rule.name;
    finding.severity = severity_of(rule);
    finding.attack = attack_of(rule);
    finding.entities.push_back({event::EntityType::file, lower(about.path)});
    for (const event::Entity& entity : about.entities) {
        if (finding.entities.size() < kEntitiesMax) finding.entities.push_back(entity);
    }
    finding.first_seen = finding.last_seen = about.time;
    finding.events = about.events;
    finding.source = about.source;
    finding.origin = about.origin;
    finding.record = about.record;
    finding.id =
        cases::finding_id(kName, finding.rule_id, about.path, std::string_view(file.sha256));
    finding.raw = about.path;
    add_reasons(rule, match, file, finding);
    return finding;
}

}  // namespace vedette::detect::file
