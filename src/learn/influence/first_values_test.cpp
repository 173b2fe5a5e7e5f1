// SPDX-License-Identifier: Apache-2.0
#include "learn/influence/first_values.h"

#include <gtest/gtest.h>

#include "learn/random.h"
#include "learn/test_restored.h"

namespace vedette::learn {
namespace {

FirstValues with(int count, std::uint64_t seed) {
    FirstValues first;
    Random random(seed);
    for (int i = 0; i < count; ++i) {
        first.add({i * base::kNsPerSecond}, i % 8 == 3 ? 1e6 : 10 + random.normal(), 1);
    }
    return first;
}

TEST(FirstValues, are_kept_until_there_are_enough_and_then_moved_to_where_the_others_are) {
    FirstValues first = with(31, 1);
    EXPECT_FALSE(first.is_over());
    EXPECT_TRUE(first.add({31 * base::kNsPerSecond}, 10, 0.5));
    EXPECT_TRUE(first.is_over());
    const auto values = first.release(0.5);
    ASSERT_EQ(values.size(), 32u);
    for (std::size_t i = 0; i < values.size(); ++i) {
        EXPECT_EQ(values[i].time_ns, static_cast<std::int64_t>(i) * base::kNsPerSecond);
        EXPECT_LT(values[i].value, 20);
        EXPECT_GT(values[i].value, 5);
    }
    EXPECT_EQ(values[31].share, 0.5F);
    EXPECT_FALSE(first.add({}, 7, 1)) << "the group learns by itself now";
}

TEST(FirstValues, of_which_all_are_alike_keep_what_can_be_told_apart) {
    FirstValues first;
    for (int i = 0; i < 32; ++i) first.add({i}, i == 5 ? 100 : 7, 1);
    EXPECT_EQ(first.release(0.5)[5].value, 9);
}

TEST(FirstValues, go_on_from_what_was_saved_and_refuse_a_damaged_state) {
    for (const int count : {0, 9, 32}) {
        FirstValues first = with(count, 2);
        if (first.is_over()) static_cast<void>(first.release(1));
        EXPECT_TRUE(first.check_invariants().has_value());
        EXPECT_TRUE(refuses_all_damage([] { return FirstValues(); }, save_sealed(first)));
    }
}

}  // namespace
}  // namespace vedette::learn
