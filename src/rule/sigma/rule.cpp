// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/rule.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "rule/sigma/fold.h"
#include "rule/sigma/limits.h"

namespace vedette::rule::sigma {

namespace {

/// ATT&CK's tactics for enterprises, with the names of older versions.
/// Source: attack.mitre.org/tactics/enterprise
constexpr std::array<std::pair<std::string_view, std::string_view>, 17> kTactics = {{
    {"reconnaissance", "TA0043"},
    {"resource-development", "TA0042"},
    {"initial-access", "TA0001"},
    {"execution", "TA0002"},
    {"persistence", "TA0003"},
    {"privilege-escalation", "TA0004"},
    {"defense-evasion", "TA0005"},
    {"stealth", "TA0005"},
    {"defense-impairment", "TA0112"},
    {"credential-access", "TA0006"},
    {"discovery", "TA0007"},
    {"lateral-movement", "TA0008"},
    {"collection", "TA0009"},
    {"command-and-control", "TA0011"},
    {"exfiltration", "TA0010"},
    {"impact", "TA0040"},
    {"c2", "TA0011"},
}};

bool are_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// "t1059.001" -> T1059.001, "g0016" -> G0016; empty for other texts.
std::string technique_or_group(std::string_view text) {
    if (text.size() < 5) return {};
    const char kind = text[0];
    const std::string_view number = text.substr(1, 4);
    const std::string_view rest = text.substr(5);
    if ((kind != 't' && kind != 'g' && kind != 's' && kind != 'c') || !are_digits(number))
        return {};
    const bool has_part =
        kind == 't' && rest.size() == 4 && rest[0] == '.' && are_digits(rest.substr(1));
    if (!rest.empty() && !has_part) return {};
    return static_cast<char>(kind - 32) + std::string(number) + std::string(rest);
}

std::string attack_id(std::string_view tag) {
    std::string text = fold(tag);
    if (!text.starts_with("attack.")) return {};
    text.erase(0, 7);
    std::replace(text.begin(), text.end(), '_', '-');
    for (const auto& [tactic, id] : kTactics) {
        if (text == tactic) return std::string(id);
    }
    if (text.size() == 6 && text.starts_with("ta") && are_digits(text.substr(2))) {
        return "TA" + text.substr(2);
    }
    return technique_or_group(text);
}

/// The modifier of the list that says how the value is looked for, in words; other modifiers follow
/// the value in parentheses.
struct Phrase {
    std::string_view modifier, words;
};
constexpr std::array kPhrases = {
    Phrase{"contains", "contains"},      Phrase{"startswith", "starts with"},
    Phrase{"endswith", "ends with"},     Phrase{"re", "matches the expression"},
    Phrase{"cidr", "is in the network"}, Phrase{"lt", "is less than"},
    Phrase{"lte", "is at most"},         Phrase{"gt", "is greater than"},
    Phrase{"gte", "is at least"},        Phrase{"fieldref", "is the same as the field"},
};

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> out;
    while (!text.empty()) {
        const std::size_t bar = text.find('|');
        out.push_back(text.substr(0, bar));
        text = bar == std::string_view::npos ? std::string_view() : text.substr(bar + 1);
    }
    return out;
}

}  // namespace

std::string FieldTest::words(const RuleValue& value) const {
    const std::vector<std::string_view> parts = split(modifiers);
    if (std::find(parts.begin(), parts.end(), "exists") != parts.end()) {
        return value.written == "false" ? "is not there" : "is there";
    }
    std::string verb = field.empty() ? "contains" : "is", others;
    for (const std::string_view part : parts) {
        const auto phrase = std::find_if(kPhrases.begin(), kPhrases.end(),
                                         [&](const Phrase& p) { return p.modifier == part; });
        if (phrase != kPhrases.end()) {
            verb = phrase->words;
        } else if (part != "all" && part != "neq") {
            others += (others.empty() ? "" : ", ") + std::string(part);
        }
    }
    const bool is_null =
        std::any_of(value.any_of.begin(), value.any_of.end(),
                    [](const auto& test) { return std::holds_alternative<NullTest>(test); });
    const std::string shown = cut_text(value.written, kShownBytesMax);
    std::string out =
        (is_negated ? "not: " : "") + verb + (is_null ? " null" : " \"" + shown + "\"");
    if (!others.empty()) out += " (" + others + ")";
    return out;
}

std::string LogSource::text() const {
    std::string out;
    const auto add = [&](std::string_view key, const std::string& value) {
        if (value.empty()) return;
        if (!out.empty()) out += ' ';
        out += std::string(key) + "=" + value;
    };
    add("product", product);
    add("category", category);
    add("service", service);
    return out;
}

std::vector<std::string> attack_ids(const std::vector<std::string>& tags) {
    std::set<std::string> ids;
    for (const std::string& tag : tags) {
        std::string id = attack_id(tag);
        if (!id.empty()) ids.insert(std::move(id));
    }
    return {ids.begin(), ids.end()};
}

}  // namespace vedette::rule::sigma
