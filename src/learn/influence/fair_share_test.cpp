// SPDX-License-Identifier: Apache-2.0
#include "learn/influence/fair_share.h"

#include <gtest/gtest.h>

#include <vector>

#include "learn/random.h"
#include "learn/test_restored.h"

namespace vedette::learn {
namespace {

/// What the first of so many members has of what the group knows (half-life a week), while it does
/// `loud` things a day and each of the others `usual`.
double share_of_loud(int members, int loud, int usual, int days = 40) {
    FairShare fair;
    Random random(1);
    std::vector<MemberDay> of(static_cast<std::size_t>(members));
    double first = 0, all = 0;
    for (std::int32_t day = 0; day < days; ++day) {
        first *= 0.9057236642639067;
        all *= 0.9057236642639067;
        std::vector<std::size_t> order;
        for (int i = 0; i < loud; ++i) order.push_back(0);
        for (int member = 1; member < members; ++member) {
            for (int i = 0; i < usual; ++i) order.push_back(static_cast<std::size_t>(member));
        }
        for (std::size_t i = order.size(); i > 1; --i) {
            std::swap(order[i - 1], order[random.below(static_cast<std::uint32_t>(i))]);
        }
        for (const std::size_t member : order) {
            const double taken = fair.take(of[member], day);
            all += taken;
            if (member == 0) first += taken;
        }
    }
    EXPECT_NEAR(fair.members(), members, members * 0.03);
    return first / all;
}

TEST(FairShare, lets_one_of_two_hundred_teach_a_hundredth_however_loud_it_is) {
    EXPECT_LE(share_of_loud(200, 10'000, 8), 0.0101);
    EXPECT_LE(share_of_loud(200, 100'000, 30), 0.0101);
    EXPECT_LE(share_of_loud(400, 10'000, 8), 0.0051);
}

TEST(FairShare, holds_nobody_back_who_is_alone_or_like_the_others) {
    EXPECT_EQ(share_of_loud(1, 1'000, 0), 1);
    EXPECT_NEAR(share_of_loud(50, 8, 8), 1.0 / 50, 1e-3);
    FairShare fair;
    MemberDay member;
    for (int i = 0; i < 100; ++i) EXPECT_EQ(fair.take(member, 5), 1);
}

TEST(FairShare, lets_those_go_on_who_are_left_of_a_group) {
    FairShare fair;
    std::vector<MemberDay> of(200);
    for (std::int32_t day = 0; day < 60; ++day) {
        double taken = 0;
        const std::size_t there = day < 30 ? 200 : 3;
        for (int round = 0; round < 8; ++round) {
            for (std::size_t member = 0; member < there; ++member)
                taken += fair.take(of[member], day);
        }
        EXPECT_GT(taken, 0.9 * 8 * static_cast<double>(there)) << day;
    }
}

TEST(FairShare, counts_what_is_late_for_the_day_that_goes_on) {
    FairShare fair;
    MemberDay member, other;
    for (int i = 0; i < 10; ++i) static_cast<void>(fair.take(other, 9));
    static_cast<void>(fair.take(member, 9));
    const float counted = member.counted;
    static_cast<void>(fair.take(member, 3));
    EXPECT_EQ(member.day, 9);
    EXPECT_GT(member.counted, counted);
}

TEST(FairShare, goes_on_from_what_was_saved_and_refuses_a_damaged_state) {
    FairShare fair, again;
    MemberDay member;
    static_cast<void>(fair.take(member, 20'000));
    EXPECT_TRUE(refuses_all_damage([] { return FairShare(); }, save_sealed(fair)));
    ASSERT_TRUE(restore_sealed(again, save_sealed(fair)));
    MemberDay same = member;
    EXPECT_EQ(fair.take(member, 20'001), again.take(same, 20'001));
    EXPECT_TRUE(are_same(fair, again));
}

}  // namespace
}  // namespace vedette::learn
