// SPDX-License-Identifier: Apache-2.0
// Programs in an unusual order, each of them usual.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>

#include "detect/baseline/baseline.h"
#include "detect/baseline/decided.h"
#include "detect/baseline/test_world.h"

namespace vedette::detect::baseline {
namespace {

using rule::analytic::Against;

constexpr std::int64_t kSequenceDay = 86'400;
constexpr int kWorkers = 12, kWorkerPrograms = 12;

constexpr std::string_view kOrder = R"(analytic: order
title: Programs in an unusual order
entity: {user: user.name}
measure: {sequence: process.name}
sentence: '{entity} ran {value} behind {before}: seen {expected} times in {n} by {against}'
)";

/// People who go round their programs: mostly the next one, now and then the first or one further.
/// Those with an even number skip one where the others never do.
class Workers {
  public:
    explicit Workers(std::uint64_t seed) : random_(seed) {}

    /// A step of everybody each five minutes, for `days`.
    void work(TestWorld& world, int days) {
        for (const std::int64_t end = at_ + days * kSequenceDay; at_ < end; at_ += 300) {
            for (int who = 0; who < kWorkers; ++who) run(world, who, next_of(who));
            if (after_each) after_each(world);
        }
    }
    void run(TestWorld& world, int who, int program) {
        world.row(at_ + who, {{"user.name", "user" + std::to_string(who)},
                              {"process.name", "p" + std::to_string(program)}});
        now_[who] = program;
    }
    int now(int who) const { return now_[who]; }

    std::function<void(TestWorld&)> after_each;

  private:
    int next_of(int who) {
        const auto chance = random_() % 100;
        if (chance < 80) return (now_[who] + 1) % kWorkerPrograms;
        if (chance < 95) return 0;
        return (now_[who] + (who % 2 == 0 ? 2 : 1)) % kWorkerPrograms;
    }

    std::mt19937_64 random_;
    std::array<int, kWorkers> now_{};
    std::int64_t at_ = 0;
};

/// `who` goes from program 5 to `program`.
void plant(TestWorld& world, Workers& workers, int who, int program) {
    world.flush();
    world.findings.clear();
    for (const int one : {3, 4, 5}) workers.run(world, who, one);
    world.flush();
    world.findings.clear();
    workers.run(world, who, program);
    world.flush();
}

TEST(Sequence, tells_of_a_program_behind_one_that_it_never_follows) {
    TestWorld world({std::string(kOrder)});
    ASSERT_TRUE(world.notices.empty());
    Workers workers(1);
    workers.work(world, 14);
    plant(world, workers, 3, 2);
    ASSERT_EQ(world.findings.size(), 1u);
    const cases::Finding& finding = world.findings[0];
    EXPECT_EQ(finding.entities.front().text(), "user:user3");
    const std::string& sentence = finding.reasons.front().observed;
    EXPECT_EQ(sentence.find("user3 ran p2 behind p3 > p4 > p5: seen 0 times in "), 0u) << sentence;
    EXPECT_NE(sentence.find(" by everybody"), std::string::npos)
        << "nobody ever did it, and everybody is many: " << sentence;
    EXPECT_EQ(finding.reasons.front().against, "everybody");
    double sum = 0;
    for (const cases::Reason& reason : finding.reasons) sum += reason.bits;
    EXPECT_EQ(sum, finding.bits());
    EXPECT_GE(sum, 1);
}

TEST(Sequence, takes_a_step_that_others_make_for_less_odd_than_one_that_nobody_makes) {
    const auto evidence = [](int program) {
        TestWorld world({std::string(kOrder) + "tell_from_bits: 0\n"});
        Workers workers(2);
        workers.work(world, 14);
        plant(world, workers, 3, program);
        return world.findings.empty() ? 0 : world.findings[0].bits();
    };
    EXPECT_GT(evidence(2), evidence(7)) << "half of the others go from 5 to 7";
}

TEST(Sequence, tells_hardly_anything_of_people_who_do_what_they_always_do) {
    TestWorld world({std::string(kOrder)});
    Workers(3).work(world, 14);
    world.flush();
    const Standing standing = world.standing();
    const auto tests = static_cast<double>(standing.tests_ever);
    EXPECT_GT(tests, 40'000);
    EXPECT_LT(static_cast<double>(standing.odd_100_ever), tests * 0.02);
    EXPECT_LT(static_cast<double>(standing.odd_1000_ever), tests * 0.002);
    EXPECT_LT(standing.told_ever, 5u) << "less than a bit is not told";
    EXPECT_EQ(standing.told_ever, world.findings.size());
    EXPECT_GT(standing.untold_ever, 0u) << "but it is counted";
}

TEST(Sequence, says_the_same_wherever_batches_are_cut_and_the_detector_is_stopped) {
    std::vector<std::vector<cases::Finding>> told;
    std::vector<std::uint64_t> checksums;
    for (const std::size_t rows_max : {1u, 7u, 4'096u, 13u}) {
        TestWorld world({std::string(kOrder)}, rows_max);
        Workers workers(4);
        int steps = 0;
        if (rows_max == 13) {
            workers.after_each = [&](TestWorld& stopped) {
                if (++steps % 97 == 5) stopped.save_and_restore();
            };
        }
        workers.work(world, 4);
        for (const int program : {3, 4, 5, 2, 9}) workers.run(world, 5, program);
        world.flush();
        told.push_back(world.findings);
        checksums.push_back(world.detector().checksum());
    }
    ASSERT_FALSE(told[0].empty());
    for (std::size_t i = 1; i < told.size(); ++i) {
        ASSERT_EQ(told[i].size(), told[0].size());
        for (std::size_t j = 0; j < told[0].size(); ++j) {
            EXPECT_EQ(cases::to_json(told[i][j]), cases::to_json(told[0][j]));
        }
        EXPECT_EQ(checksums[i], checksums[0]);
    }
}

TEST(Sequence, knows_a_pause_from_a_program_that_stood_before) {
    TestWorld world({std::string(kOrder) + "tell_from_bits: 0\n"});
    for (int day = 0; day < 200; ++day) {
        for (int i = 0; i < 12; ++i) {
            world.row(day * kSequenceDay + i * 60,
                      {{"user.name", "ann"}, {"process.name", "p" + std::to_string(i)}});
        }
    }
    world.flush();
    EXPECT_TRUE(world.findings.empty()) << "what always comes is not odd by lot";
    world.findings.clear();
    // What is usual in the morning is not behind itself.
    for (const int second : {0, 60}) {
        world.row(200 * kSequenceDay + second, {{"user.name", "ann"}, {"process.name", "p0"}});
    }
    world.flush();
    ASSERT_EQ(world.findings.size(), 1u);
    EXPECT_EQ(world.findings[0].reasons.front().observed.find("ann ran p0 behind a pause > p0"), 0u)
        << world.findings[0].reasons.front().observed;
}

TEST(FreshSteps, are_given_back_when_suspicion_follows_within_a_day) {
    FreshSteps steps;
    const std::array<std::uint64_t, 2> before = {1, 2}, other = {7, 2};
    const auto hour = [](int hours) { return base::Timestamp{hours * kWaitNs / 24}; };
    steps.add(before, 9, hour(0), 1);
    steps.add(before, 9, hour(1), 0.5);
    steps.add(before, 8, hour(10), 1);
    steps.add(before, 8, hour(10), 0);
    EXPECT_TRUE(steps.has(other, 9)) << "what stood further back does not matter";
    EXPECT_FALSE(steps.has(before, 7));
    EXPECT_EQ(steps.size(), 2u);
    EXPECT_FALSE(steps.withdrawn(hour(0)));
    const auto first = steps.withdrawn(hour(5));
    ASSERT_TRUE(first);
    EXPECT_EQ(first->value, 9u);
    EXPECT_EQ(first->share, 1.5F);
    EXPECT_FALSE(steps.withdrawn(hour(5))) << "the other came later";
    steps.settle(hour(33));
    EXPECT_EQ(steps.size(), 1u);
    steps.settle(hour(34));
    EXPECT_EQ(steps.size(), 0u);
}

TEST(DecidedBy, is_who_saw_it_most_rarely_and_not_who_is_nearest) {
    EXPECT_EQ(decided_by({{Against::self, 0, 500}, {Against::everybody, 900, 9'000}}).against,
              Against::self);
    EXPECT_EQ(decided_by({{Against::self, 0, 25}, {Against::everybody, 0, 9'000}}).against,
              Against::everybody);
    EXPECT_EQ(decided_by({{Against::self, 0, 25}, {Against::peers, 0, 25}}).against, Against::self);
}

}  // namespace
}  // namespace vedette::detect::baseline
