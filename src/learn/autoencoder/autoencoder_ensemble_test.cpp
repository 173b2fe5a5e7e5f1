// SPDX-License-Identifier: Apache-2.0
#include "learn/autoencoder/autoencoder_ensemble.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "learn/autoencoder/test_plain_autoencoder.h"
#include "learn/lanes.h"
#include "learn/test_restored.h"

namespace vedette::learn {
namespace {

using Point = std::vector<float>;

TEST(SmallAutoencoder, IsThePlainOneThroughThousandsOfSteps) {
    for (const std::size_t inputs : {1, 3, 4, 10}) {
        Random ours(5), theirs(5), random(6);
        const std::size_t hidden = (inputs * 3 + 3) / 4;
        SmallAutoencoder net(inputs, hidden, ours);
        PlainAutoencoder plain(inputs, hidden, theirs);
        for (int step = 0; step < 3'000; ++step) {
            std::vector<float> input(padded(inputs)), output(padded(inputs));
            std::vector<double> plain_input;
            const double base = random.unit();
            for (std::size_t i = 0; i < inputs; ++i) {
                input[i] = static_cast<float>(0.2 * random.unit() + 0.8 * base);
                plain_input.push_back(static_cast<double>(input[i]));
            }
            const double error = static_cast<double>(net.reconstruct(input.data(), output.data()));
            const std::vector<double> plain_output = plain.reconstruct(plain_input);
            double squares = 0;
            for (std::size_t i = 0; i < inputs; ++i) {
                ASSERT_NEAR(output[i], plain_output[i], 1e-3) << "step " << step;
                squares += std::pow(plain_output[i] - plain_input[i], 2);
            }
            ASSERT_NEAR(error, std::sqrt(squares / static_cast<double>(inputs)), 1e-3);
            net.learn(input.data(), output.data(), 0.1F);
            plain.learn(plain_input, plain_output, 0.1);
        }
    }
}

TEST(FeatureMap, PutsTogetherWhatGoesTogether) {
    FeatureMap map(6);
    Random random(1);
    for (int i = 0; i < 500; ++i) {
        const double a = random.unit(), b = random.unit();
        const auto near = [&](double x) {
            return static_cast<float>(0.9 * x + 0.1 * random.unit());
        };
        map.add({near(a), near(b), near(1 - a), near(b), near(a), near(b)});
    }
    using Groups = std::vector<std::vector<std::uint32_t>>;
    EXPECT_EQ(map.groups(3), (Groups{{0, 2, 4}, {1, 3, 5}}))
        << "also what moves against each other";
    EXPECT_EQ(map.groups(1).size(), 6u);
    EXPECT_EQ(map.groups(6).size(), 1u);
}

/// Two groups of numbers that move together.
Point some_point(Random& random) {
    const double a = random.normal(), b = random.normal();
    Point point;
    for (const double base : {a, a, a, b, b, b}) {
        point.push_back(static_cast<float>(base + 0.1 * random.normal()));
    }
    return point;
}

EnsembleSettings settings() { return {6, 3, 0.5, 0.1, 500, 3, 5'000, 1}; }

AutoencoderEnsemble taught(std::size_t count) {
    AutoencoderEnsemble ensemble(settings());
    Random random(2);
    for (std::size_t i = 0; i < count; ++i) ensemble.observe(some_point(random));
    return ensemble;
}

TEST(AutoencoderEnsemble, WhatBreaksTheUsualTogethernessIsOdd) {
    const AutoencoderEnsemble ensemble = taught(20'000);
    Random random(3);
    std::vector<double> usual, odd;
    std::size_t named = 0;
    for (int i = 0; i < 500; ++i) {
        Point point = some_point(random);
        usual.push_back(ensemble.score(point));
        point[4] = point[4] > 0 ? -1.5F : 1.5F;  // a usual number in the wrong company
        odd.push_back(ensemble.score(point));
        const auto explained = ensemble.explain(point);
        const float most = *std::max_element(explained.parts.begin(), explained.parts.end());
        named +=
            most == explained.parts[3] || most == explained.parts[4] || most == explained.parts[5];
    }
    std::sort(usual.begin(), usual.end());
    const auto above =
        std::count_if(odd.begin(), odd.end(), [&](double x) { return x > usual[475]; });
    EXPECT_GT(above, 400);
    EXPECT_GT(named, 450u);
}

TEST(AutoencoderEnsemble, ThePartsAddUp) {
    const AutoencoderEnsemble ensemble = taught(3'000);
    const auto score = ensemble.explain(Point{1, -2, 0, 5, 0, 0});
    double sum = 0;
    for (const float part : score.parts) sum += static_cast<double>(part);
    EXPECT_NEAR(sum, score.value, 1e-5);
    EXPECT_NEAR(score.value, ensemble.score(Point{1, -2, 0, 5, 0, 0}), 1e-12);
}

TEST(AutoencoderEnsemble, DoesNotLearnFromTheOddNorFromTheRisky) {
    AutoencoderEnsemble ensemble = taught(5'000);
    const Point odd{9, -9, 9, -9, 9, -9};
    const double before = ensemble.score(odd);
    std::uint64_t learned = ensemble.learned_count();
    for (int i = 0; i < 20; ++i) ensemble.observe(odd);
    EXPECT_EQ(ensemble.learned_count(), learned) << "beyond the gate";
    EXPECT_GT(ensemble.score(odd), 0.8 * before);
    const std::string state = save_sealed(ensemble);
    Random random(4);
    const double value = ensemble.score(Point(6, 0.5F));
    for (int i = 0; i < 50; ++i) ensemble.observe(some_point(random), 1);
    EXPECT_EQ(ensemble.score(Point(6, 0.5F)), value) << "a source of full risk moves nothing";
}

TEST(AutoencoderEnsemble, FollowsWhatChangesSlowly) {
    AutoencoderEnsemble ensemble = taught(5'000);
    Random random(5);
    double sum = 0;
    for (int i = 0; i < 40'000; ++i) {
        Point point = some_point(random);
        for (float& number : point) number += 5.0F * static_cast<float>(i) / 40'000.0F;
        const double score = ensemble.observe(point);
        if (i >= 39'000) sum += score;
    }
    Point moved = some_point(random), old = moved;
    EXPECT_LT(sum / 1'000, 0.25);
    EXPECT_GT(ensemble.learned_count(), 35'000u);
    for (float& number : old) number -= 20;
    for (float& number : moved) number += 5;
    EXPECT_GT(ensemble.score(old), ensemble.score(moved));
}

TEST(AutoencoderEnsemble, StoppedAndRestoredAnywhereItGoesOnTheSame) {
    const EnsembleSettings small{6, 3, 0.75, 0.1, 40, 3, 200, 1};
    const auto make = [&] { return AutoencoderEnsemble(small); };
    for (const int stop : {0, 20, 39, 40, 79, 130}) {
        AutoencoderEnsemble whole = make(), stopped = make();
        Random random(6);
        for (int i = 0; i < 200; ++i) {
            const Point point = some_point(random);
            ASSERT_EQ(whole.observe(point), stopped.observe(point)) << stop << " " << i;
            if (i != stop) continue;
            AutoencoderEnsemble other = make();
            const auto restored = restore_sealed(other, save_sealed(stopped));
            ASSERT_TRUE(restored) << restored.error().message();
            stopped = std::move(other);
        }
        EXPECT_TRUE(are_same(whole, stopped));
        EXPECT_EQ(whole.memory_bytes(), stopped.memory_bytes());
        EXPECT_TRUE(refuses_all_damage(make, save_sealed(stopped), 13));
    }
}

}  // namespace
}  // namespace vedette::learn
