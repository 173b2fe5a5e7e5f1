// SPDX-License-Identifier: Apache-2.0
#include "learn/peer_groups/parts.h"

#include <gtest/gtest.h>

#include <cmath>

#include "learn/peer_groups/test_town.h"

namespace vedette::learn {
namespace {

/// So many normal clouds of so many points in so many dimensions.
struct Clouds {
    Points points;
    std::vector<std::uint32_t> of;

    Clouds(std::uint64_t seed, std::size_t clouds, std::size_t each, std::size_t dimensions,
           double between, double within)
        : points{dimensions, {}} {
        Random random(seed);
        for (std::size_t cloud = 0; cloud < clouds; ++cloud) {
            std::vector<double> middle(dimensions);
            for (double& number : middle) number = between * random.normal();
            for (std::size_t i = 0; i < each; ++i) {
                std::vector<float> point;
                for (const double number : middle) {
                    point.push_back(static_cast<float>(number + within * random.normal()));
                }
                points.add(point.data());
                of.push_back(static_cast<std::uint32_t>(cloud + 1));
            }
        }
    }
};

TEST(Parts, are_the_clouds_that_were_planted) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        for (const std::size_t clouds : {2u, 3u, 5u, 8u, 12u}) {
            const Clouds made(seed * 77 + clouds, clouds, 20, 48, 0.12, 0.08);
            const auto found = parts_of(made.points, {});
            std::vector<std::pair<std::uint32_t, std::uint32_t>> both;
            for (std::size_t i = 0; i < found.size(); ++i) {
                if (found[i] != 0) both.emplace_back(made.of[i], found[i]);
            }
            EXPECT_GE(adjusted_rand_index(both), 0.9) << seed << " " << clouds;
            EXPECT_GE(both.size() * 10, found.size() * 7) << "few belong to none";
        }
    }
}

TEST(Parts, are_one_where_there_is_one_cloud_however_few_its_points) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        for (const std::size_t each : {6u, 12u, 30u, 200u}) {
            const Clouds made(seed, 1, each, 48, 1, 0.1);
            const auto found = parts_of(made.points, {});
            EXPECT_LE(*std::max_element(found.begin(), found.end()), 1u) << seed << " " << each;
        }
    }
}

TEST(Parts, are_none_of_too_few_points_and_one_of_equal_ones) {
    Points points{2, {}};
    EXPECT_TRUE(parts_of(points, {}).empty());
    const float point[2] = {0.5F, 0.5F};
    for (int i = 0; i < 4; ++i) points.add(point);
    EXPECT_EQ(parts_of(points, {}), std::vector<std::uint32_t>(4, 0));
    for (int i = 0; i < 4; ++i) points.add(point);
    EXPECT_EQ(parts_of(points, {}), std::vector<std::uint32_t>(8, 1));
}

TEST(Separation, is_the_distance_of_two_clouds_in_deviations) {
    Random random(3);
    Points points{1, {}};
    std::vector<std::uint32_t> of;
    for (int i = 0; i < 4'000; ++i) {
        const auto x = static_cast<float>(0.1 * random.normal() + (i % 2 == 0 ? 0 : 0.6));
        points.add(&x);
        of.push_back(i % 2 == 0 ? 1 : 2);
    }
    EXPECT_NEAR(separation(points, of, 1, 2), 6, 0.2);
}

TEST(Separation, of_one_cloud_cut_by_chance_is_nothing_in_many_dimensions) {
    const Clouds made(4, 1, 12, 48, 1, 0.1);
    std::vector<std::uint32_t> of;
    for (std::uint32_t i = 0; i < 12; ++i) of.push_back(1 + i % 2);
    EXPECT_LT(separation(made.points, of, 1, 2), 2) << "with the point itself it would be 5";
}

TEST(ProfileShape, puts_who_does_twice_as_much_of_the_same_at_the_same_place) {
    const ProfileShape shape(
        {{ProfileBlock::Kind::shares, 3, 1}, {ProfileBlock::Kind::means, 2, 2}});
    ASSERT_EQ(shape.counts(), 7u);
    ASSERT_EQ(shape.dimensions(), 5u);
    const std::vector<float> once = {1, 3, 0, 4, 0, 9, 0}, twice = {2, 6, 0, 4, 0, 9, 0};
    std::vector<float> a(5), b(5);
    const double noise = shape.point_of(once, a);
    EXPECT_LT(shape.point_of(twice, b), noise);
    EXPECT_EQ(a, b);
    EXPECT_FLOAT_EQ(a[0], 0.5F);
    EXPECT_FLOAT_EQ(a[1], std::sqrt(0.75F));
    EXPECT_FLOAT_EQ(a[3], 0.8F) << "two times four of nine and one";
    EXPECT_EQ(shape.weight_of(once), 4);
    const std::vector<float> nothing(7);
    EXPECT_EQ(shape.point_of(nothing, a), 0);
    EXPECT_EQ(a, std::vector<float>(5));
}

}  // namespace
}  // namespace vedette::learn
