// SPDX-License-Identifier: Apache-2.0
// What the primitives for rows of numbers, bursts, texts, sequences and graphs cost.

#include <array>
#include <string>
#include <vector>

#include "bench/learn_report.h"
#include "learn/autoencoder/autoencoder_ensemble.h"
#include "learn/burst/burst_statistic.h"
#include "learn/forest/projections.h"
#include "learn/forest/random_cut_forest.h"
#include "learn/graph/entity_graph.h"
#include "learn/random.h"
#include "learn/sequence/sequence_model.h"
#include "learn/templates/template_miner.h"

namespace vedette::bench {

namespace {

constexpr std::size_t kPoints = 4'096;
constexpr std::size_t kDimensions = 16;

/// Numbers in groups of four that go together.
std::vector<std::vector<float>> some_points(std::size_t dimensions) {
    learn::Random random(1);
    std::vector<std::vector<float>> points(kPoints);
    for (auto& point : points) {
        double base = 0;
        for (std::size_t i = 0; i < dimensions; ++i) {
            if (i % 4 == 0) base = random.normal();
            point.push_back(static_cast<float>(base + 0.2 * random.normal()));
        }
    }
    return points;
}

void measure_vectors(LearnReport& report) {
    const auto points = some_points(kDimensions);
    learn::RandomCutForest forest({.dimensions = kDimensions});
    for (const auto& point : points) forest.update(point);
    const std::size_t bytes = forest.memory_bytes();
    report.measure("forest 32x128, 16 numbers: score", bytes, kPoints, [&] {
        for (const auto& point : points) report.use(forest.score(point));
    });
    report.measure("forest 32x128, 16 numbers: explain", bytes, kPoints, [&] {
        for (const auto& point : points) report.use(forest.explain(point).value);
    });
    report.measure("forest 32x128, 16 numbers: update", bytes, kPoints, [&] {
        for (const auto& point : points) forest.update(point);
    });
    learn::ProjectionFilter filter({.dimensions = kDimensions});
    for (const auto& point : points) filter.update(point);
    report.measure("projections 50, 16 numbers: score", filter.memory_bytes(), kPoints, [&] {
        for (const auto& point : points) report.use(filter.score_bits(point));
    });
    report.measure("projections 50, 16 numbers: update", filter.memory_bytes(), kPoints, [&] {
        for (const auto& point : points) filter.update(point);
    });
    report.measure("projections 50, 16 numbers: both", filter.memory_bytes(), kPoints, [&] {
        for (const auto& point : points) report.use(filter.observe(point));
    });
    const auto wide = some_points(160);
    learn::AutoencoderEnsemble ensemble({.dimensions = 160});
    for (const auto& point : wide) ensemble.observe(point);
    report.measure("autoencoders, 160 numbers: score", ensemble.memory_bytes(), kPoints, [&] {
        for (const auto& point : wide) report.use(ensemble.score(point));
    });
    report.measure("autoencoders, 160 numbers: score and learn", ensemble.memory_bytes(), kPoints,
                   [&] {
                       for (const auto& point : wide) report.use(ensemble.observe(point));
                   });
}

void measure_symbols(LearnReport& report) {
    constexpr std::uint64_t kEvents = 200'000;
    learn::BurstStatistic burst;
    report.measure("burst statistic", burst.memory_bytes(), kEvents, [&] {
        learn::Random random(2);
        for (std::uint64_t i = 0; i < kEvents; ++i) {
            const auto tick = static_cast<std::int64_t>(i / 1'000);
            report.use(burst.observe(random.below(5'000), tick).statistic);
        }
    });
    learn::SequenceModel sequence;
    report.measure("sequence of order 3: surprise and learn", sequence.memory_bytes(), kEvents,
                   [&] {
                       learn::Random random(3);
                       std::array<std::uint64_t, 3> history{};
                       for (std::uint64_t i = 0; i < kEvents; ++i) {
                           const std::uint64_t symbol =
                               random.below(4) == 0 ? random.below(200) : (history[2] + 1) % 200;
                           report.use(sequence.surprise(i % 16, history, symbol).bits);
                           sequence.learn(i % 16, history, symbol);
                           history = {history[1], history[2], symbol};
                       }
                   });
    learn::EntityGraph graph;
    report.measure("entity graph: an edge", graph.memory_bytes(), kEvents, [&] {
        learn::Random random(4);
        for (std::uint64_t i = 0; i < kEvents; ++i) {
            const std::uint64_t from = random.below(2'000), to = from + random.below(10);
            report.use(graph.observe(from, to, static_cast<std::int64_t>(i)).path_bits);
        }
    });
    std::vector<std::string> lines;
    learn::Random random(5);
    for (int i = 0; i < 20'000; ++i) {
        const std::string number = std::to_string(random.below(100'000));
        lines.push_back(i % 3 == 0 ? "Accepted publickey for user" + number + " from 10.0.3." +
                                         number + " port " + number + " ssh2: RSA SHA256:" + number
                        : i % 3 == 1 ? "PacketResponder " + number + " for block blk_" + number +
                                           " terminating"
                                     : "Failed to renew lease for [DFSClient_" + number + "] for " +
                                           number + " seconds.  Will retry shortly ...");
    }
    learn::TemplateMiner miner;
    report.measure("templates: a line of 75 bytes", miner.memory_bytes(), lines.size(), [&] {
        for (const std::string& line : lines)
            report.use(static_cast<double>(miner.learn(line).count));
    });
}

}  // namespace

void measure_patterns(LearnReport& report) {
    measure_vectors(report);
    measure_symbols(report);
}

}  // namespace vedette::bench
