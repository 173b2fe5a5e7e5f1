// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/matcher.h"

#include <gtest/gtest.h>

#include "event/schema.h"

namespace vedette::rule::sigma {
namespace {

using event::ValueKind;

struct TestValue {
    std::string field, text;
    ValueKind kind = ValueKind::text;
};
using TestEvent = std::vector<TestValue>;

/// Rules and events of one test. Every event is of every log source.
class Bench {
  public:
    explicit Bench(const std::string& detection, const LoadOptions& options = {}) {
        const std::string text =
            "title: T\nid: r\nlogsource: {product: any}\ndetection:\n" + detection;
        LoadedRules loaded = load_rules("r.yml", text, options);
        for (const Refusal& refusal : loaded.refusals) ADD_FAILURE() << refusal.error.message();
        LogSourceMap sources;
        EXPECT_TRUE(sources.add("l.yml", "logsources: [{product: any, match: {}}]"));
        matcher_.emplace(std::move(loaded.rules), sources, fields_);
    }

    bool hits(const TestEvent& values) {
        batch_.emplace(fields_);
        batch_->add_row().raw = raw_;
        for (const TestValue& value : values) {
            if (value.field.starts_with("overflow.")) {
                batch_->add_overflow(value.field.substr(9), value.text, value.kind);
            } else {
                batch_->add(*fields_.intern(value.field), value.text, value.kind);
            }
        }
        found_.clear();
        matcher_->match(*batch_, found_);
        return !found_.empty();
    }

    std::string explanation(const TestEvent& values) {
        if (!hits(values)) return "no hit";
        std::string out;
        for (const auto& line : matcher_->explain(found_.front())) {
            out += line.field + " | " + line.observed + " | " + line.expected + "\n";
        }
        return out;
    }

    void set_raw(std::string_view raw) { raw_ = raw; }

  private:
    event::FieldDictionary fields_;
    std::optional<Matcher> matcher_;
    std::optional<event::Batch> batch_;
    std::vector<Matcher::Hit> found_;
    std::string_view raw_;
};

/// A rule of one selection with one line.
Bench line(const std::string& text) { return Bench("  s:\n    " + text + "\n  condition: s\n"); }

bool meets(const std::string& text, const TestEvent& event) { return line(text).hits(event); }

TEST(Matcher, compares_without_case_in_every_script) {
    EXPECT_TRUE(meets("a: CMD.exe", {{"a", "cmd.EXE"}}));
    EXPECT_TRUE(meets("a: '\u00c9t\u00e9'", {{"a", "\u00e9T\u00c9"}}));
    EXPECT_FALSE(meets("a|cased: CMD.exe", {{"a", "cmd.EXE"}}));
    EXPECT_TRUE(meets("a|cased|contains: md", {{"a", "cmd"}}));
    EXPECT_FALSE(meets("A: x", {{"a", "x"}})) << "field names have case";
}

TEST(Matcher, looks_at_the_whole_a_part_or_an_end) {
    EXPECT_FALSE(meets("a: b", {{"a", "abc"}}));
    EXPECT_TRUE(meets("a|contains: b", {{"a", "abc"}}));
    EXPECT_TRUE(meets("a|startswith: ab", {{"a", "abc"}}));
    EXPECT_FALSE(meets("a|startswith: b", {{"a", "abc"}}));
    EXPECT_TRUE(meets("a|endswith: '\\c.exe'", {{"a", "x:\\C.EXE"}}));
    EXPECT_TRUE(meets("a: 'a*?'", {{"a", "abc"}}));
    EXPECT_TRUE(meets("a|contains: 'b?d'", {{"a", "abcde"}}));
    EXPECT_TRUE(meets("a|contains: '\\*'", {{"a", "x*y"}}));
    EXPECT_FALSE(meets("a|contains: '\\*'", {{"a", "xy"}}));
}

TEST(Matcher, takes_an_absent_field_as_meeting_nothing) {
    EXPECT_FALSE(meets("a: '*'", {{"b", "x"}}));
    EXPECT_FALSE(meets("a|contains: ''", {{"b", "x"}}));
    EXPECT_FALSE(meets("a|re: '.*'", {{"b", "x"}}));
    EXPECT_FALSE(meets("a|lt: 5", {{"b", "1"}}));
    Bench negated("  s: {b: x}\n  f: {a: y}\n  condition: s and not f\n");
    EXPECT_TRUE(negated.hits({{"b", "x"}}));
}

TEST(Matcher, knows_null_absent_and_empty_apart) {
    const TestEvent absent = {{"b", "x"}}, null = {{"a", "null", ValueKind::null}},
                    empty = {{"a", ""}};
    const TestEvent list = {{"a", "[]", ValueKind::empty_list}}, below = {{"a.b", "x"}};
    EXPECT_TRUE(meets("a: null", absent));
    EXPECT_TRUE(meets("a: null", null));
    EXPECT_FALSE(meets("a: null", empty));
    EXPECT_FALSE(meets("a: null", list));
    EXPECT_FALSE(meets("a: null", below)) << "an object is there";
    EXPECT_FALSE(meets("a: ''", absent));
    EXPECT_FALSE(meets("a: ''", null));
    EXPECT_TRUE(meets("a: ''", empty));
    EXPECT_FALSE(meets("a: ''", list));
    EXPECT_TRUE(meets("a: [x, null]", absent));
    EXPECT_FALSE(meets("a: 'null'", null));
}

TEST(Matcher, asks_whether_a_field_exists_whatever_it_holds) {
    for (const TestEvent& event :
         {TestEvent{{"a", ""}}, TestEvent{{"a", "", ValueKind::null}},
          TestEvent{{"a", "{}", ValueKind::empty_object}}, TestEvent{{"a.b", "x"}}}) {
        EXPECT_TRUE(meets("a|exists: true", event));
        EXPECT_FALSE(meets("a|exists: false", event));
    }
    EXPECT_FALSE(meets("a|exists: true", {{"ab", "x"}}));
    EXPECT_TRUE(meets("a|exists: false", {{"ab", "x"}}));
}

TEST(Matcher, takes_any_element_of_an_array) {
    const TestEvent event = {{"a", "one"}, {"a", "two"}};
    EXPECT_TRUE(meets("a: two", event));
    EXPECT_TRUE(meets("a|contains|all: [ne, tw]", event)) << "each value by some element";
    EXPECT_FALSE(meets("a|contains|all: [ne, xx]", event));
    EXPECT_FALSE(meets("a|neq: two", event)) << "no element may be equal";
    EXPECT_TRUE(meets("a|neq: three", event));
}

TEST(Matcher, takes_neq_as_a_comparison_that_needs_a_value) {
    EXPECT_TRUE(meets("a|neq: x", {{"a", "y"}}));
    EXPECT_FALSE(meets("a|neq: x", {{"a", "X"}}));
    EXPECT_FALSE(meets("a|neq: x", {{"b", "y"}}));
    EXPECT_FALSE(meets("a|neq: x", {{"a", "", ValueKind::null}}));
    EXPECT_FALSE(meets("a|neq: [x, y]", {{"a", "y"}}));
    EXPECT_TRUE(meets("a|neq: 5", {{"a", "6", ValueKind::integer}}));
    EXPECT_TRUE(meets("a|contains|neq: x", {{"a", "abc"}}));
    EXPECT_TRUE(meets("a|fieldref|neq: b", {{"a", "x"}, {"b", "y"}}));
    EXPECT_FALSE(meets("a|fieldref|neq: b", {{"a", "x"}})) << "nothing to compare with";
}

TEST(Matcher, compares_numbers_and_booleans_by_their_text) {
    EXPECT_TRUE(meets("EventID: 4624", {{"EventID", "4624", ValueKind::integer}}));
    EXPECT_TRUE(meets("EventID: 4624", {{"EventID", "4624"}}));
    EXPECT_TRUE(meets("EventID: '4624'", {{"EventID", "4624", ValueKind::integer}}));
    EXPECT_TRUE(meets("a: true", {{"a", "true", ValueKind::boolean}}));
    EXPECT_TRUE(meets("a: 'True'", {{"a", "true", ValueKind::boolean}}));
    EXPECT_FALSE(meets("a: true", {{"a", "1"}}));
}

TEST(Matcher, compares_by_size_and_by_parts_of_time) {
    EXPECT_TRUE(meets("a|gte: 5", {{"a", "5", ValueKind::integer}}));
    EXPECT_TRUE(meets("a|lt: 5.5", {{"a", "5.25"}}));
    EXPECT_FALSE(meets("a|gt: 5", {{"a", "05x"}}));
    EXPECT_FALSE(meets("a|gt: 5", {{"a", "0x10"}}));
    EXPECT_TRUE(meets("t|hour: 3", {{"t", "2026-11-22T03:59:00Z"}}));
    EXPECT_TRUE(meets("t|hour|gte: 22", {{"t", "2026-11-22 23:59:00"}}));
    EXPECT_TRUE(meets("t|week: [1, 47]", {{"t", "2026-11-22"}}));
    EXPECT_FALSE(meets("t|year: 2026", {{"t", "then"}}));
}

TEST(Matcher, matches_expressions_networks_and_other_fields) {
    EXPECT_TRUE(meets("a|re: 'b\\d+'", {{"a", "xxb12"}}));
    EXPECT_FALSE(meets("a|re: 'B'", {{"a", "b"}}));
    EXPECT_TRUE(meets("a|re|i: 'B'", {{"a", "b"}}));
    EXPECT_TRUE(meets("a|re|m|s: '^b.c$'", {{"a", "a\nb\nc\nd"}}));
    EXPECT_TRUE(meets("a|cidr: [10.0.0.0/8, 'fe80::/10']", {{"a", "fe80::1"}}));
    EXPECT_FALSE(meets("a|cidr: 10.0.0.0/8", {{"a", "host"}}));
    EXPECT_TRUE(meets("a|fieldref: b", {{"a", "X"}, {"b", "x"}}));
    EXPECT_FALSE(meets("a|fieldref|cased: b", {{"a", "X"}, {"b", "x"}}));
    EXPECT_TRUE(meets("a|fieldref|endswith: b", {{"a", "c:\\x"}, {"b", "\\X"}}));
    EXPECT_FALSE(meets("a|fieldref: b", {{"a", "x"}}));
}

TEST(Matcher, finds_encoded_values) {
    EXPECT_TRUE(meets("a|base64offset|contains: foobar", {{"a", "cmd -e eGZvb2Jhcnk="}}));
    EXPECT_TRUE(meets("a|wide|base64offset|contains: ping", {{"a", "cABpAG4AZwA="}}));
    EXPECT_TRUE(meets("a|utf16be|base64: A", {{"a", "AEE="}}));
    EXPECT_TRUE(meets("a|utf16|base64: A", {{"a", "//5BAA=="}}));
    EXPECT_TRUE(meets("a|windash|contains: ' -enc '", {{"a", "x \u2014ENC y"}}));
    EXPECT_TRUE(meets("a|contains|windash: ' -enc '", {{"a", "x /enc y"}}));
}

TEST(Matcher, joins_lines_lists_and_maps_as_the_specification_says) {
    Bench maps("  s:\n    - a: 1\n      b: 2\n    - c: 3\n  condition: s\n");
    EXPECT_FALSE(maps.hits({{"a", "1"}}));
    EXPECT_TRUE(maps.hits({{"a", "1"}, {"b", "2"}}));
    EXPECT_TRUE(maps.hits({{"c", "3"}}));
    Bench several("  s: {a: 1}\n  t: {b: 2}\n  condition: [s, t]\n");
    EXPECT_TRUE(several.hits({{"b", "2"}}));
    Bench them("  s: {a: 1}\n  _t: {b: 2}\n  condition: 1 of them\n");
    EXPECT_FALSE(them.hits({{"b", "2"}}));
    Bench all(
        "  s_1: {a: 1}\n  s_2: {b: 2}\n  f_1: {c: 1}\n  condition: all of s_* and not 1 of f_*\n");
    EXPECT_TRUE(all.hits({{"a", "1"}, {"b", "2"}}));
    EXPECT_FALSE(all.hits({{"a", "1"}, {"b", "2"}, {"c", "1"}}));
}

TEST(Matcher, finds_keywords_in_any_value) {
    Bench any("  k: [evil, 42]\n  condition: k\n");
    EXPECT_TRUE(any.hits({{"x.y", "so EVIL it is"}}));
    EXPECT_TRUE(any.hits({{"n", "1429", ValueKind::integer}}));
    EXPECT_FALSE(any.hits({{"evil", "x"}})) << "names of fields are no values";
    EXPECT_TRUE(any.hits({{"overflow.name", "evil"}}));
    Bench all("  k:\n    '|all': [one, two]\n  condition: k\n");
    EXPECT_TRUE(all.hits({{"a", "one"}, {"b", "two"}}));
    EXPECT_FALSE(all.hits({{"a", "one"}}));
    Bench mixed("  k:\n    - evil\n    - a: 1\n  condition: k\n");
    EXPECT_TRUE(mixed.hits({{"a", "1"}}));
    EXPECT_TRUE(mixed.hits({{"b", "evil"}}));
    Bench expression("  k:\n    '|re': '^e.il$'\n  condition: k\n");
    EXPECT_TRUE(expression.hits({{"a", "evil"}}));
    EXPECT_FALSE(expression.hits({{"a", "evils"}}));
}

TEST(Matcher, does_not_take_a_decoders_labels_for_values_of_the_record) {
    Bench keyword("  k: [process]\n  condition: k\n");
    EXPECT_FALSE(keyword.hits({{"event.category", "process"}}));
    keyword.set_raw("{\"event.category\":\"process\"}");
    EXPECT_TRUE(keyword.hits({{"event.category", "process"}})) << "here the record says it";
}

TEST(Matcher, finds_fields_that_found_no_place_in_the_dictionary) {
    EXPECT_TRUE(meets("deep.name: x", {{"overflow.deep.name", "X"}}));
    EXPECT_FALSE(meets("deep: null", {{"overflow.deep.name", "X"}}));
}

TEST(Matcher, explains_what_made_it_true) {
    Bench rule(
        "  sel:\n    Image|endswith: ['\\a.exe', '\\cmd.exe']\n    Cmd|contains|all: [x, ' /c ']\n"
        "  other: {Image: z}\n  filter: {User: root}\n"
        "  condition: (other or sel) and not filter\n");
    EXPECT_EQ(rule.explanation({{"Image", "C:\\cmd.exe"}, {"Cmd", "cmd /c x"}}),
              "Image | C:\\cmd.exe | ends with \"\\cmd.exe\"\n"
              "Cmd | cmd /c x | contains \"x\"\n"
              "Cmd | cmd /c x | contains \" /c \"\n");
    EXPECT_EQ(Bench("  k: [evil]\n  condition: k\n").explanation({{"msg", "so evil"}}),
              "msg | so evil | contains \"evil\"\n");
    EXPECT_EQ(Bench("  f: {a: 1}\n  condition: not f\n").explanation({{"b", "1"}}),
              "condition | true | not f\n");
    EXPECT_EQ(line("a: null").explanation({{"b", "1"}}), "a | (absent) | is null\n");
    EXPECT_EQ(line("a|neq: x").explanation({{"a", "y"}}), "a | y | not: is \"x\"\n");
    EXPECT_EQ(line("a|exists: true").explanation({{"a", "y"}}), "a | y | is there\n");
    EXPECT_EQ(line("a|windash|contains: '-e'").explanation({{"a", "/e"}}),
              "a | /e | contains \"-e\" (windash)\n");
}

TEST(Matcher, shows_a_long_value_around_what_was_found) {
    const std::string text =
        line("a|contains: needle")
            .explanation({{"a", std::string(1'000, 'x') + "needle" + std::string(1'000, 'y')}});
    EXPECT_NE(text.find("xneedley"), std::string::npos);
    EXPECT_LT(text.size(), 260u);
}

TEST(Matcher, tries_a_rule_on_events_of_its_log_source_only_and_by_its_names) {
    event::FieldDictionary fields;
    LogSourceMap sources;
    ASSERT_TRUE(
        sources.add("l.yml",
                    "product: windows\nlogsources:\n  - category: process_creation\n    any:\n"
                    "      - match: {Channel: sysmon, EventID: 1}\n"
                    "      - match: {dataset: windows.security, EventID: [4688]}\n"
                    "        fields: {Image: NewProcessName}\n"));
    LoadedRules loaded =
        load_rules("r.yml",
                   "title: T\nid: r\nlogsource: {product: windows, category: process_creation}\n"
                   "detection: {s: {Image: 'x.exe'}, condition: s}\n---\n"
                   "title: U\nid: s\nlogsource: {product: other}\ndetection: {s: {Image: 'x.exe'}, "
                   "condition: s}\n");
    Matcher matcher(std::move(loaded.rules), sources, fields);
    event::Batch batch(fields);
    const auto add = [&](const TestEvent& values, std::string_view dataset) {
        batch.add_row().dataset = batch.dataset_index(dataset);
        for (const TestValue& value : values) batch.add(*fields.intern(value.field), value.text);
    };
    add({{"Channel", "Sysmon"}, {"EventID", "1"}, {"Image", "X.exe"}}, "windows");
    add({{"Channel", "Sysmon"}, {"EventID", "2"}, {"Image", "X.exe"}}, "windows");
    add({{"EventID", "4688"}, {"NewProcessName", "x.exe"}}, "windows.security");
    add({{"EventID", "4688"}, {"NewProcessName", "x.exe"}}, "json");
    std::vector<Matcher::Hit> hits;
    matcher.match(batch, hits);
    ASSERT_EQ(hits.size(), 2u);
    EXPECT_EQ(hits[0], (Matcher::Hit{0, 0, 0}));
    EXPECT_EQ(hits[1], (Matcher::Hit{2, 0, 1}));
    EXPECT_EQ(matcher.explain(hits[1]).front().observed, "x.exe");
    ASSERT_EQ(matcher.unplaced().size(), 1u);
    EXPECT_EQ(matcher.unplaced()[0].first.text(), "product=other");
}

}  // namespace
}  // namespace vedette::rule::sigma
