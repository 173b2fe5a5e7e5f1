// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/explained.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "rule/sigma/matcher.h"
#include "rule/sigma/nearness.h"

namespace vedette::rule::sigma {
namespace {

using PartKind = ExplainedPart::Kind;

Rule rule_of(const std::string& detection, const std::string& logsource = "{product: any}") {
    LoadedRules loaded = load_rules(
        "r.yml", "title: T\nlogsource: " + logsource + "\ndetection:\n" + detection + "\n");
    EXPECT_TRUE(loaded.refusals.empty()) << loaded.refusals.front().error.message();
    return std::move(loaded.rules.at(0));
}

LogSourceMap sources() {
    LogSourceMap map;
    EXPECT_TRUE(map.add("l.yml",
                        "logsources:\n"
                        "  - {product: any, match: {}}\n"
                        "  - {product: windows, any: [{match: {Channel: Security}, fields: "
                        "{Image: NewProcessName}}, {match: {Channel: Sysmon}}]}\n"));
    return map;
}

class Event {
  public:
    Event() : batch_(fields_) { batch_.add_row().raw = "raw"; }
    Event& with(const std::string& field, const std::string& value,
                event::ValueKind kind = event::ValueKind::text) {
        batch_.add(*fields_.intern(field), value, kind);
        return *this;
    }
    const event::Batch& batch() {
        batch_.dataset_index("test");
        return batch_;
    }

  private:
    event::FieldDictionary fields_;
    event::Batch batch_;
};

ExplainedPart explained(const Rule& rule, Event& event) {
    return explain_event(rule, sources().find(rule.logsource).value_or(std::vector<LogSourceWay>()),
                         event.batch(), 0);
}

/// The first part of a kind in which a text stands.
const ExplainedPart* find(const ExplainedPart& part, PartKind kind, const std::string& text) {
    if (part.kind == kind && (part.text + part.field).find(text) != std::string::npos) return &part;
    for (const ExplainedPart& inner : part.parts) {
        if (const auto* found = find(inner, kind, text)) return found;
    }
    return nullptr;
}

TEST(Explained, tells_of_every_part_whether_it_is_true_and_on_what) {
    const Rule rule = rule_of(
        "  s:\n    Image|endswith: ['\\cmd.exe', '\\powershell.exe']\n    User: bob\n"
        "  filter:\n    CommandLine|contains: update\n  condition: s and not filter");
    Event event;
    event.with("Image", "C:\\Windows\\cmd.exe")
        .with("User", "bob")
        .with("CommandLine", "do update");
    const ExplainedPart whole = explained(rule, event);
    EXPECT_FALSE(whole.is_true);
    EXPECT_EQ(whole.parts.at(1).text, "s and not filter");
    const auto* image = find(whole, PartKind::line, "Image");
    ASSERT_NE(image, nullptr);
    EXPECT_TRUE(image->is_true);
    EXPECT_EQ(image->observed, std::vector<std::string>{"C:\\Windows\\cmd.exe"});
    ASSERT_EQ(image->parts.size(), 2u);
    EXPECT_TRUE(image->parts[0].is_true);
    EXPECT_FALSE(image->parts[1].is_true);
    EXPECT_FALSE(find(whole, PartKind::condition, "not")->is_true);
    EXPECT_TRUE(find(whole, PartKind::selection, "filter")->is_true);
}

TEST(Explained, tells_how_near_a_value_came) {
    const auto near_of = [](const std::string& line, const std::string& value) {
        Event event;
        event.with("F", value);
        const Rule rule = rule_of("  s: {" + line + "}\n  condition: s");
        const ExplainedPart whole = explained(rule, event);
        EXPECT_FALSE(whole.is_true);
        return find(whole, PartKind::line, "")->near;
    };
    EXPECT_EQ(near_of("F: mimikatz.exe", "mimikitz.exe"), "has \"tz.exe\", 6 of 12 bytes");
    EXPECT_EQ(near_of("F|startswith: cmd", "a cmd"),
              "has \"cmd\", but elsewhere or with more around it");
    EXPECT_EQ(near_of("F|cased: CMD", "cmd"), "differs in upper and lower case only");
    EXPECT_EQ(near_of("F|gte: 10", "7"), "is 3 away");
    EXPECT_EQ(near_of("F|gte: 10", "seven"), "is no number");
    EXPECT_EQ(near_of("F|cidr: 10.0.0.0/8", "11.1.1.1"), "shares 7 of 8 bits");
    EXPECT_EQ(near_of("F|cidr: 10.0.0.0/8", "fe80::1"), "is an address of the other family");
    EXPECT_EQ(near_of("F: mimikatz", "notepad"), "");
    EXPECT_EQ(near_of("f: x", "x"), "the event has no such field, but 'F'");
}

TEST(Explained, tells_why_a_rule_was_not_tried_and_what_it_would_have_said) {
    const Rule rule = rule_of("  s: {Image: a}\n  condition: s", "{product: windows}");
    Event other;
    other.with("Channel", "System").with("Image", "a");
    const ExplainedPart whole = explained(rule, other);
    EXPECT_FALSE(whole.is_true);
    EXPECT_FALSE(whole.parts[0].is_true);
    EXPECT_EQ(whole.parts[0].parts.size(), 2u);
    EXPECT_TRUE(whole.parts[1].is_true) << "the condition alone";
    Event aliased;
    aliased.with("Channel", "security").with("NewProcessName", "A");
    EXPECT_TRUE(explained(rule, aliased).is_true);
    const Rule nowhere = rule_of("  s: {Image: a}\n  condition: s", "{product: nowhere}");
    EXPECT_NE(explained(nowhere, other).parts[0].near, "");
}

TEST(Explained, names_the_field_in_which_a_keyword_was_found) {
    const Rule rule = rule_of("  k: [evil, worse]\n  condition: k");
    Event event;
    event.with("a", "good").with("b", "quite evil");
    const ExplainedPart whole = explained(rule, event);
    EXPECT_TRUE(whole.is_true);
    EXPECT_EQ(find(whole, PartKind::value, "evil")->field, "b");
    std::string json;
    append_json(json, whole);
    EXPECT_NE(json.find("\"observed\":[\"quite evil\"]"), std::string::npos) << json;
}

TEST(Explained, leaves_out_values_that_tell_little_where_there_are_thousands) {
    std::string values;
    for (int i = 0; i < 3'000; ++i) values += "x" + std::to_string(i) + ", ";
    const Rule rule = rule_of("  s: {F: [" + values + "last]}\n  condition: s");
    Event event;
    event.with("F", "last");
    const ExplainedPart whole = explained(rule, event);
    const auto* line = find(whole, PartKind::line, "F");
    EXPECT_EQ(line->parts.size() + line->left_out, 3'001u);
    EXPECT_TRUE(line->parts.front().is_true);
}

RC_GTEST_PROP(Explained, is_true_exactly_where_the_matcher_hits, ()) {
    // Few names and values, so that about half of all rules are true.
    const auto word = rc::gen::element<std::string>("a", "b", "ab", "7", "''", "'*a'", "null");
    const auto name = rc::gen::element<std::string>("F", "G");
    const auto modifier =
        rc::gen::element<std::string>("", "|contains", "|startswith", "|neq", "|cased");
    const auto line = [&] {
        const std::string value = *word;
        const std::string with = value == "null" ? "" : *modifier;
        return *name + with + ": [" + value + ", " +
               (value == "null" ? "a" : *rc::gen::element<std::string>("a", "zz")) + "]";
    };
    std::string detection;
    for (const char* selection : {"s1", "s2", "t"}) {
        detection += std::string("  ") + selection + ": {" + line() + "}\n";
    }
    const std::string condition =
        *rc::gen::element<std::string>("s1", "not s1", "1 of s*", "all of s* and not t", "s1 or t",
                                       "all of them", "not 1 of them", "[s1 and s2, t]");
    const Rule rule =
        rule_of(detection + "  condition: " + condition,
                *rc::gen::element<std::string>("{product: any}", "{product: windows}"));
    Event event;
    for (const char* field : {"F", "G", "Channel"}) {
        const auto value = *rc::gen::element<std::string>("a", "B", "cab", "", "7", "Sysmon", "-");
        if (value != "-") event.with(field, value);
    }
    Matcher matcher({rule}, sources(), event.batch().fields());
    std::vector<Matcher::Hit> hits;
    matcher.match(event.batch(), hits);
    RC_ASSERT(explained(rule, event).is_true == !hits.empty());
}

}  // namespace
}  // namespace vedette::rule::sigma
