// SPDX-License-Identifier: Apache-2.0
// Windows whose numbers are usual one by one and odd together.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include "detect/baseline/baseline.h"
#include "detect/baseline/test_world.h"

namespace vedette::detect::baseline {
namespace {

constexpr std::int64_t kVectorHour = 3'600;
constexpr int kVectorHosts = 30;

constexpr std::string_view kNetwork = R"(analytic: profile
title: Connections unlike those of this machine
entity: {ip: source.ip}
measure:
  vector: [count, {distinct: destination.ip}, {sum: network.bytes}]
windows: [1h]
sentence: 'the connections of {entity} within {window} are odd together: {value}; {n} windows of {against}'
)";

/// Machines of different size that are busier in some hours than in others: then there are more
/// connections, to more addresses, with more bytes.
class Network {
  public:
    explicit Network(std::uint64_t seed) : random_(seed) {}

    void live(TestWorld& world, int days) {
        for (const std::int64_t end = hour_ + days * 24; hour_ < end; ++hour_) {
            for (int host = 0; host < kVectorHosts; ++host) {
                const double busy = std::exp(std::normal_distribution<double>(0, 0.7)(random_));
                const double size = 1 + host % 4;
                connect(world, host, count_of(6 * busy * size), 3 + 2 * busy * size,
                        2'000 * (0.8 + 0.4 * unit()));
            }
            world.tick((hour_ + 1) * kVectorHour);
            if (after_each) after_each(world);
        }
    }
    /// Of one machine within this hour; `bytes` of each connection.
    void connect(TestWorld& world, int host, int count, double addresses, double bytes) {
        for (int i = 0; i < count; ++i) {
            const auto to = static_cast<int>(unit() * addresses);
            world.row(hour_ * kVectorHour + i % kVectorHour,
                      {{"source.ip", "10.0.0." + std::to_string(host)},
                       {"destination.ip", "192.0.2." + std::to_string(to)},
                       {"network.bytes", std::to_string(std::llround(bytes))}});
        }
    }
    /// One hour in which `host` alone does what is said; what is told of it.
    std::vector<cases::Finding> odd_hour(TestWorld& world, int host, int count, double addresses,
                                         double bytes) {
        world.flush();
        world.findings.clear();
        connect(world, host, count, addresses, bytes);
        ++hour_;
        world.tick(hour_ * kVectorHour + kVectorHour);
        return world.findings;
    }

    std::function<void(TestWorld&)> after_each;

  private:
    double unit() { return std::uniform_real_distribution<double>()(random_); }
    int count_of(double mean) { return 1 + std::poisson_distribution<int>(mean)(random_); }

    std::mt19937_64 random_;
    std::int64_t hour_ = 0;
};

TEST(Vector, tells_of_numbers_that_are_usual_one_by_one_and_odd_together) {
    TestWorld world({std::string(kNetwork)});
    ASSERT_TRUE(world.notices.empty()) << world.notices[0].text;
    Network network(1);
    network.live(world, 28);
    // As many connections as in a busy hour, and as few bytes as in a quiet one.
    const auto found = network.odd_hour(world, 7, 60, 18, 40);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].entities.front().text(), "ip:10.0.0.7");
    const std::string& said = found[0].reasons.front().observed;
    EXPECT_EQ(said.find("the connections of 10.0.0.7 within 1 h are odd together: "), 0u) << said;
    EXPECT_NE(said.find(" are expected"), std::string::npos) << said;
    EXPECT_NE(said.find("windows of its own past"), std::string::npos) << said;
}

TEST(Vector, shares_the_evidence_out_among_the_numbers_that_are_odd) {
    TestWorld world({std::string(kNetwork)});
    Network network(2);
    network.live(world, 28);
    const auto found = network.odd_hour(world, 7, 20, 8, 3e6);
    ASSERT_EQ(found.size(), 1u);
    double sum = 0;
    for (const cases::Reason& reason : found[0].reasons) sum += reason.bits;
    EXPECT_EQ(sum, found[0].bits());
    EXPECT_EQ(sum * 1'024, std::floor(sum * 1'024));
    EXPECT_GE(sum, 1);
    ASSERT_GT(found[0].reasons.size(), 2u);
    EXPECT_EQ(found[0].reasons[1].feature, "sum of network.bytes");
    EXPECT_EQ(found[0].reasons[1].observed, "60.00 million");
    EXPECT_NE(found[0].reasons[1].expected.find("nine of ten between"), std::string::npos);
    for (std::size_t i = 2; i < found[0].reasons.size(); ++i) {
        if (found[0].reasons[i].feature == "calibration") break;
        EXPECT_LE(found[0].reasons[i].bits, found[0].reasons[1].bits);
        EXPECT_GT(found[0].reasons[i].bits, 0);
    }
}

TEST(Vector, tells_hardly_anything_of_machines_that_do_what_they_always_do) {
    TestWorld world({std::string(kNetwork)});
    Network(3).live(world, 42);
    const Standing standing = world.standing();
    const auto tests = static_cast<double>(standing.tests_ever);
    EXPECT_GT(tests, 15'000);
    EXPECT_LT(static_cast<double>(standing.odd_100_ever), tests * 0.02);
    EXPECT_LT(static_cast<double>(standing.odd_1000_ever), tests * 0.002);
    EXPECT_LE(standing.told_ever, tests * 0.001);
    EXPECT_GT(standing.health, 0.5);
}

TEST(Vector, says_the_same_wherever_batches_are_cut_and_the_detector_is_stopped) {
    std::vector<std::vector<cases::Finding>> told;
    std::vector<std::uint64_t> checksums;
    for (const std::size_t rows_max : {1u, 7u, 4'096u, 4'095u}) {
        TestWorld world({std::string(kNetwork) + "tell_from_bits: 0\n"}, rows_max);
        Network network(4);
        int hours = 0;
        if (rows_max == 4'095) {
            network.after_each = [&](TestWorld& stopped) {
                if (++hours % 37 == 5) stopped.save_and_restore();
            };
        }
        network.live(world, 16);
        network.connect(world, 5, 60, 18, 40);
        if (rows_max == 4'095) world.save_and_restore();  // in the midst of a window
        network.live(world, 1);
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

TEST(Vector, keeps_a_flood_of_different_machines_within_its_memory) {
    TestWorld world({std::string(kNetwork)});
    Network network(5);
    network.live(world, 3);
    const std::size_t before = world.detector().memory_bytes();
    for (int i = 0; i < 200'000; ++i) {
        world.row(3 * 24 * kVectorHour + i / 100, {{"source.ip", "f" + std::to_string(i / 4)},
                                                   {"destination.ip", "a"},
                                                   {"network.bytes", "1"}});
    }
    world.flush();
    EXPECT_LT(world.detector().memory_bytes(), before + kVectorBytesMax + kEntityBytesMax);
    EXPECT_GT(world.detector().forgotten_count(), 10'000u);
}

}  // namespace
}  // namespace vedette::detect::baseline
