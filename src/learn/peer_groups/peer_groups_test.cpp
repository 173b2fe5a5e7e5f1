// SPDX-License-Identifier: Apache-2.0
#include "learn/peer_groups/peer_groups.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "learn/peer_groups/test_town.h"
#include "learn/test_restored.h"

namespace vedette::learn {
namespace {

using Kind = PeerChange::Kind;

double rand_index(const TestTown& town, const PeerGroups& groups) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> both;
    for (const auto& person : town.people) {
        both.emplace_back(static_cast<std::uint32_t>(person.trade), groups.group_of(person.key));
    }
    return adjusted_rand_index(both);
}

/// What was worth telling, with its day.
struct Told {
    std::int32_t day = 0;
    PeerChange change;
};

std::vector<Told> live(TestTown& town, PeerGroups& groups, std::int32_t from, std::int32_t to) {
    std::vector<Told> told;
    for (std::int32_t day = from; day < to; ++day) {
        for (PeerChange& change : town.live(day, groups)) {
            if (change.is_settled) told.push_back({day, std::move(change)});
        }
    }
    return told;
}

TEST(PeerGroups, finds_the_groups_that_were_planted) {
    double least = 1;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        for (const std::size_t trades : {2u, 4u, 8u}) {
            TestTown town(seed * 31 + trades, trades, 15);
            PeerGroups groups(TestTown::shape());
            live(town, groups, 0, 15);
            least = std::min(least, rand_index(town, groups));
        }
    }
    EXPECT_GE(least, 0.9) << "the least of thirty towns after fifteen days";
}

TEST(PeerGroups, makes_one_group_of_people_who_are_all_alike) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        TestTown town(seed, 1, 40);
        PeerGroups groups(TestTown::shape());
        live(town, groups, 0, 40);
        EXPECT_EQ(groups.groups().size(), 1u) << seed;
    }
}

TEST(PeerGroups, notices_within_a_fortnight_who_goes_over_to_another_group) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        TestTown town(seed * 101, 4, 20);
        PeerGroups groups(TestTown::shape());
        EXPECT_TRUE(live(town, groups, 0, 56).empty());
        auto& person = town.people[3];
        const std::uint32_t before = groups.group_of(person.key);
        town.take_up(person, 1);
        const auto told = live(town, groups, 56, 70);
        ASSERT_EQ(told.size(), 1u) << seed;
        const PeerChange& change = told[0].change;
        EXPECT_EQ(change.kind, Kind::migrated);
        EXPECT_EQ(change.key, person.key);
        EXPECT_EQ(change.from, before);
        EXPECT_EQ(change.to, groups.group_of(town.people[25].key));
        EXPECT_GT(change.distance, change.usual);
        EXPECT_LT(change.p, 0.001);
    }
}

TEST(PeerGroups, notices_who_does_what_nobody_else_does) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        TestTown town(seed * 103, 3, 20);
        PeerGroups groups(TestTown::shape());
        live(town, groups, 0, 56);
        town.take_up(town.people[30], 3);
        const auto told = live(town, groups, 56, 77);
        ASSERT_EQ(told.size(), 1u) << seed;
        EXPECT_EQ(told[0].change.kind, Kind::left);
        EXPECT_EQ(told[0].change.key, town.people[30].key);
        EXPECT_EQ(groups.group_of(town.people[30].key), 0u);
    }
}

TEST(PeerGroups, notices_within_a_week_that_a_group_has_become_two) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        TestTown town(seed * 107, 3, 20);
        PeerGroups groups(TestTown::shape());
        live(town, groups, 0, 56);
        const std::uint32_t before = groups.group_of(town.people[15].key);
        for (std::size_t i = 0; i < 8; ++i) town.take_up(town.people[i], 3);
        const auto told = live(town, groups, 56, 63);
        ASSERT_FALSE(told.empty()) << seed;
        const auto split = std::find_if(told.begin(), told.end(), [](const Told& one) {
            return one.change.kind == Kind::split;
        });
        ASSERT_NE(split, told.end()) << seed;
        EXPECT_EQ(split->change.from, before);
        EXPECT_GE(split->change.members.size(), 5u);
        EXPECT_EQ(groups.group_of(town.people[15].key), before) << "those who go on keep the name";
        live(town, groups, 63, 84);
        EXPECT_GE(rand_index(town, groups), 0.9) << seed;
    }
}

TEST(PeerGroups, notices_within_a_fortnight_that_a_group_does_other_things) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        TestTown town(seed * 109, 3, 20);
        PeerGroups groups(TestTown::shape());
        live(town, groups, 0, 56);
        const std::uint32_t group = groups.group_of(town.people[0].key);
        town.change_half(0, 4);
        const auto told = live(town, groups, 56, 70);
        ASSERT_EQ(told.size(), 1u) << seed;
        EXPECT_EQ(told[0].change.kind, Kind::drifted);
        EXPECT_EQ(told[0].change.from, group);
        EXPECT_EQ(groups.group_of(town.people[0].key), group) << "and it keeps its name";
    }
}

TEST(PeerGroups, says_hardly_anything_in_years_in_which_nothing_changes) {
    std::size_t told = 0, group_days = 0;
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
        TestTown town(seed * 113, 8, 10);
        PeerGroups groups(TestTown::shape());
        for (std::int32_t day = 0; day < 365; ++day) {
            for (const PeerChange& change : town.live(day, groups)) told += change.is_settled;
            group_days += groups.groups().size();
        }
    }
    EXPECT_GT(group_days, 5'000u);
    EXPECT_LE(told, 1u);
}

TEST(PeerGroups, goes_on_from_what_was_saved_as_if_it_had_not_stopped) {
    TestTown one(5, 3, 12), other(5, 3, 12);
    const auto make = [] { return PeerGroups(TestTown::shape()); };
    PeerGroups straight = make(), stopped = make();
    for (std::int32_t day = 0; day < 60; ++day) {
        if (day == 30) {
            one.take_up(one.people[0], 1);
            other.take_up(other.people[0], 1);
        }
        const auto a = one.live(day, straight), b = other.live(day, stopped);
        ASSERT_EQ(a.size(), b.size());
        const std::string sealed = save_sealed(stopped);
        stopped = make();
        ASSERT_TRUE(restore_sealed(stopped, sealed));
        ASSERT_TRUE(are_same(straight, stopped));
        ASSERT_TRUE(stopped.check_invariants());
    }
}

TEST(PeerGroups, does_not_depend_on_who_was_seen_first) {
    TestTown town(6, 3, 12);
    PeerGroups there(TestTown::shape()), back(TestTown::shape());
    for (std::int32_t day = 0; day < 10; ++day) {
        for (int turn = 0; turn < 2; ++turn) {
            for (std::size_t i = 0; i < town.people.size(); ++i) {
                const auto& from = town.people[turn == 0 ? i : town.people.size() - 1 - i];
                for (std::size_t n = 0; n < 20; ++n) {
                    PeerGroups& groups = turn == 0 ? there : back;
                    groups.count(from.key, 0, from.trade * 2 + n % 2);
                    groups.count(from.key, 1, from.trade * 4 + n % (2 + from.key % 3));
                }
            }
        }
        there.end_day(day);
        back.end_day(day);
        ASSERT_TRUE(are_same(there, back));
    }
    EXPECT_FALSE(there.groups().empty());
}

TEST(PeerGroups, obeys_a_person_who_says_where_somebody_belongs) {
    TestTown town(7, 3, 15);
    PeerGroups groups(TestTown::shape());
    live(town, groups, 0, 30);
    const std::uint64_t key = town.people[0].key;
    const std::uint32_t own = groups.group_of(key), other = groups.group_of(town.people[20].key);
    ASSERT_NE(own, other);
    EXPECT_FALSE(groups.pin(key, 99));
    EXPECT_FALSE(groups.pin(1, other));
    ASSERT_TRUE(groups.pin(key, other));
    EXPECT_TRUE(live(town, groups, 30, 60).empty());
    EXPECT_EQ(groups.group_of(key), other);
    ASSERT_TRUE(groups.release(key));
    EXPECT_FALSE(groups.release(key));
    EXPECT_TRUE(live(town, groups, 60, 70).empty()) << "that it goes home is no news";
    EXPECT_EQ(groups.group_of(key), own);
}

TEST(PeerGroups, have_a_middle_in_which_a_thing_that_half_do_is_done_by_half) {
    TestTown town(5, 2, 20);
    PeerGroups groups(TestTown::shape());
    live(town, groups, 0, 20);
    ASSERT_EQ(groups.groups().size(), 2u);
    const auto& one = groups.groups()[0];
    const auto& other = groups.groups()[1];
    const std::vector<float> middle = groups.middle();
    const double part = static_cast<double>(one.size) / (one.size + other.size);
    ASSERT_EQ(TestTown::shape().blocks()[0].kind, ProfileBlock::Kind::shares);
    double most_apart = 0;
    for (std::size_t d = 0; d < TestTown::shape().blocks()[0].size; ++d) {
        const double a = std::pow(one.centre[d], 2), b = std::pow(other.centre[d], 2);
        EXPECT_NEAR(std::pow(middle[d], 2), part * a + (1 - part) * b, 1e-5);
        most_apart = std::max(most_apart, std::abs(a - b));
    }
    EXPECT_GT(most_apart, 0.1) << "the two do different things";
}

TEST(PeerGroups, stays_within_its_bounds_in_a_flood_of_names) {
    PeerSettings settings;
    settings.members_max = 64;
    PeerGroups groups(TestTown::shape(), settings);
    Random random(8);
    std::size_t most = 0;
    for (std::int32_t day = 0; day < 50; ++day) {
        for (std::uint64_t key = 1; key <= 20; ++key) {
            for (int i = 0; i < 20; ++i) groups.count(key, 0, key % 2);
        }
        for (int i = 0; i < 500; ++i) groups.count(random.next(), 0, random.below(8));
        groups.end_day(day);
        most = std::max(most, groups.memory_bytes());
    }
    EXPECT_LE(groups.member_count(), 64u);
    EXPECT_GT(groups.refused_count(), 0u);
    EXPECT_LT(most, 64u * 1'024);
    for (std::uint64_t key = 1; key <= 20; ++key) EXPECT_TRUE(groups.is_known(key));
}

TEST(PeerGroups, refuses_damaged_states) {
    TestTown town(9, 2, 6);
    PeerGroups groups(TestTown::shape());
    live(town, groups, 0, 25);
    const auto make = [] { return PeerGroups(TestTown::shape()); };
    EXPECT_TRUE(refuses_all_damage(make, save_sealed(groups), 37));
}

}  // namespace
}  // namespace vedette::learn
