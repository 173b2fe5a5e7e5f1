// SPDX-License-Identifier: Apache-2.0
#include "learn/sequence/sequence_model.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>

#include "learn/random.h"
#include "learn/test_restored.h"

namespace vedette::learn {
namespace {

using Symbols = std::vector<std::uint64_t>;

Symbols some_symbols(std::uint64_t seed, std::size_t count) {
    Random random(seed);
    Symbols out;
    for (std::size_t i = 0; i < count; ++i) {
        out.push_back(random.below(4) == 0 ? random.below(6)
                                           : (out.empty() ? 0 : out.back() + 1) % 6);
    }
    return out;
}

/// The formula over maps, without hashing, sets or decay.
class PlainModel {
  public:
    double bits(const Symbols& history, std::uint64_t symbol, std::size_t order_max) const {
        double p = 0x1p-16;
        for (std::size_t order = 0; order <= std::min(order_max, history.size()); ++order) {
            const auto known = counts_.find(
                Symbols(history.end() - static_cast<std::ptrdiff_t>(order), history.end()));
            if (known == counts_.end()) break;
            double total = 0;
            for (const auto& [next, count] : known->second) total += count;
            const auto types = static_cast<double>(known->second.size());
            const auto seen = known->second.find(symbol);
            p = ((seen == known->second.end() ? 0 : seen->second) + types * p) / (total + types);
        }
        return -std::log2(p);
    }
    void learn(const Symbols& history, std::uint64_t symbol, std::size_t order_max) {
        for (std::size_t order = 0; order <= std::min(order_max, history.size()); ++order) {
            counts_[Symbols(history.end() - static_cast<std::ptrdiff_t>(order), history.end())]
                   [symbol] += 1;
        }
    }

  private:
    std::map<Symbols, std::map<std::uint64_t, double>> counts_;
};

TEST(SequenceModel, IsThePlainModelWhileItsTableIsLargeEnough) {
    for (std::size_t order = 0; order <= 4; ++order) {
        SequenceModel model({.order_max = order, .cells = 1 << 16});
        PlainModel plain;
        Symbols history;
        for (const std::uint64_t symbol : some_symbols(order + 1, 600)) {
            ASSERT_NEAR(model.surprise(9, history, symbol).bits, plain.bits(history, symbol, order),
                        1e-5);
            model.learn(9, history, symbol);
            plain.learn(history, symbol, order);
            history.push_back(symbol);
        }
        EXPECT_EQ(model.forgotten_count(), 0u);
    }
}

TEST(SequenceModel, ProbabilitiesAddUpToOne) {
    SequenceModel model({.order_max = 2, .cells = 1 << 12, .unseen_probability = 1.0 / 8});
    Symbols history;
    for (const std::uint64_t symbol : some_symbols(3, 300)) {
        model.learn(1, history, symbol);
        history.push_back(symbol);
    }
    double sum = 0;
    for (std::uint64_t symbol = 0; symbol < 8; ++symbol) {
        sum += std::exp2(-model.surprise(1, history, symbol).bits);
    }
    EXPECT_NEAR(sum, 1, 1e-6);
}

TEST(SequenceModel, SaysHowOftenItWasSeen) {
    SequenceModel model({.order_max = 1});
    for (int i = 0; i < 5; ++i) model.learn(1, Symbols{7}, 8);
    model.learn(1, Symbols{7}, 9);
    const auto known = model.surprise(1, Symbols{7}, 8);
    EXPECT_EQ(known.order, 1u);
    EXPECT_EQ(known.seen, 5);
    EXPECT_EQ(known.context_seen, 6);
    EXPECT_GT(model.surprise(1, Symbols{7}, 3).bits, known.bits + 5);
    EXPECT_EQ(model.surprise(2, Symbols{7}, 8).context_seen, 0) << "another owner knows nothing";
    EXPECT_EQ(model.count(1, 8), 5);
    EXPECT_EQ(model.total(1), 6);
}

TEST(SequenceModel, OfSeveralOwnersTheNearestHasTheLastWordAtEachOrder) {
    SequenceModel model({.order_max = 2});
    constexpr std::uint64_t kAll = 1, kOne = 2, kStranger = 3;
    for (int i = 0; i < 50; ++i) {
        model.learn(kAll, Symbols{6, 7}, i % 2 == 0 ? 8 : 9);
        model.learn(kOne, Symbols{6, 7}, 8);
    }
    std::array<SequenceModel::Surprise, 2> each;
    const std::array<std::uint64_t, 2> known = {kAll, kOne}, stranger = {kAll, kStranger};
    const double own = model.surprise(known, Symbols{6, 7}, 9, 0, each).bits;
    EXPECT_EQ(each[0].seen, 25);
    EXPECT_EQ(each[1].seen, 0);
    EXPECT_EQ(each[1].context_seen, 50);
    EXPECT_EQ(each[1].order, 2u);
    const double of_all = model.surprise(kAll, Symbols{6, 7}, 9).bits;
    EXPECT_GT(own, of_all + 5) << "it never did what all others do";
    EXPECT_EQ(model.surprise(stranger, Symbols{6, 7}, 9, 0, {}).bits, of_all)
        << "who is not known borrows from all";
    double sum = 0;
    for (std::uint64_t symbol = 0; symbol < 0x10; ++symbol) {
        sum += std::exp2(-model.surprise(known, Symbols{6, 7}, symbol, 0, {}).bits);
    }
    EXPECT_NEAR(sum, 1, 1e-3) << "but for what is left to symbols that nobody saw";
}

TEST(SequenceModel, WhatIsOldWeighsHalf) {
    SequenceModel model({.order_max = 0, .half_life = 10});
    for (int i = 0; i < 8; ++i) model.learn(1, {}, 5, 0);
    EXPECT_NEAR(model.count(1, 5, 10), 4, 1e-6);
    EXPECT_NEAR(model.count(1, 5, 20), 2, 1e-6);
    model.learn(1, {}, 5, -100);
    EXPECT_NEAR(model.count(1, 5, 0), 9, 1e-6) << "a late symbol counts as the newest";
}

TEST(SequenceModel, WhatIsTakenBackIsAsIfItHadNotBeen) {
    SequenceModel with({.order_max = 2}), without({.order_max = 2});
    const Symbols symbols = some_symbols(4, 100);
    for (std::size_t i = 0; i < symbols.size(); ++i) {
        const std::span before(symbols.data(), i);
        with.learn(1, before, symbols[i]);
        without.learn(1, before, symbols[i]);
    }
    with.learn(1, Symbols{1, 2}, 99);
    with.learn(1, Symbols{1, 2}, 99, 0, -1);
    for (std::uint64_t symbol = 0; symbol < 7; ++symbol) {
        EXPECT_EQ(with.surprise(1, symbols, symbol).bits,
                  without.surprise(1, symbols, symbol).bits);
    }
    with.learn(1, Symbols{}, 5, 0, -1e9);
    EXPECT_TRUE(with.check_invariants());
}

TEST(SequenceModel, AFullTableForgetsTheSmallest) {
    SequenceModel model({.order_max = 0, .cells = 64});
    for (int i = 0; i < 1'000; ++i) model.learn(1, {}, 1);
    for (std::uint64_t i = 0; i < 10'000; ++i) model.learn(1, {}, 1'000 + i);
    EXPECT_GE(model.count(1, 1), 1'000);
    EXPECT_GT(model.forgotten_count(), 9'000u);
    EXPECT_TRUE(model.check_invariants());
    EXPECT_EQ(model.memory_bytes(), SequenceModel({.cells = 64}).memory_bytes());
}

TEST(SequenceModel, StoppedAndRestoredAnywhereItGoesOnTheSame) {
    const SequenceSettings settings{3, 256, 50, 0x1p-16};
    const auto make = [&] { return SequenceModel(settings); };
    for (std::uint64_t stop = 0; stop < 300; stop += 37) {
        SequenceModel whole = make(), stopped = make();
        const Symbols symbols = some_symbols(5, 300);
        for (std::size_t i = 0; i < symbols.size(); ++i) {
            const std::span before(symbols.data(), i);
            const auto time = static_cast<std::int64_t>(i);
            ASSERT_EQ(whole.surprise(1, before, symbols[i], time).bits,
                      stopped.surprise(1, before, symbols[i], time).bits);
            whole.learn(1, before, symbols[i], time);
            stopped.learn(1, before, symbols[i], time);
            if (i != stop) continue;
            SequenceModel other = make();
            ASSERT_TRUE(restore_sealed(other, save_sealed(stopped)));
            stopped = std::move(other);
        }
        EXPECT_TRUE(are_same(whole, stopped));
    }
}

TEST(SequenceModel, ADamagedStateIsRefused) {
    const auto make = [] { return SequenceModel({.order_max = 1, .cells = 64}); };
    SequenceModel model = make();
    const Symbols symbols = some_symbols(6, 40);
    for (std::size_t i = 0; i < symbols.size(); ++i) {
        model.learn(1, std::span(symbols.data(), i), symbols[i]);
    }
    EXPECT_TRUE(refuses_all_damage(make, save_sealed(model)));
    SequenceModel larger({.order_max = 1, .cells = 128});
    EXPECT_FALSE(restore_sealed(larger, save_sealed(model)));
}

}  // namespace
}  // namespace vedette::learn
