// SPDX-License-Identifier: Apache-2.0
#include "learn/graph/entity_graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "learn/random.h"
#include "learn/test_restored.h"

namespace vedette::learn {
namespace {

/// The formulas over maps, without decay; arrivals in a plain list.
class PlainGraph {
  public:
    struct Seen {
        double bits = 0, path_bits = 0;
        std::uint64_t path_from = 0;
    };

    Seen observe(std::uint64_t from, std::uint64_t to, std::int64_t time, std::int64_t span) {
        double all = 0, source = 0, target = 0, kinds = 0;
        for (const auto& [edge, count] : counts_) {
            all += count;
            source += edge.first == from ? count : 0;
            kinds += edge.first == from ? 1 : 0;
            target += edge.second == to ? count : 0;
        }
        const double weight = std::max(kinds, 1.0);
        const double share = (target + 0x1p-16) / (all + 1);
        const auto known = counts_.find({from, to});
        const double seen = known == counts_.end() ? 0 : known->second;
        Seen out;
        out.bits = out.path_bits = -std::log2((seen + weight * share) / (source + weight));
        // The last four different sources that went to `from`, each with its last arrival.
        std::map<std::uint64_t, std::pair<double, std::int64_t>> last;
        for (auto it = arrivals_.rbegin(); it != arrivals_.rend() && last.size() < 4; ++it) {
            if (it->to == from) last.try_emplace(it->from, it->bits, it->time);
        }
        for (const auto& [before, arrival] : last) {
            if (before == to || time - arrival.second > span) continue;
            if (out.bits + arrival.first <= out.path_bits) continue;
            out.path_bits = out.bits + arrival.first;
            out.path_from = before;
        }
        arrivals_.push_back({from, to, time, out.bits});
        counts_[{from, to}] += 1;
        return out;
    }

  private:
    struct Arrival {
        std::uint64_t from, to;
        std::int64_t time;
        double bits;
    };
    std::map<std::pair<std::uint64_t, std::uint64_t>, double> counts_;
    std::vector<Arrival> arrivals_;
};

TEST(EntityGraph, IsThePlainGraphWhileItsTablesAreLarge) {
    EntityGraph graph({.edges = 1 << 12, .nodes = 1 << 10, .path_span = 30});
    PlainGraph plain;
    Random random(1);
    for (std::int64_t time = 1; time < 800; ++time) {
        const std::uint64_t from = random.below(12), to = 5 + random.below(4) * random.below(6);
        const auto seen = graph.observe(from, to, time);
        const auto expected = plain.observe(from, to, time, 30);
        ASSERT_NEAR(seen.bits, expected.bits, 1e-9);
        ASSERT_NEAR(seen.path_bits, expected.path_bits, 1e-3);
        if (seen.path_bits > seen.bits + 1e-3) {
            ASSERT_EQ(seen.path_from, expected.path_from);
        }
    }
    EXPECT_EQ(graph.forgotten_count(), 0u);
}

TEST(EntityGraph, AUsualHopAfterAnUnusualOneStandsOutAsAPath) {
    EntityGraph graph;
    std::int64_t time = 0;
    for (int day = 0; day < 200; ++day) {
        graph.observe(1, 2, time += 10'000);  // a desk and its server
        graph.observe(3, 4, time += 10'000);  // the admin's host and the store
    }
    graph.observe(1, 3, time += 10'000);  // the desk goes to the admin's host
    const auto hop = graph.observe(3, 4, time += 60);
    EXPECT_LT(hop.bits, 1.2);
    EXPECT_FALSE(hop.is_new);
    ASSERT_TRUE(hop.has_path);
    EXPECT_EQ(hop.path_from, 1u);
    EXPECT_GT(hop.path_bits, 10);
    EXPECT_FALSE(graph.look(3, 4, time + 5'000).has_path) << "too long after";
}

TEST(EntityGraph, SaysToWhomANewEdgeGoes) {
    EntityGraph graph;
    for (std::uint64_t i = 0; i < 50; ++i) graph.observe(100 + i, 7, 0);
    const auto popular = graph.look(1, 7, 0), unheard = graph.look(1, 8, 0);
    EXPECT_TRUE(popular.is_new);
    EXPECT_EQ(popular.target_sources, 50);
    EXPECT_EQ(unheard.target_seen, 0);
    EXPECT_GT(unheard.bits, popular.bits + 10);
}

TEST(EntityGraph, CountsDecay) {
    EntityGraph graph({.half_life = 100});
    for (int i = 0; i < 8; ++i) graph.observe(1, 2, 0);
    EXPECT_NEAR(graph.look(1, 2, 200).seen, 2, 1e-9);
    EXPECT_NEAR(graph.look(1, 2, 200).source_seen, 2, 1e-5);
}

TEST(EntityGraph, FullTablesForgetTheSmallest) {
    EntityGraph graph({.edges = 64, .nodes = 64});
    for (int i = 0; i < 1'000; ++i) graph.observe(1, 2, i);
    for (std::uint64_t i = 0; i < 5'000; ++i) graph.observe(10 + i, 10'000 + i, 1'000);
    EXPECT_EQ(graph.look(1, 2, 1'000).seen, 1'000);
    EXPECT_GT(graph.forgotten_count(), 4'000u);
    EXPECT_TRUE(graph.check_invariants());
}

TEST(EntityGraph, StoppedAndRestoredAnywhereItGoesOnTheSame) {
    const auto make = [] { return EntityGraph({32, 16, 40, 20, 0x1p-16}); };
    EntityGraph whole = make(), stopped = make();
    Random random(2);
    for (int i = 0; i < 500; ++i) {
        const std::uint64_t from = random.below(20), to = random.below(20);
        const auto a = whole.observe(from, to, i), b = stopped.observe(from, to, i);
        ASSERT_EQ(a.path_bits, b.path_bits);
        if (i % 41 != 0) continue;
        EntityGraph other = make();
        ASSERT_TRUE(restore_sealed(other, save_sealed(stopped)));
        stopped = std::move(other);
    }
    EXPECT_TRUE(are_same(whole, stopped));
    EXPECT_TRUE(refuses_all_damage(make, save_sealed(stopped), 7));
}

}  // namespace
}  // namespace vedette::learn
