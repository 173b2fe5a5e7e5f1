// SPDX-License-Identifier: Apache-2.0
#include "learn/keyed_store/keyed_store.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <vector>

#include "learn/keyed_store/test_counted.h"
#include "learn/test_restored.h"

namespace vedette::learn {
namespace {

using Store = KeyedStore<CountedWarm, CountedHot>;

constexpr std::int64_t kStartNs = 1'764'000'000ll * base::kNsPerSecond;
constexpr KeyedStoreSettings kSmall = {.budget_bytes = 512u << 10};

base::Timestamp second(std::int64_t s) { return {kStartNs + s * base::kNsPerSecond}; }

/// Touches, and counts in the key's own data; whether these are its own and nobody else's.
bool see(Store& store, std::uint64_t key, base::Timestamp time) {
    const Store::Place place = store.touch(key, time);
    const auto is_own = [key](auto& data) {
        const bool is_right = data.count == 0 || data.key == key;
        data.see(key);
        return is_right;
    };
    if (place.tier == Tier::warm) return is_own(*place.warm);
    if (place.tier == Tier::hot) return is_own(*place.hot);
    return place.warm == nullptr && place.hot == nullptr;
}

TEST(KeyedStore, gives_a_place_to_what_comes_again_and_a_large_one_to_what_comes_often) {
    Store store(kSmall);
    EXPECT_EQ(Tier::seed, store.touch(7, second(0)).tier);
    EXPECT_EQ(Tier::seed, store.touch(7, second(1)).tier);
    EXPECT_EQ(Tier::warm, store.touch(7, second(2)).tier);
    EXPECT_EQ(Tier::seed, store.find(8, second(2)).tier);
    store.find(7, second(2)).warm->count = 55;
    for (int i = 3; i < 500; ++i) store.touch(7, second(i));
    const Store::Place place = store.touch(7, second(501));
    ASSERT_EQ(Tier::hot, place.tier);
    EXPECT_EQ(55u, place.hot->count);
    EXPECT_NEAR(499, place.worth(), 5);
    EXPECT_NEAR(250, store.find(7, second(501 + 14 * 86'400)).worth(), 5);
    EXPECT_TRUE(store.check_invariants().has_value());
}

RC_GTEST_PROP(KeyedStore, never_mixes_up_what_belongs_to_whom_nor_exceeds_its_budget, ()) {
    Store store({.budget_bytes = Store::kBudgetBytesMin, .warm_from = 1, .hot_from = 4});
    const auto keys = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 3'000));
    const auto seed = *rc::gen::inRange<std::uint64_t>(0, 1'000);
    Random random(seed);
    std::int64_t now = 0;
    for (int i = 0; i < 3'000; ++i) {
        const auto key = static_cast<std::uint64_t>(
            keys.empty() || i % 2 ? random.below(1 + random.below(3'000))
                                  : keys[static_cast<std::size_t>(i) % keys.size()]);
        now += random.below(90'000);
        RC_ASSERT(see(store, mix_bits(key), second(now)));
        RC_ASSERT(store.memory_bytes() <= Store::kBudgetBytesMin);
    }
    RC_ASSERT(store.check_invariants().has_value());
    std::map<std::uint64_t, int> seen;
    store.for_each(second(now), [&](std::uint64_t key, double worth, const CountedWarm* warm,
                                    const CountedHot* hot) {
        RC_ASSERT(++seen[key] == 1 && worth > 0 && (warm == nullptr) != (hot == nullptr));
        RC_ASSERT((warm != nullptr ? warm->key : hot->key) == key);
    });
    RC_ASSERT(seen.size() == store.warm_count() + store.hot_count());
}

TEST(KeyedStore, stopped_anywhere_goes_on_as_if_it_had_not_been) {
    const KeyedStoreSettings settings = {
        .budget_bytes = Store::kBudgetBytesMin, .warm_from = 2, .hot_from = 20};
    for (const int cut : {0, 10, 1'000, 20'000, 39'999}) {
        Store whole(settings), other(settings);
        Random random(3);
        for (int i = 0; i < 40'000; ++i) {
            if (i == cut) {
                Store restored(settings);
                ASSERT_TRUE(restore_sealed(restored, save_sealed(other)).has_value());
                other = std::move(restored);
            }
            const std::uint64_t key = mix_bits(random.below(1 + random.below(4'000)));
            see(whole, key, second(i * 40));
            see(other, key, second(i * 40));
        }
        EXPECT_TRUE(are_same(whole, other));
        EXPECT_EQ(whole.memory_bytes(), other.memory_bytes());
        EXPECT_GT(whole.counts().evicted, 0u);
        EXPECT_GT(whole.hot_count(), 0u);
    }
}

TEST(KeyedStore, is_not_changed_by_what_is_asked_of_the_memory_beforehand) {
    const KeyedStoreSettings settings = {
        .budget_bytes = Store::kBudgetBytesMin, .warm_from = 2, .hot_from = 20};
    Store plain(settings), fetched(settings);
    Random random(4);
    for (int i = 0; i < 20'000; ++i) {
        const std::uint64_t key = mix_bits(random.below(1 + random.below(4'000)));
        fetched.prefetch_place(key);
        fetched.prefetch_data(key);
        see(plain, key, second(i * 40));
        see(fetched, key, second(i * 40));
    }
    EXPECT_TRUE(are_same(plain, fetched));
    EXPECT_GT(fetched.hot_count(), 0u);
}

TEST(KeyedStore, keeps_the_busy_through_a_flood_of_different_keys) {
    Store store(kSmall);
    constexpr std::uint64_t kBusy = 300;
    std::int64_t now = 0;
    for (int round = 0; round < 20; ++round) {
        for (std::uint64_t key = 0; key < kBusy; ++key) see(store, mix_bits(key), second(++now));
    }
    // Each different key once, and then twice as many that come four times.
    for (std::uint64_t key = 0; key < 2'000'000; ++key) {
        store.touch(mix_bits(1'000'000 + key), second(now + static_cast<std::int64_t>(key / 100)));
    }
    now += 20'000;
    const std::size_t before = store.warm_count() + store.hot_count();
    EXPECT_LT(before, kBusy + 150);
    for (std::uint64_t key = 0; key < 100'000; ++key) {
        for (int i = 0; i < 4; ++i) store.touch(mix_bits(9'000'000 + key), second(now));
    }
    EXPECT_LE(store.memory_bytes(), kSmall.budget_bytes);
    std::uint64_t kept = 0;
    for (std::uint64_t key = 0; key < kBusy; ++key) {
        kept += store.find(mix_bits(key), second(now)).tier != Tier::seed ? 1 : 0;
    }
    EXPECT_GE(kept, kBusy * 99 / 100);
    EXPECT_TRUE(store.check_invariants().has_value());
}

TEST(KeyedStore, forgets_in_time_who_no_longer_comes) {
    Store store(kSmall);
    std::int64_t now = 0;
    for (int round = 0; round < 20; ++round) {
        for (std::uint64_t key = 0; key < 500; ++key) see(store, mix_bits(key), second(++now));
    }
    now += 365 * 86'400;
    for (int round = 0; round < 6; ++round) {
        for (std::uint64_t key = 0; key < 900; ++key) {
            see(store, mix_bits(50'000 + key), second(++now));
        }
    }
    std::uint64_t old = 0, fresh = 0;
    store.for_each(second(now), [&](std::uint64_t, double worth, const CountedWarm*,
                                    const CountedHot*) { (worth > 1 ? fresh : old) += 1; });
    EXPECT_GT(fresh, 4 * old);
    EXPECT_LE(store.memory_bytes(), kSmall.budget_bytes);
}

TEST(KeyedStore, gives_a_large_place_to_who_is_worth_more_and_takes_it_from_who_is_not) {
    Store store({.budget_bytes = 512u << 10, .warm_from = 1, .hot_from = 5, .hot_share = 0.3});
    std::int64_t now = 0;
    for (int round = 0; round < 10; ++round) {
        for (std::uint64_t key = 0; key < 100; ++key) see(store, mix_bits(key), second(++now));
    }
    const std::size_t hot = store.hot_count();
    EXPECT_GT(hot, 5u);
    EXPECT_LT(hot, 50u);
    for (int i = 0; i < 400; ++i) see(store, mix_bits(777), second(++now));
    EXPECT_EQ(Tier::hot, store.find(mix_bits(777), second(now)).tier);
    EXPECT_EQ(hot, store.hot_count());
    // What had to go back kept what it knew.
    std::uint64_t counted = 0;
    store.for_each(second(now),
                   [&](std::uint64_t, double, const CountedWarm* warm, const CountedHot* hot_data) {
                       counted += warm != nullptr ? warm->count : hot_data->count;
                   });
    EXPECT_EQ(1'400u, counted);
}

TEST(KeyedStore, refuses_a_damaged_state_and_one_of_other_settings) {
    Store store(kSmall);
    for (int i = 0; i < 300; ++i) see(store, mix_bits(i % 20), second(i));
    EXPECT_TRUE(refuses_all_damage([] { return Store(kSmall); }, save_sealed(store), 7));
    Store other({.budget_bytes = 1u << 20});
    EXPECT_FALSE(restore_sealed(other, save_sealed(store)).has_value());
    EXPECT_EQ(0u, other.warm_count());
}

RC_GTEST_PROP(KeyIndex, finds_what_is_in_and_nothing_else, ()) {
    KeyIndex index(5);
    std::vector<std::uint64_t> keys;  // by place
    Random random(*rc::gen::inRange<std::uint64_t>(0, 1'000'000));
    const auto key_at = [&](std::uint32_t place) { return keys[place]; };
    for (std::uint64_t i = 0; i < 400; ++i) {
        if (keys.empty() || random.below(3) != 0) {
            if (index.needs_growth()) index.grow();
            keys.push_back(random.below(4) == 0 ? i : mix_bits(i));
            index.insert(keys.back(), static_cast<std::uint32_t>(keys.size() - 1));
        } else {
            const auto place = random.below(static_cast<std::uint32_t>(keys.size()));
            const auto last = static_cast<std::uint32_t>(keys.size() - 1);
            const std::uint64_t gone = keys[place];
            index.remove(gone, place);
            if (place != last) index.move(keys[last], last, place);
            keys[place] = keys[last];
            keys.pop_back();
            RC_ASSERT(index.find(gone, key_at) == KeyIndex::kNowhere);
        }
    }
    RC_ASSERT(index.size() == keys.size());
    for (std::uint32_t place = 0; place < keys.size(); ++place) {
        RC_ASSERT(index.find(keys[place], key_at) == place);
    }
}

}  // namespace
}  // namespace vedette::learn
