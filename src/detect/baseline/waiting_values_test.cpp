// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/waiting_values.h"

#include <gtest/gtest.h>

#include "learn/test_restored.h"

namespace vedette::detect::baseline {
namespace {

base::Timestamp at(std::int64_t seconds) { return {seconds * base::kNsPerSecond}; }

TEST(WaitingValues, wait_from_when_they_were_first_seen) {
    WaitingValues waiting;
    EXPECT_FALSE(waiting.add(7, at(0), 0.5));
    EXPECT_FALSE(waiting.add(7, at(50), 1));
    EXPECT_TRUE(waiting.has(7));
    EXPECT_FALSE(waiting.has(8));
    EXPECT_FALSE(waiting.due(at(99), 100 * base::kNsPerSecond));
    const auto due = waiting.due(at(100), 100 * base::kNsPerSecond);
    ASSERT_TRUE(due);
    EXPECT_EQ(due->value, 7u);
    EXPECT_EQ(due->share, 1);
    EXPECT_FALSE(waiting.has(7));
}

TEST(WaitingValues, drive_out_the_oldest) {
    WaitingValues waiting;
    for (std::uint64_t value = 1; value <= 4; ++value) {
        EXPECT_FALSE(waiting.add(value, at(static_cast<std::int64_t>(value)), 1));
    }
    const auto gone = waiting.add(5, at(5), 1);
    ASSERT_TRUE(gone);
    EXPECT_EQ(gone->value, 1u);
    EXPECT_FALSE(waiting.add(6, at(6), 0)) << "what is not to be learned need not wait";
    EXPECT_FALSE(waiting.has(6));
}

TEST(WaitingValues, go_on_from_what_was_saved_and_refuse_a_damaged_state) {
    WaitingValues waiting;
    for (std::uint64_t value = 1; value <= 3; ++value) {
        static_cast<void>(waiting.add(value, at(1), 0.25));
    }
    EXPECT_TRUE(
        learn::refuses_all_damage([] { return WaitingValues(); }, learn::save_sealed(waiting)));
    EXPECT_TRUE(waiting.check_invariants().has_value());
}

}  // namespace
}  // namespace vedette::detect::baseline
