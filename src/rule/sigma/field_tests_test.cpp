// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/field_tests.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "rule/sigma/fold.h"
#include "rule/sigma/limits.h"
#include "rule/sigma/program.h"
#include "rule/sigma/regex_scan.h"

namespace vedette::rule::sigma {
namespace {

ValueTest text_test(std::string_view written, bool is_cased = false) {
    return TextTest{Wildcard::parse(is_cased ? std::string(written) : fold(written)), is_cased};
}

ValueTest regex_test(std::string_view expression) {
    auto regex = Regex::make(expression, {});
    EXPECT_TRUE(regex) << expression;
    return RegexTest{*regex};
}

/// What the values meet, as pairs of test and value, by the compiled tests and one by one.
struct Compared {
    Compared(const std::vector<ValueTest>& forms, const std::vector<std::string>& texts) {
        std::vector<std::pair<PredicateId, const ValueTest*>> tests;
        for (const ValueTest& form : forms) {
            tests.emplace_back(static_cast<PredicateId>(tests.size()), &form);
        }
        const FieldTests compiled(tests, cache);
        one_by_one = compiled.one_by_one_count();
        FieldTests::Scratch scratch;
        compiled.fit(scratch);
        ValueTable values;
        values.clear(texts.size());
        for (const std::string& text : texts) values.add(text);
        std::vector<Truth> truths;
        // Twice with one scratch: nothing may be left over.
        compiled.find(values, scratch, truths);
        truths.clear();
        compiled.find(values, scratch, truths);
        for (const Truth& truth : truths) found.emplace(truth.predicate, values.raw(truth.value));
        for (const auto& [predicate, form] : tests) {
            for (const std::string& text : texts) {
                if (is_met_by_text(*form, text, fold(text))) expected.emplace(predicate, text);
            }
        }
    }
    PatternSetCache cache;
    std::set<std::pair<PredicateId, std::string>> found, expected;
    std::size_t one_by_one = 0;
};

TEST(FieldTests, find_in_a_value_that_is_met_everywhere_what_asking_one_by_one_finds) {
    std::vector<ValueTest> forms = {regex_test("a+"), regex_test("a.*a"), text_test("*b*")};
    for (std::size_t i = 2; i < 40; ++i)
        forms.push_back(text_test("*" + std::string(i, 'a') + "*"));
    const Compared compared(
        forms, {"ba", std::string(50'000, 'a'), "aab", std::string(30'000, 'A') + "b", "b", ""});
    EXPECT_EQ(compared.found, compared.expected);
    EXPECT_EQ(compared.found.count({2, "b"}), 1u);
}

TEST(FieldTests, ask_expressions_one_by_one_that_would_take_too_long_to_compile) {
    std::vector<ValueTest> forms;
    for (const char* expression :
         {"(x+x+)+y", "(a|b|c){1,900}", "(a{1,50}){1,50}", "a{1,1000}b{1,1000}", "(?=a)b", "(a)\\1",
          "[[:alpha:]]x", "\\x{41}", "(.*a){20}", "a*", "^$", "(a|b)*?c", ".{1000,}",
          "((((((((((a?)?)?)?)?)?)?)?)?)?)x"}) {
        forms.push_back(regex_test(expression));
    }
    const Compared compared(forms,
                            {"xxxy", "b", "aa", "bx", "A", "", "abac", std::string(1'000, 'z'),
                             std::string(999, 'z'), "x\n", "\va", "aaaaaaaaaaaaaaaaaaaaa"});
    EXPECT_EQ(compared.found, compared.expected);
    EXPECT_GE(compared.one_by_one, 7u);
    EXPECT_LT(compared.one_by_one, forms.size());
}

TEST(FieldTests, find_texts_beside_the_border_of_two_values_in_none_of_them) {
    const Compared compared({text_test("*ab*"), text_test(std::string("*a\0b*", 5)),
                             text_test("a*"), text_test("*b"), text_test("??"), text_test("*?b?*")},
                            {"a", "b", std::string("a\0b", 3), "xa", "bx",
                             "\xC3\xA9"
                             "b\xE2\x84\xAA"});
    EXPECT_EQ(compared.found, compared.expected);
}

TEST(FieldTests, find_long_texts_by_a_part_of_them) {
    const std::string text(300, 'q');
    const Compared compared({text_test("*" + text + "*"), text_test("*" + text + "z*", true)},
                            {text, text + "z", std::string(200, 'q'), fold(text) + "Z"});
    EXPECT_EQ(compared.found, compared.expected);
    EXPECT_EQ(compared.found.size(), 4u);
}

TEST(RegexScan, lets_through_what_means_the_same_and_counts_repetitions) {
    const auto size = [](std::string_view expression) {
        const auto scan = scannable(**Regex::make(expression, {}));
        return scan ? std::optional(scan->size) : std::nullopt;
    };
    EXPECT_EQ(size("abc"), 3u);
    EXPECT_EQ(size("(ab){10}c"), 21u);
    EXPECT_EQ(size("((a|b){3}[c-e]{2,4}){5}"), 65u);
    EXPECT_EQ(size("(?i)\\\\temp\\\\[0-9a-f]{4}\\.exe$"), 15u);
    EXPECT_EQ(size(".{1000,}"), 1'000u);
    for (const char* expression :
         {".{1501}", "(a{40}){40}", "\xC3\xA9", "[[:digit:]]", "\\pL", "\\Aa", "a\\z", "(?m)^a",
          "(?<n>a)", "a{,3}", "\\x{17f}", "\\xff"}) {
        EXPECT_FALSE(size(expression)) << expression;
    }
}

TEST(RegexScan, knows_what_can_be_a_line_feed) {
    const auto stays = [](std::string_view expression) {
        return scannable(**Regex::make(expression, {}))->stays_in_a_line;
    };
    for (const char* expression : {".{3}", "^[a-c]+$", "\\S\\d\\bx", "a|b", "[\\w.-]"}) {
        EXPECT_TRUE(stays(expression)) << expression;
    }
    for (const char* expression : {"\\s", "[^a]", "\\W", "\\D", "(?s).", "(?is:.)", "\\n", "a\nb",
                                   "[a\n]", "[\t-\r]", "[\\sx]", "\\x0a"}) {
        EXPECT_FALSE(stays(expression)) << expression;
    }
}

TEST(RegexScan, squeezes_characters_beyond_ascii_and_refuses_what_engines_see_differently) {
    std::string out = "-";
    bool is_simple = true;
    EXPECT_TRUE(append_squeezed("a\xC3\xA9z\xF0\x9F\x98\x80\xC3", out, is_simple));
    EXPECT_FALSE(is_simple);
    EXPECT_EQ(out, "-a\xFFz\xFF\xFF");
    for (const char* text : {"K\xE2\x84\xAA", "\xC5\xBF", "a\n", "a\vb"}) {
        EXPECT_FALSE(append_squeezed(text, out, is_simple));
        EXPECT_EQ(out, "-a\xFFz\xFF\xFF");
    }
}

TEST(Program, refuses_more_rules_than_it_may_have_and_names_the_bound) {
    event::FieldDictionary fields;
    PatternSetCache cache;
    const auto made =
        Program::make(std::vector<Rule>(kProgramRulesMax + 1), LogSourceMap(), fields, cache);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, base::ErrorCode::limit);
    EXPECT_NE(made.error().text.find("more than the allowed 100000"), std::string::npos);
}

}  // namespace
}  // namespace vedette::rule::sigma
