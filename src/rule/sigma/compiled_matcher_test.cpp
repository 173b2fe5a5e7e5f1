// SPDX-License-Identifier: Apache-2.0
// The compiled matcher against the plain one, on rules and events made up by chance from a small
// alphabet, so that most tests are met by some value.

#include "rule/sigma/compiled_matcher.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "rule/sigma/matcher.h"
#include "rule/sigma/rule_set.h"
#include "rule/sigma/test_samples.h"

namespace vedette::rule::sigma {
namespace {

using namespace std::string_literals;
using samples::all_hits;
using samples::TestEvent;

// Nothing is shrunk: a case has hundreds of draws, and a difference names its rule and event.

template <typename T>
T one_of(std::vector<T> values) {
    return *rc::gen::noShrink(rc::gen::elementOf(std::move(values)));
}

int below(int end) { return *rc::gen::noShrink(rc::gen::inRange(0, end)); }

bool chance(int percent) { return below(100) < percent; }

/// Pieces of texts, most of them corners of folding, of wildcards or of windash.
std::string piece() {
    return one_of<std::string>({"a",
                                "A",
                                "b",
                                "ab",
                                "k",
                                "K",
                                "\xE2\x84\xAA",
                                "s",
                                "\xC5\xBF",
                                "\xC3\x9F",
                                "\xE1\xBA\x9E",
                                "i",
                                "I",
                                "\xC4\xB0",
                                "\xC4\xB1",
                                "\xC3\xA9",
                                "\xC3\x89",
                                "\xC8\xBA",
                                "\xE2\xB1\xA5",
                                "\\",
                                "*",
                                "?",
                                "-",
                                "/",
                                "\xE2\x80\x93",
                                " ",
                                "1",
                                "0",
                                ".",
                                ":",
                                "=",
                                "\n",
                                "\v",
                                "\t",
                                "cmd.exe",
                                "xy",
                                "\xF0\x90\x90\x80",
                                "\xF0\x90\x90\xA8"});
}

std::string text(int pieces_max) {
    std::string out;
    for (int i = below(pieces_max + 1); i > 0; --i) out += piece();
    return out;
}

std::string event_text() {
    switch (below(20)) {
        case 0: return text(2) + one_of<std::string>({"\xFF", "\xC3", "\xE2\x84", "\0"s}) + text(2);
        case 1:
            return one_of<std::string>({"10.1.2.3", "::ffff:10.1.2.3", "fe80::1", "192.168.0.1"});
        case 2: return one_of<std::string>({"-1", "0", "1.0", "10", "1e3", "18446744073709551615"});
        case 3:
            return one_of<std::string>({"2026-11-22 16:03:00.1", "2024-02-29", "2020-12-31T23:59"});
        case 4: return std::string(static_cast<std::size_t>(below(300)), 'a') + text(3);
        case 5:
            return one_of<std::string>({"YWI=", "a\0b\0"s,
                                        "\xFF\xFE"
                                        "a\0"s,
                                        "xYWJhYg", "AGEAYg"});
        default: return text(6);
    }
}

/// A text in YAML's double quotes.
std::string yaml_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (c == '\n') {
            out += "\\n";
        } else if (c == '\v') {
            out += "\\v";
        } else if (c == '\t') {
            out += "\\t";
        } else if (c == '\0') {
            out += "\\0";
        } else {
            out += c;
        }
    }
    return out + "\"";
}

std::string expression() {
    return one_of<std::string>(
        {"a+b",      "^a",       "b$",        "[^a]k",      "(?i)k",   "\\bk",         "a|b",
         ".",        "a.b",      "^.{3}$",    "(a|b){2,3}", "\\s",     "\\S+\\s",      "(?=a)b",
         "(a)\\1",   "\\w+\\s",  "^$",        "k.s",        "a{1500}", "[[:alpha:]]b", "\\x4b",
         "\xC3\xA9", "\\d{1,3}", "(?i)[^k]x", "\\Ba",       "a*",      "cmd\\.exe$",   "(?:a|k)+?s",
         "[\\]a]b",  "\\Aa",     "a\\z",      "(?s)a.b",    "(?-i)a",  "[a-c&&b]",     "\\pL",
         "a{,3}",    "^(a|b)*k", "(x+x+)+y",  "(?i)\\bs",   "\\n",     "a[^b]"});
}

struct Written {
    std::string modifiers, value;
};

/// Modifiers, and a value that goes with them.
Written written() {
    const std::string plain = yaml_text(text(4));
    switch (below(12)) {
        case 0:
            return {one_of<std::string>({"|re", "|re|i", "|re|m", "|re|s", "|re|i|m", "|re|neq"}),
                    yaml_text(expression())};
        case 1:
            return {one_of<std::string>({"|cidr", "|cidr|neq"}),
                    one_of<std::string>({"10.0.0.0/8", "10.1.2.3/32", "fe80::/10",
                                         "'::ffff:10.0.0.0/104'", "0.0.0.0/0", "192.168.0.0/16"})};
        case 2: return {"|exists", one_of<std::string>({"true", "false"})};
        case 3:
            return {one_of<std::string>({"|gt", "|gte", "|lt", "|lte", "|gt|neq"}),
                    one_of<std::string>({"0", "1", "10", "-0.5", "18446744073709551615"})};
        case 4:
            return {one_of<std::string>({"|hour", "|minute|gte", "|day", "|month|lt", "|week",
                                         "|year|gt", "|hour|lte"}),
                    one_of<std::string>({"16", "3", "22", "29", "53", "2024", "0"})};
        case 5:
            return {one_of<std::string>({"|fieldref", "|fieldref|contains", "|fieldref|startswith",
                                         "|fieldref|endswith", "|fieldref|cased", "|fieldref|neq"}),
                    one_of<std::string>({"F1", "F2", "Far", "Never", "G1"})};
        case 6:
            return {one_of<std::string>({"", "|neq", "|all"}),
                    one_of<std::string>({"null", "''", "1", "1.0", "true", "'*'", "'?'", "'??*'"})};
        case 7:
            return {one_of<std::string>({"|base64offset|contains", "|base64|contains", "|base64",
                                         "|wide|base64offset|contains", "|utf16le|contains",
                                         "|utf16|startswith", "|utf16be|contains|cased"}),
                    yaml_text(one_of<std::string>({"ab", "aab", "cmd.exe",
                                                   "\xC3\xA9"
                                                   "a"}))};
        case 8:
            return {one_of<std::string>({"|windash", "|windash|contains", "|windash|contains|all"}),
                    yaml_text(one_of<std::string>({"-a", " -k", "a -b /s", "/ab"}))};
        case 9:
            return {one_of<std::string>({"|cased", "|contains|cased", "|startswith|cased",
                                         "|endswith|cased", "|contains|cased|neq"}),
                    plain};
        default:
            return {
                one_of<std::string>({"", "", "|contains", "|contains", "|startswith", "|endswith",
                                     "|contains|all", "|neq", "|contains|neq", "|startswith|neq"}),
                plain};
    }
}

std::string field_name() {
    return one_of<std::string>({"F1", "F1", "F2", "F2", "F3", "o", "o.p", "Far", "Linked", "Chan"});
}

/// A list of values as its modifiers allow.
std::string line_of(const std::string& field, const std::string& indent) {
    const Written first = written();
    std::string values = first.value;
    // Others of the same modifiers; values of one kind are drawn until they fit.
    int others = chance(20) ? below(9) : below(3);
    for (int tries = 0; others > 0 && tries < 30; ++tries) {
        const Written next = written();
        if (next.modifiers != first.modifiers) continue;
        values += ", " + next.value;
        --others;
    }
    return indent + "'" + field + first.modifiers + "': [" + values + "]\n";
}

std::string keywords() {
    if (chance(30))
        return "    '" + one_of<std::string>({"|all", "|re", "|contains", "|cased", "|endswith"}) +
               "': [" + yaml_text(text(3)) + ", " + yaml_text(text(2)) + "]\n";
    std::string out;
    for (int i = 1 + below(3); i > 0; --i) out += "    - " + yaml_text(piece() + text(2)) + "\n";
    return out;
}

std::string selection() {
    if (chance(15)) return keywords();
    std::string out;
    if (chance(20)) {
        for (int i = 1 + below(2); i > 0; --i) {
            out += "    - 'F" + std::to_string(i) + "': " + yaml_text(text(3)) + "\n";
            out += line_of("F3", "      ");
        }
        return out;
    }
    std::vector<std::string> used;
    for (int i = 1 + below(3); i > 0; --i) {
        const std::string field = field_name();
        if (std::find(used.begin(), used.end(), field) != used.end()) continue;
        used.push_back(field);
        out += line_of(field, "    ");
    }
    return out;
}

std::string rule(int number) {
    std::string out =
        "title: t\nid: '" + std::to_string(100 + number) +
        "'\nlogsource: {product: " + one_of<std::string>({"a", "a", "b", "c", "d", "nowhere"}) +
        "}\ndetection:\n";
    for (int i = 1; i <= 3; ++i) out += "  s" + std::to_string(i) + ":\n" + selection();
    return out + "  condition: " +
           one_of<std::string>({"s1", "not s1", "s1 and not s2", "1 of s*", "all of s*",
                                "s1 or (s2 and not s3)", "not (s1 or s2)", "s1 and s2",
                                "not s1 and s2", "[s1, s2 and s3]"}) +
           "\n";
}

constexpr std::string_view kSources =
    "logsources:\n"
    "  - {product: a, match: {}}\n"
    "  - {product: b, match: {Chan: [x, 'y*'], dataset: ['d1', 'd2*']}}\n"
    "  - product: c\n"
    "    any:\n"
    "      - match: {Chan: x}\n"
    "      - {match: {Chan: 'y*'}, fields: {F1: G1, F2: G2, o: G1, Never: F3}}\n"
    "      - {match: {dataset: d1}, fields: {F1: Far}}\n"
    "  - {product: d, match: {F1: 'a*', Chan: ['x', '*1']}}\n";

TestEvent an_event() {
    TestEvent event;
    event.dataset = one_of<std::string>({"d1", "D1", "d2.x", ""});
    using Value = TestEvent::Value;
    if (chance(80))
        event.values.push_back({"Chan", one_of<std::string>({"x", "X", "y", "Y1", "z"})});
    for (int i = below(6); i > 0; --i) {
        Value value{one_of<std::string>({"F1", "F1", "F2", "F2", "F3", "G1", "G2", "Far", "o",
                                         "o.p", "o.q", "event.category", "log.syslog.x", "Other"}),
                    event_text()};
        if (chance(15)) {
            value.kind =
                one_of<event::ValueKind>({event::ValueKind::null, event::ValueKind::empty_list,
                                          event::ValueKind::empty_object, event::ValueKind::integer,
                                          event::ValueKind::boolean, event::ValueKind::real});
            if (!has_text(value.kind)) value.text = "null";
        }
        value.is_overflow = chance(10);
        event.values.push_back(std::move(value));
    }
    event.has_link = chance(30);
    if (chance(50)) {
        for (const Value& value : event.values) event.raw += value.text + "\n";
    }
    return event;
}

std::vector<TestEvent> some_events() {
    std::vector<TestEvent> events;
    for (int i = 1 + below(20); i > 0; --i) {
        events.push_back(an_event());
        // Values come again, as in real columns.
        if (chance(20))
            events.push_back(
                events[static_cast<std::size_t>(below(static_cast<int>(events.size())))]);
    }
    return events;
}

void expect_equal(const std::string& text, const std::vector<TestEvent>& events) {
    LogSourceMap sources;
    RC_ASSERT(sources.add("l.yml", kSources).has_value());
    const LoadedRules loaded = load_rule_set({{"r.yml", text}});
    RC_TAG(loaded.rules.size());
    event::FieldDictionary fields;
    PatternSetCache cache;
    Matcher plain(loaded.rules, sources, fields);
    const auto program = Program::make(loaded.rules, sources, fields, cache);
    RC_ASSERT(program.has_value());
    CompiledMatcher compiled(*program);
    RC_ASSERT(compiled.unplaced() == plain.unplaced());
    const std::vector<std::string> expected = all_hits(plain, events, events.size(), fields);
    for (const std::size_t rows_max : {events.size(), std::size_t{1}, std::size_t{7}}) {
        const std::vector<std::string> found = all_hits(compiled, events, rows_max, fields);
        const std::string difference = samples::difference(expected, found, text);
        if (!difference.empty()) RC_FAIL(difference);
    }
}

TEST(CompiledMatcher, finds_and_explains_what_the_plain_matcher_finds_however_batches_are_cut) {
    EXPECT_TRUE(rc::check("compiled == plain", [] {
        std::string text;
        for (int i = 0; i < 12; ++i) text += "---\n" + rule(i);
        expect_equal(text, some_events());
    }));
}

}  // namespace
}  // namespace vedette::rule::sigma
