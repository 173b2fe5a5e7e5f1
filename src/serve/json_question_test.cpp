// SPDX-License-Identifier: Apache-2.0
#include "serve/json_question.h"

#include <gtest/gtest.h>

namespace vedette::serve {
namespace {

struct Asked {
    std::string query = "as it was";
    std::int64_t from_ns = -1;
    std::uint64_t next = 7;

    base::Result<void> read(std::string_view body) {
        return JsonQuestion()
            .text("query", query)
            .number("from_ns", from_ns)
            .number("next", next)
            .read(body);
    }
};

TEST(JsonQuestionTest, puts_values_where_they_are_wanted_and_leaves_what_is_not_said) {
    Asked asked;
    ASSERT_TRUE(asked.read(R"({"from_ns":-5,"next":18446744073709551615})"));
    EXPECT_EQ(asked.query, "as it was");
    EXPECT_EQ(asked.from_ns, -5);
    EXPECT_EQ(asked.next, UINT64_MAX);
    ASSERT_TRUE(asked.read(R"({"query":"a \"b\""})"));
    EXPECT_EQ(asked.query, "a \"b\"");
    EXPECT_TRUE(asked.read("{}"));
}

TEST(JsonQuestionTest, refuses_what_it_does_not_know_and_says_what_it_does) {
    for (const char* body : {R"({"querry":"a"})", R"({"query":5})", R"({"next":-1})",
                             R"({"next":"5"})", R"({"from_ns":1.5})", R"({"query":null})"}) {
        Asked asked;
        const auto read = asked.read(body);
        ASSERT_FALSE(read) << body;
        EXPECT_EQ(read.error().code, base::ErrorCode::bad_input) << body;
        EXPECT_EQ(read.error().hint, "use query, from_ns and next") << body;
    }
    for (const char* body : {"", "[]", "5", "{", R"({"query":"a")"}) {
        Asked asked;
        ASSERT_FALSE(asked.read(body)) << body;
    }
}

}  // namespace
}  // namespace vedette::serve
