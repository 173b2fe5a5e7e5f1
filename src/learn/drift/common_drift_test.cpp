// SPDX-License-Identifier: Apache-2.0
#include "learn/drift/common_drift.h"

#include <gtest/gtest.h>

#include <cmath>

#include "learn/random.h"
#include "learn/test_restored.h"

namespace vedette::learn {
namespace {

TEST(CommonDrift, is_what_the_others_did_that_day) {
    CommonDrift common;
    for (int member = 0; member < 200; ++member) common.add(7, 1);
    common.add(7, -2);
    EXPECT_NEAR(common.of_others(7, -2.0, 0), 1, 0.02);
    EXPECT_TRUE(common.knows(7));
    EXPECT_FALSE(common.knows(8));
    EXPECT_EQ(common.of_others(8, {}, 0.5), 0.5) << "who stands in, where nobody is";
}

TEST(CommonDrift, is_moved_by_one_of_two_hundred_by_a_hundredth_at_most) {
    CommonDrift calm, loud;
    for (int member = 0; member < 199; ++member) {
        calm.add(7, 0.1);
        loud.add(7, 0.1);
    }
    calm.add(7, 0.1);
    loud.add(7, 1e9);
    const double moved = loud.of_others(7, {}, 0) - calm.of_others(7, {}, 0);
    EXPECT_LE(moved, CommonDrift::kDifferenceMax / 200);
}

/// How far weeks scatter of members whose days hang together so much.
double persistence_of(double kept) {
    CommonDrift common;
    Random random(1);
    for (int member = 0; member < 100; ++member) {
        double day_level = 0, week = 0;
        for (int day = 0; day < 120; ++day) {
            day_level = kept * day_level + std::sqrt(1 - kept * kept) * random.normal();
            week = CommonDrift::kLeftOfWeek * week + (1 - CommonDrift::kLeftOfWeek) * day_level;
            if (day > 30) common.learn_week(day, week);
        }
    }
    return common.persistence();
}

TEST(CommonDrift, knows_how_much_longer_than_by_chance_levels_stay_away) {
    EXPECT_NEAR(persistence_of(0), 1, 0.1);
    EXPECT_GT(persistence_of(0.5), 1.4);
    EXPECT_LE(persistence_of(0.95), 2);
}

TEST(CommonDrift, remembers_the_last_days_and_refuses_a_damaged_state) {
    CommonDrift common;
    for (std::int32_t day = 0; day < 20; ++day) common.add(day, 1);
    common.add(3, 1);
    EXPECT_FALSE(common.knows(3));
    EXPECT_TRUE(common.knows(19));
    EXPECT_TRUE(common.check_invariants().has_value());
    common.learn_week(19, 0.3);
    EXPECT_TRUE(refuses_all_damage([] { return CommonDrift(); }, save_sealed(common)));
    EXPECT_EQ(84u, common.memory_bytes());
}

}  // namespace
}  // namespace vedette::learn
