// SPDX-License-Identifier: Apache-2.0
#include "engine/standings.h"

#include <gtest/gtest.h>

namespace vedette::engine {
namespace {

TEST(Standings, come_back_from_their_lines) {
    const std::vector<detect::Standing> standings = {
        {"logins", "Too \"many\" logins\n", 1234.5, 1.25, 0, 0.5, 99'999, 1'003, 98, 7, 3, -5},
        {"new-program", "", 0, 0, 0, 1, 0, 0, 0, UINT64_MAX, 0, 0}};
    const std::string text = standings_json(standings);
    const auto back = standings_of_json(text);
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(*back, standings);
    EXPECT_EQ(standings_of_json("").value(), std::vector<detect::Standing>());
}

TEST(Standings, anything_else_is_refused) {
    for (const char* text : {"\n", "{}", "[]", "null", "{\"analytic\":1}\n", "\xFF",
                             "{\"analytic\":\"a\",\"title\":\"t\",\"tests\":\"many\"}"}) {
        EXPECT_FALSE(standings_of_json(text)) << text;
    }
}

}  // namespace
}  // namespace vedette::engine
