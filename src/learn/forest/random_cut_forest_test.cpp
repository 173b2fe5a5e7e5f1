// SPDX-License-Identifier: Apache-2.0
#include "learn/forest/random_cut_forest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "learn/forest/projections.h"
#include "learn/test_restored.h"

namespace vedette::learn {
namespace {

constexpr std::size_t kDimensions = 5;
using Point = std::vector<float>;

/// A cloud in which the second number is twice the first.
Point some_point(Random& random) {
    Point point;
    for (std::size_t i = 0; i < kDimensions; ++i)
        point.push_back(static_cast<float>(random.normal()));
    point[1] = 2 * point[0] + 0.05F * point[1];
    if (random.below(5) == 0) point.assign(kDimensions, 0.25F);
    return point;
}

ForestSettings small_forest() { return {kDimensions, 10, 32, 200, 7}; }

RandomCutForest taught(ForestSettings settings, std::size_t count, std::uint64_t seed = 1) {
    RandomCutForest forest(settings);
    Random random(seed);
    for (std::size_t i = 0; i < count; ++i) forest.update(some_point(random));
    return forest;
}

/// Leaves below a node, with how often.
void gather(const RandomCutForest& forest, const CutTree& tree, std::uint16_t at,
            std::vector<Point>& out) {
    if (tree.is_leaf(at)) {
        const float* const known = forest.points()[tree.leaf(at).point];
        for (int i = 0; i < tree.leaf(at).mass; ++i) out.emplace_back(known, known + kDimensions);
        return;
    }
    gather(forest, tree, tree.node(at).left, out);
    gather(forest, tree, tree.node(at).right, out);
}

/// The expected inverse depth by its definition, from the points below each node alone.
double plain_score(const RandomCutForest& forest, const CutTree& tree, std::uint16_t at,
                   const Point& point, std::size_t depth, std::size_t all) {
    std::vector<Point> below;
    gather(forest, tree, at, below);
    double outside = 0, sides = 0;
    for (std::size_t i = 0; i < kDimensions; ++i) {
        double low = below[0][i], high = below[0][i];
        for (const Point& one : below) {
            low = std::min<double>(low, one[i]);
            high = std::max<double>(high, one[i]);
        }
        const double where = point[i];
        outside += std::max(0.0, low - where) + std::max(0.0, where - high);
        sides += high - low;
    }
    const double chance = outside > 0 ? outside / (outside + sides) : 0;
    double rest = 0;
    if (tree.is_leaf(at)) {
        const auto mass = static_cast<double>(below.size());
        rest = (1 - mass / (2.0 * static_cast<double>(all))) /
               (static_cast<double>(depth) + 1 + std::log2(1 + mass));
    } else {
        const CutTree::Node& node = tree.node(at);
        const bool is_left = point[node.dimension] <= node.cut;
        rest = plain_score(forest, tree, is_left ? node.left : node.right, point, depth + 1, all);
    }
    return chance / (static_cast<double>(depth) + 1) + (1 - chance) * rest;
}

TEST(RandomCutForest, ScoresAsThePlainDefinition) {
    const RandomCutForest forest = taught(small_forest(), 150);
    Random random(2);
    for (int i = 0; i < 100; ++i) {
        Point point = some_point(random);
        if (i % 3 == 0) point[i % kDimensions] += 4;
        double sum = 0;
        for (const CutTree& tree : forest.trees()) {
            sum += plain_score(forest, tree, tree.root(), point, 0, tree.mass(tree.root()));
        }
        EXPECT_NEAR(forest.score(point), sum / 10, 1e-5);
    }
}

TEST(RandomCutForest, BoxesMassesAndSamplesStayTrueWhileItForgets) {
    RandomCutForest forest(small_forest());
    Random random(3);
    for (int i = 0; i < 1'500; ++i) {
        forest.update(some_point(random));
        if (i % 50 != 0) continue;
        const auto sound = forest.check_invariants();
        ASSERT_TRUE(sound) << sound.error().message();
    }
    EXPECT_EQ(forest.sample_size(), 32u);
}

TEST(RandomCutForest, WhatIsOddIsCutOffEarly) {
    const RandomCutForest forest = taught({kDimensions, 32, 128, 1'280, 1}, 1'000);
    const Point usual{0.5F, 1, 0, 0, 0}, far{0.5F, 1, 0, 6, 0}, broken{1, -2, 0, 0, 0};
    EXPECT_GT(forest.score(far), 1.5 * forest.score(usual));
    EXPECT_GT(forest.score(broken), 1.2 * forest.score(usual))
        << "an odd combination of usual numbers";
}

TEST(RandomCutForest, ThePartsAddUpAndPointTheRightWay) {
    const RandomCutForest forest = taught({kDimensions, 32, 128, 1'280, 1}, 600);
    for (const float off : {-7.0F, 7.0F}) {
        const Point point{0.1F, 0.2F, 0, off, 0};
        const auto score = forest.explain(point);
        double sum = score.unattributed;
        for (const auto& part : score.parts) {
            sum += static_cast<double>(part.low) + static_cast<double>(part.high);
        }
        EXPECT_NEAR(sum, score.value, 1e-12);
        EXPECT_NEAR(score.value, forest.score(point), 1e-12);
        const auto& odd = score.parts[3];
        EXPECT_GT(off < 0 ? odd.low : odd.high, 0.7 * score.value);
        EXPECT_EQ(off < 0 ? odd.high : odd.low, 0);
    }
}

TEST(RandomCutForest, ExpectsWhatGoesWithTheRest) {
    const RandomCutForest forest = taught({kDimensions, 32, 128, 1'280, 1}, 2'000, 9);
    const std::size_t missing[] = {1};
    const auto expected = forest.expected(Point{1, 99, 0, 0, 0}, missing);
    EXPECT_NEAR(expected[1], 2, 1.2);
    EXPECT_EQ(expected[0], 1);
}

TEST(RandomCutForest, ForgetsWhatIsLongGone) {
    RandomCutForest forest({1, 32, 64, 300, 1});
    Random random(4);
    for (int i = 0; i < 500; ++i) forest.update(Point{static_cast<float>(random.normal())});
    const double before = forest.score(Point{50});
    for (int i = 0; i < 2'000; ++i) forest.update(Point{static_cast<float>(50 + random.normal())});
    EXPECT_LT(forest.score(Point{50}), before / 2);
}

TEST(RandomCutForest, StoppedAndRestoredAnywhereItGoesOnTheSame) {
    for (const std::size_t stop : {0, 1, 20, 33, 150, 299}) {
        RandomCutForest whole(small_forest()), stopped(small_forest());
        Random random(5);
        for (std::size_t i = 0; i < 300; ++i) {
            const Point point = some_point(random);
            ASSERT_EQ(whole.score(point), stopped.score(point));
            whole.update(point);
            stopped.update(point);
            if (i != stop) continue;
            RandomCutForest other(small_forest());
            const auto restored = restore_sealed(other, save_sealed(stopped));
            ASSERT_TRUE(restored) << restored.error().message();
            stopped = std::move(other);
        }
        EXPECT_TRUE(are_same(whole, stopped));
        EXPECT_EQ(whole.memory_bytes(), stopped.memory_bytes());
    }
}

TEST(RandomCutForest, ADamagedStateIsRefused) {
    const ForestSettings settings{kDimensions, 2, 8, 20, 1};
    const auto make = [&] { return RandomCutForest(settings); };
    EXPECT_TRUE(refuses_all_damage(make, save_sealed(taught(settings, 30)), 3));
}

TEST(ProjectionFilter, IsTheMeanOfPlainHistograms) {
    // One dimension, one projection: all of it can be followed by hand.
    ProjectionFilter filter({1, 1, 1e9, 1});
    EXPECT_EQ(filter.score_bits(Point{3}), 0);
    for (int i = 0; i < 10; ++i) filter.update(Point{3});
    EXPECT_NEAR(filter.score_bits(Point{3}), -std::log2(10.5 / 42), 1e-6);
    EXPECT_NEAR(filter.score_bits(Point{5}), -std::log2(0.5 / 42), 1e-6);
}

TEST(ProjectionFilter, ObservingIsScoringAndThenUpdating) {
    ProjectionFilter whole({kDimensions, 50, 2'000, 1}), halves({kDimensions, 50, 2'000, 1});
    Random random(8);
    for (int i = 0; i < 500; ++i) {
        const Point point = some_point(random);
        const double bits = halves.score_bits(point);
        halves.update(point);
        ASSERT_EQ(whole.observe(point), bits);
    }
    EXPECT_TRUE(are_same(whole, halves));
}

TEST(ProjectionFilter, WhatIsFarIsSurprising) {
    ProjectionFilter filter({kDimensions, 50, 2'000, 1});
    Random random(6);
    for (int i = 0; i < 20'000; ++i) filter.update(some_point(random));
    EXPECT_GT(filter.score_bits(Point{0.5F, 1, 0, 9, 0}),
              filter.score_bits(Point{0.5F, 1, 0, 0, 0}) + 1);
    EXPECT_TRUE(filter.check_invariants());
}

TEST(ProjectionFilter, StoppedAndRestoredAnywhereItGoesOnTheSame) {
    const ProjectionSettings settings{kDimensions, 8, 20, 3};
    const auto make = [&] { return ProjectionFilter(settings); };
    ProjectionFilter whole = make(), stopped = make();
    Random random(7);
    for (int i = 0; i < 400; ++i) {
        const Point point = some_point(random);
        ASSERT_EQ(whole.score_bits(point), stopped.score_bits(point));
        whole.update(point);
        stopped.update(point);
        if (i % 61 != 0) continue;
        ProjectionFilter other = make();
        ASSERT_TRUE(restore_sealed(other, save_sealed(stopped)));
        stopped = std::move(other);
    }
    EXPECT_TRUE(are_same(whole, stopped));
    EXPECT_TRUE(refuses_all_damage(make, save_sealed(stopped), 11));
}

}  // namespace
}  // namespace vedette::learn
