// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/time.h"
#include "learn/fixed_math.h"
#include "learn/keyed_store/key_index.h"
#include "learn/keyed_store/seed_sketch.h"
#include "learn/keyed_store/slab.h"
#include "learn/primitive.h"
#include "learn/random.h"

namespace vedette::learn {

enum class Tier : std::uint8_t { seed, warm, hot };

/// Settings of every KeyedStore.
struct KeyedStoreSettings {
    std::size_t budget_bytes = 0;          ///< hard cap of memory_bytes(); at least 256 KiB
    double half_life_seconds = 1'209'600;  ///< of worth; fourteen days; at least an hour
    unsigned warm_from = 3;  ///< sightings of late from which a key gets a place, 1 to 100
    double hot_from = 500;   ///< worth from which it may get a large one
    double hot_share = 0.5;  ///< of the budget, at most, for large places
    std::uint64_t salt = 0;  ///< of this installation; the same for as long as states are kept
};

/// What became of keys; since the store was made.
struct KeyedStoreCounts {
    std::uint64_t evicted = 0;  ///< lost their place to one worth more
    std::uint64_t refused = 0;  ///< sightings that would have had a place if there had been room
    bool operator==(const KeyedStoreCounts&) const = default;
};

/// Data for any number of keys within one byte budget that is never exceeded.
///
/// Seed: a key that was hardly ever seen has no place, only a count in a shared sketch. Warm: one
/// that comes again gets a small place. Hot: one worth much gets a large one, made of the small.
/// Worth is what touch() was told, decayed. When the budget is used up a new key gets the place of
/// the least worth of sixteen chosen at random, and only if it is worth more by then; the same
/// holds for large places, whose owner goes back to a small one. So a flood of different keys,
/// however many, drives out at most its own kind, and what is known of the busy stays.
/// `Warm` and `Hot` are trivially copyable primitives without memory of their own, made by
/// `Warm()`, `Hot(const Warm&)` and `Warm Hot::warm() const`.
/// Pointers are good until the next call that is not const.
/// Error: keys are 64-bit hashes, equal ones are one key (chance 3e-8 among a million). A key may
/// get its place a sighting or two early (SeedSketch). The least worth of sixteen is among the
/// least tenth of all with a chance of 81 percent.
/// Not for: exact counts of rare keys (CountMin), or keys that must not be forgotten.
/// Cost: beside the data 16 bytes a place, 11 to 21 in the index, and a 32nd of the budget for the
/// sketch. A touch is 30 ns where a key has no place, 360 ns among a hundred thousand that have one
/// (cache misses). A place may allocate 64 KiB, the index grows by doubling.
/// Source: admission as in TinyLFU (seed_sketch.h); eviction by sampling: K. Psounis, B. Prabhakar,
/// "Efficient randomized web-cache replacement schemes using samples from past eviction times",
/// IEEE/ACM ToN 10(4), 2002; decay that needs no clock: G. Cormode et al., ICDE 2009.
template <typename Warm, typename Hot>
class KeyedStore {
  public:
    static constexpr std::string_view kKind = "keyed store";
    static constexpr std::uint8_t kVersion = 1;
    static constexpr std::size_t kBudgetBytesMin = 256u << 10;

    /// Where a key's data is; both nullptr where it has none.
    struct Place {
        Tier tier = Tier::seed;
        Warm* warm = nullptr;
        Hot* hot = nullptr;
        unsigned sightings = 0;  ///< of a seed, of late
        double worth_log2 = 0;   ///< of the others
        /// Decayed; of a seed its sightings.
        double worth() const { return tier == Tier::seed ? sightings : fixed_exp2(worth_log2); }
    };

    explicit KeyedStore(const KeyedStoreSettings& settings)
        : settings_(settings),
          index_(settings.salt),
          seeds_(seed_width_log2(settings.budget_bytes), settings.salt),
          random_(settings.salt ^ 0x4B65'7965'6453'746Full),
          half_lives_per_ns_(
              1 / (settings.half_life_seconds * static_cast<double>(base::kNsPerSecond))),
          hot_from_log2_(fixed_log2(settings.hot_from)) {
        VD_CHECK(settings.budget_bytes >= kBudgetBytesMin && settings.warm_from >= 1 &&
                 settings.warm_from <= 100 && settings.half_life_seconds >= 3'600 &&
                 settings.hot_from > 0);
    }

    /// The key was seen, and that was worth so much (above 0; 1 for an ordinary event).
    Place touch(std::uint64_t key, base::Timestamp time, double worth = 1) {
        if (landmark_ns_ == kNever) landmark_ns_ = time.unix_ns;
        const double now = half_lives(time);
        std::uint32_t place = find_place(key);
        if (place == KeyIndex::kNowhere) {
            const auto times = static_cast<unsigned>(std::clamp(std::ceil(worth), 1.0, 255.0));
            const unsigned seen = seeds_.add(key, times);
            if (seen < settings_.warm_from) return {Tier::seed, nullptr, nullptr, seen, 0};
            place = admit(key, std::clamp(now + fixed_log2(seen), -kRankMax, kRankMax));
            if (place == KeyIndex::kNowhere) {
                ++counts_.refused;
                return {Tier::seed, nullptr, nullptr, seen, 0};
            }
        } else {
            double& rank = rank_of(place);
            rank = added(rank, worth == 1 ? now : now + fixed_log2(worth));
            if (!is_hot(place) && rank >= now + hot_from_log2_) {
                place = promote(place);
            }
        }
        return at(place, now);
    }

    // For who has some keys at hand, sixteen perhaps: first the one for all of them, then the other
    // for all, and then they are touched. Memory answers many at once faster than one by one. They
    // change nothing.
    void prefetch_place(std::uint64_t key) const { index_.prefetch(key); }
    void prefetch_data(std::uint64_t key) const {
        const std::uint32_t place = index_.guess(key);
        if (place == KeyIndex::kNowhere) return;
        if (is_hot(place)) return hot_.prefetch(place & ~kHotBit);
        warm_.prefetch(place);
    }

    Place find(std::uint64_t key, base::Timestamp now) {
        const std::uint32_t place = find_place(key);
        if (place != KeyIndex::kNowhere) return at(place, half_lives(now));
        return {Tier::seed, nullptr, nullptr, seeds_.estimate(key), 0};
    }

    /// Every key that has a place, in an order that is the same everywhere:
    /// look(key, worth, const Warm*, const Hot*), one of them nullptr.
    template <typename Look>
    void for_each(base::Timestamp now, const Look& look) const {
        const double half_lives_now = half_lives(now);
        for (std::size_t i = 0; i < hot_.size(); ++i) {
            look(hot_[i].key, fixed_exp2(hot_[i].rank - half_lives_now),
                 static_cast<const Warm*>(nullptr), &hot_[i].data);
        }
        for (std::size_t i = 0; i < warm_.size(); ++i) {
            look(warm_[i].key, fixed_exp2(warm_[i].rank - half_lives_now), &warm_[i].data,
                 static_cast<const Hot*>(nullptr));
        }
    }

    std::size_t warm_count() const { return warm_.size(); }
    std::size_t hot_count() const { return hot_.size(); }
    const KeyedStoreCounts& counts() const { return counts_; }

    std::size_t memory_bytes() const {
        return sizeof *this + index_.memory_bytes() + seeds_.memory_bytes() + warm_.memory_bytes() +
               hot_.memory_bytes();
    }
    std::uint64_t checksum() const { return checksum_of(*this); }

    void save(StateWriter& out) const {
        save_settings(out);
        out.integer(landmark_ns_);
        // The index never shrinks, and how large it is decides what else has room.
        out.varint(index_.memory_bytes());
        for (const std::uint64_t word : random_.words()) out.integer(word);
        out.varint(counts_.evicted);
        out.varint(counts_.refused);
        seeds_.save(out);
        save_slab(out, warm_);
        save_slab(out, hot_);
    }

    base::Result<void> restore(StateReader& in) {
        auto done = try_restore(in);
        if (!done) *this = KeyedStore(settings_);
        return done;
    }

    base::Result<void> check_invariants() const {
        if (memory_bytes() > settings_.budget_bytes) return not_ours(kKind, "it is over budget");
        if (index_.size() != warm_.size() + hot_.size())
            return not_ours(kKind, "its index is wrong");
        if (landmark_ns_ == kNever && index_.size() > 0) return not_ours(kKind, "it has no time");
        VD_TRY_DO(check_slab(warm_, 0));
        return check_slab(hot_, kHotBit);
    }

  private:
    static constexpr std::int64_t kNever = INT64_MIN;
    static constexpr std::uint32_t kHotBit = 1u << 31;
    static constexpr std::size_t kSamples = 16;
    static constexpr double kRankMax = 1e7;

    static unsigned seed_width_log2(std::size_t budget_bytes) {
        return static_cast<unsigned>(
            std::clamp<int>(static_cast<int>(std::bit_width(budget_bytes / 128)) - 1, 6, 28));
    }
    static bool is_hot(std::uint32_t place) { return (place & kHotBit) != 0; }

    double half_lives(base::Timestamp time) const {
        if (landmark_ns_ == kNever) return 0;
        return (static_cast<double>(time.unix_ns) - static_cast<double>(landmark_ns_)) *
               half_lives_per_ns_;
    }
    /// Ranks are log2(worth) plus half-lives since the landmark: what decays alike keeps its rank.
    static double added(double rank, double more) {
        const double high = std::max(rank, more), low = std::min(rank, more);
        return std::min(high + fixed_log2(1 + fixed_exp2(low - high)), kRankMax);
    }

    std::uint64_t key_at(std::uint32_t place) const {
        return is_hot(place) ? hot_[place & ~kHotBit].key : warm_[place].key;
    }
    double& rank_of(std::uint32_t place) {
        return is_hot(place) ? hot_[place & ~kHotBit].rank : warm_[place].rank;
    }
    std::uint32_t find_place(std::uint64_t key) const {
        return index_.find(key, [this](std::uint32_t place) { return key_at(place); });
    }
    Place at(std::uint32_t place, double now) {
        const double worth_log2 = rank_of(place) - now;
        if (is_hot(place)) return {Tier::hot, nullptr, &hot_[place & ~kHotBit].data, 0, worth_log2};
        return {Tier::warm, &warm_[place].data, nullptr, 0, worth_log2};
    }

    /// What must be allocated for one more.
    template <typename T>
    static std::size_t more_bytes(const Slab<T>& slab) {
        return slab.needs_chunk() ? Slab<T>::kChunkBytes : 0;
    }
    /// Whether one more fits.
    template <typename T>
    bool has_room(const Slab<T>& slab, std::size_t share_bytes) const {
        const std::size_t more = more_bytes(slab);
        return slab.size() < kHotBit - 1 && memory_bytes() + more <= settings_.budget_bytes &&
               slab.memory_bytes() + more <= share_bytes;
    }
    bool make_index_room() {
        if (!index_.needs_growth()) return true;
        if (memory_bytes() + index_.growth_bytes() > settings_.budget_bytes) return false;
        index_.grow();
        return true;
    }
    std::size_t hot_bytes_max() const {
        const double share = std::clamp(settings_.hot_share, 0.0, 1.0);
        return static_cast<std::size_t>(static_cast<double>(settings_.budget_bytes) * share);
    }
    template <typename T>
    std::size_t least_of_some(const Slab<T>& slab) {
        std::size_t least = random_.below(static_cast<std::uint32_t>(slab.size()));
        for (std::size_t k = 1; k < kSamples; ++k) {
            const std::size_t other = random_.below(static_cast<std::uint32_t>(slab.size()));
            if (slab[other].rank < slab[least].rank) least = other;
        }
        return least;
    }

    /// A small place for a new key; kNowhere if there is none for it.
    std::uint32_t admit(std::uint64_t key, double rank) {
        if (make_index_room() && has_room(warm_, settings_.budget_bytes)) {
            const auto place = static_cast<std::uint32_t>(warm_.push({key, rank, Warm()}));
            index_.insert(key, place);
            return place;
        }
        if (warm_.size() == 0) return KeyIndex::kNowhere;
        const auto place = static_cast<std::uint32_t>(least_of_some(warm_));
        if (warm_[place].rank >= rank) return KeyIndex::kNowhere;
        index_.remove(warm_[place].key, place);
        warm_[place] = {key, rank, Warm()};
        index_.insert(key, place);
        ++counts_.evicted;
        return place;
    }

    /// Small places fill the budget first: the least of them go where a large one may be had.
    void make_hot_room(std::uint64_t keep) {
        if (hot_.memory_bytes() + more_bytes(hot_) > hot_bytes_max()) return;
        while (!has_room(hot_, hot_bytes_max()) && warm_.size() > Slab<Warm>::kPerChunk) {
            const auto gone = static_cast<std::uint32_t>(least_of_some(warm_));
            if (warm_[gone].key == keep) continue;
            index_.remove(warm_[gone].key, gone);
            const auto last = static_cast<std::uint32_t>(warm_.size() - 1);
            if (last != gone) index_.move(warm_[last].key, last, gone);
            warm_.remove(gone);
            ++counts_.evicted;
        }
    }

    /// A large place for one that has a small one; the small one if there is none for it.
    std::uint32_t promote(std::uint32_t place) {
        const auto old = warm_[place];
        make_hot_room(old.key);
        place = find_place(old.key);
        if (has_room(hot_, hot_bytes_max())) {
            const auto slot =
                static_cast<std::uint32_t>(hot_.push({old.key, old.rank, Hot(old.data)}));
            index_.move(old.key, place, slot | kHotBit);
            const auto last = static_cast<std::uint32_t>(warm_.size() - 1);
            if (last != place) index_.move(warm_[last].key, last, place);
            warm_.remove(place);
            return slot | kHotBit;
        }
        if (hot_.size() == 0) return place;
        const auto slot = static_cast<std::uint32_t>(least_of_some(hot_));
        // A good deal more, or two that are alike would change places all the time.
        if (hot_[slot].rank + 1 >= old.rank) return place;
        warm_[place] = {hot_[slot].key, hot_[slot].rank, hot_[slot].data.warm()};
        hot_[slot] = {old.key, old.rank, Hot(old.data)};
        index_.remove(old.key, place);
        index_.move(warm_[place].key, slot | kHotBit, place);
        index_.insert(old.key, slot | kHotBit);
        return slot | kHotBit;
    }

    void save_settings(StateWriter& out) const {
        out.integer(static_cast<std::uint64_t>(settings_.budget_bytes));
        out.real(settings_.half_life_seconds);
        out.integer(static_cast<std::uint32_t>(settings_.warm_from));
        out.real(settings_.hot_from);
        out.real(settings_.hot_share);
        out.integer(settings_.salt);
    }
    bool are_settings_right(StateReader& in) const {
        bool is_right = in.integer<std::uint64_t>() == settings_.budget_bytes;
        is_right = in.real64() == settings_.half_life_seconds && is_right;
        is_right = in.integer<std::uint32_t>() == settings_.warm_from && is_right;
        is_right = in.real64() == settings_.hot_from && is_right;
        is_right = in.real64() == settings_.hot_share && is_right;
        return in.integer<std::uint64_t>() == settings_.salt && is_right;
    }
    template <typename T>
    static void save_slab(StateWriter& out, const Slab<T>& slab) {
        out.varint(slab.size());
        for (std::size_t i = 0; i < slab.size(); ++i) {
            out.integer(slab[i].key);
            out.real(slab[i].rank);
            slab[i].data.save(out);
        }
    }
    base::Result<void> try_restore(StateReader& in) {
        *this = KeyedStore(settings_);
        if (!are_settings_right(in)) return not_ours(kKind, "it is of other settings");
        landmark_ns_ = in.integer<std::int64_t>();
        const std::uint64_t index_bytes = in.varint();
        while (index_.memory_bytes() < index_bytes &&
               memory_bytes() + index_.growth_bytes() <= settings_.budget_bytes) {
            index_.grow();
        }
        if (index_.memory_bytes() != index_bytes) return not_ours(kKind, "its index is impossible");
        std::array<std::uint64_t, 4> words{};
        for (std::uint64_t& word : words) word = in.integer<std::uint64_t>();
        if (!random_.set_words(words)) return not_ours(kKind, "its random numbers are at an end");
        counts_.evicted = in.varint();
        counts_.refused = in.varint();
        if (!seeds_.restore(in)) return not_ours(kKind, "its seeds are not whole");
        VD_TRY_DO(restore_slab(in, warm_, settings_.budget_bytes, 0));
        VD_TRY_DO(restore_slab(in, hot_, hot_bytes_max(), kHotBit));
        if (!in.is_good()) return not_ours(kKind, "it is cut short");
        return check_invariants();
    }
    template <typename T>
    base::Result<void> restore_slab(StateReader& in, Slab<T>& slab, std::size_t bytes_max,
                                    std::uint32_t bit) {
        const std::uint64_t count = in.varint();
        if (!in.has_room_for(count, 16)) return not_ours(kKind, "it is cut short");
        for (std::uint64_t i = 0; i < count; ++i) {
            const auto key = in.integer<std::uint64_t>();
            const double rank = in.real64();
            T data{};
            VD_TRY_DO(data.restore(in));
            if (!in.is_good()) return not_ours(kKind, "it is cut short");
            if (index_.needs_growth() || !has_room(slab, bytes_max)) {
                return not_ours(kKind, "it holds more than its budget");
            }
            if (find_place(key) != KeyIndex::kNowhere) return not_ours(kKind, "a key is in twice");
            const auto slot = static_cast<std::uint32_t>(slab.push({key, rank, data}));
            index_.insert(key, slot | bit);
        }
        return {};
    }
    template <typename T>
    base::Result<void> check_slab(const Slab<T>& slab, std::uint32_t bit) const {
        for (std::size_t i = 0; i < slab.size(); ++i) {
            if (!(std::abs(slab[i].rank) <= kRankMax))
                return not_ours(kKind, "a rank is impossible");
            if (find_place(slab[i].key) != (static_cast<std::uint32_t>(i) | bit)) {
                return not_ours(kKind, "a key is not where the index says");
            }
            VD_TRY_DO(slab[i].data.check_invariants());
        }
        return {};
    }

    KeyedStoreSettings settings_;
    KeyIndex index_;
    SeedSketch seeds_;
    Random random_;
    Slab<Warm> warm_;
    Slab<Hot> hot_;
    KeyedStoreCounts counts_;
    std::int64_t landmark_ns_ = kNever;
    double half_lives_per_ns_, hot_from_log2_;
};

}  // namespace vedette::learn
