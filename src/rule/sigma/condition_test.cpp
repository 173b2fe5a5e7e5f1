// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/condition.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace vedette::rule::sigma {
namespace {

using Kind = Condition::Kind;

Condition random_condition(int depth) {
    const auto name = [] {
        return *rc::gen::element<std::string>("selection", "filter_main", "a-b", "not_a_word",
                                              "x1");
    };
    const int choice = depth == 0 ? *rc::gen::inRange(0, 3) : *rc::gen::inRange(0, 6);
    if (choice == 0) return {Kind::selection, name()};
    if (choice == 1) return {Kind::some_of, *rc::gen::element<std::string>("them", "sel*", "*x*")};
    if (choice == 2) return {Kind::all_of, *rc::gen::element<std::string>("them", "filter_*")};
    Condition condition{choice == 3 ? Kind::negation : choice == 4 ? Kind::both : Kind::either};
    const int count = choice == 3 ? 1 : *rc::gen::inRange(2, 4);
    for (int i = 0; i < count; ++i) condition.parts.push_back(random_condition(depth - 1));
    return condition;
}

RC_GTEST_PROP(Condition, reads_its_own_writing, ()) {
    const Condition condition = random_condition(4);
    const auto again = parse_condition(print(condition));
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == condition);
}

std::string normal(std::string_view text) {
    const auto condition = parse_condition(text);
    return condition ? print(*condition) : condition.error().message();
}

TEST(Condition, binds_not_before_and_before_or) {
    EXPECT_EQ(*parse_condition("a or b and not c"), *parse_condition("a or (b and (not c))"));
    EXPECT_NE(*parse_condition("(a or b) and c"), *parse_condition("a or b and c"));
    EXPECT_EQ(normal("not not a"), "not not a");
    EXPECT_EQ(normal("not 1 of filter_* and a"), "not 1 of filter_* and a");
}

TEST(Condition, takes_its_words_in_any_case) {
    EXPECT_EQ(normal("A AND NOT 1 OF b* OR All Of Them"), "A and not 1 of b* or all of them");
    EXPECT_EQ(normal("any of sel*"), "1 of sel*");
}

TEST(Condition, says_where_and_why_it_is_wrong) {
    EXPECT_EQ(normal("a and"), "6: the condition ends where a name should be");
    EXPECT_EQ(normal("a b"), "3: 'b' where 'and', 'or' or the end should be");
    EXPECT_EQ(normal("(a or b"), "1: this '(' is not closed");
    EXPECT_EQ(normal("sel*"), "1: the pattern 'sel*' needs '1 of' or 'all of' (write '1 of sel*')");
    EXPECT_EQ(normal("a & b"), "3: '&' has no meaning here");
    EXPECT_EQ(normal(""), "1: the condition ends where a name should be");
    EXPECT_EQ(normal("1 of"), "5: a name or 'them' should follow 'of'");
}

TEST(Condition, names_what_older_versions_had) {
    for (const char* text : {"a | count() by b > 3", "2 of them", "a | near b"}) {
        const auto condition = parse_condition(text);
        ASSERT_FALSE(condition) << text;
        EXPECT_EQ(condition.error().code, base::ErrorCode::unsupported) << text;
    }
}

TEST(Condition, stops_at_its_bounds) {
    std::string deep, wide = "a";
    for (int i = 0; i < 5'000; ++i) deep += "(", wide += " or a";
    EXPECT_EQ(parse_condition(deep + "a").error().code, base::ErrorCode::limit);
    EXPECT_EQ(parse_condition(wide).error().code, base::ErrorCode::limit);
    std::string negations;
    for (int i = 0; i < 1'000; ++i) negations += "not ";
    EXPECT_EQ(parse_condition(negations + "a").error().code, base::ErrorCode::limit);
}

TEST(Condition, leaves_out_names_with_an_underscore_unless_asked_for) {
    EXPECT_TRUE(is_meant("them", "selection"));
    EXPECT_FALSE(is_meant("them", "_hidden"));
    EXPECT_FALSE(is_meant("*", "_hidden"));
    EXPECT_TRUE(is_meant("_h*", "_hidden"));
    EXPECT_TRUE(is_meant("sel*_win", "selection_win"));
    EXPECT_FALSE(is_meant("selection", "selection_win"));
}

}  // namespace
}  // namespace vedette::rule::sigma
