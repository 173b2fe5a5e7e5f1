// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/files.h"
#include "base/hash.h"
#include "base/result.h"
#include "rule/intel/indicator.h"

namespace vedette::rule::intel {

/// What a feed says of an indicator, beside its value.
struct IndicatorFacts {
    std::int64_t from_s = 0;      ///< known to the feed since; 0: it does not say
    std::int64_t until_s = 0;     ///< counts for events before this; 0: for ever
    std::uint8_t confidence = 0;  ///< 0 to 100
    std::string label;            ///< what the feed calls it; may be empty
    std::vector<std::string> attack;
};

/// One indicator of a set. Lives: as long as the set.
struct IndicatorView {
    IndicatorType type = IndicatorType::network;
    std::string_view key;
    std::uint8_t confidence = 0;
    std::int64_t from_s = 0, until_s = 0;
    std::string_view label, attack;  ///< ATT&CK ids with commas between them

    bool counts_at(std::int64_t event_s) const { return until_s == 0 || event_s < until_s; }
};

/// The hash by which an indicator is found.
std::uint64_t indicator_hash(IndicatorType type, std::string_view key);

/// The indicators of one version of one feed: immutable, compact, exact.
///
/// An entry has 24 bytes and its key once, in blocks of a megabyte. Entries lie in 256 parts by the
/// hash of their key; in a part they are sorted by 32 more bits of it, with a directory of about
/// four entries a place. What is found by 40 bits of a hash is compared byte by byte, so there are
/// no false hits. Ten million addresses are 400 MB (`vedette-bench indicators`).
/// Built by FeedSetBuilder, or read from a file whose name is its content's.
/// Threads: any.   Does not promise: an order of for_each that says anything.
class FeedSet {
  public:
    FeedSet(FeedSet&&) = default;
    FeedSet& operator=(FeedSet&&) = default;

    const std::string& feed() const { return feed_; }
    std::size_t size() const { return size_; }
    std::size_t memory_bytes() const;

    /// `hash` is indicator_hash(type, key).   Cost: one or two cache misses.
    std::optional<IndicatorView> find(IndicatorType type, std::string_view key,
                                      std::uint64_t hash) const;
    void for_each(const std::function<void(const IndicatorView&)>& look) const;
    std::size_t count(IndicatorType type) const { return counts_[static_cast<std::size_t>(type)]; }
    /// The first bytes of the keys of networks that there are: version and prefix.
    const std::bitset<256>& prefixes() const { return prefixes_; }
    /// Gives the upper 40 bits of every indicator's hash.
    void for_each_hash(const std::function<void(std::uint64_t)>& look) const;

    /// The name of the content: equal feeds give equal names.
    base::Hash128 hash() const { return hash_; }

    /// Writes it under its name in `folder`, unless it is there; and back. What is read is checked:
    /// a set that is not what its name says, or whose parts lead outside of it, is refused.
    /// Errors: io, not_found; corrupt.   Cost: a gigabyte a second.
    base::Result<void> save(base::Files& files, const std::string& folder) const;
    static base::Result<FeedSet> load(base::Files& files, const std::string& folder,
                                      const std::string& name);

  private:
    friend class FeedSetBuilder;
    friend class FeedSetFile;

    struct Entry {
        std::uint32_t hash_bits = 0;
        std::uint32_t from_s = 0, until_s = 0;
        std::uint32_t context = 0;
        std::uint32_t place_low = 0;
        std::uint8_t place_high = 0, type = 0, confidence = 0, unused = 0;

        std::uint64_t place() const { return std::uint64_t{place_high} << 32 | place_low; }
    };
    static_assert(sizeof(Entry) == 24);
    struct Part {
        std::vector<Entry> entries;
        std::vector<std::uint32_t> starts;  // by the upper bits of hash_bits; one more than places
        int shift = 31;
    };
    struct Context {
        std::string label, attack;
    };
    static constexpr std::size_t kParts = 256;
    static constexpr std::size_t kBlockBytes = 1u << 20;
    static constexpr int kBlockShift = 20;

    FeedSet() = default;
    std::string_view key_at(std::uint64_t place) const;
    IndicatorView view(const Entry& entry) const;
    /// Directories, counts and name, from entries that are in order.
    void finish();

    std::string feed_;
    std::size_t size_ = 0;
    std::array<std::size_t, kIndicatorTypes> counts_{};
    std::bitset<256> prefixes_;
    std::vector<Part> parts_ = std::vector<Part>(kParts);
    std::vector<std::unique_ptr<char[]>> blocks_;
    std::size_t last_block_bytes_ = 0;
    std::vector<Context> contexts_;
    base::Hash128 hash_;
};

/// Takes indicators in any order. Of several with one value the one with the highest confidence
/// stays; of equal ones the one that counts longest, and of these the one known first.
/// Memory: that of the set, and up to half of it while it grows.
class FeedSetBuilder {
  public:
    explicit FeedSetBuilder(std::string feed);

    /// False if there are kIndicatorsMax already, or the key is too long.
    bool add(IndicatorType type, std::string_view key, const IndicatorFacts& facts);
    std::size_t size() const { return set_.size_; }

    struct Built;
    /// The builder is empty afterwards.
    Built finish();

  private:
    std::uint64_t put_key(std::string_view key);
    std::uint32_t context_of(const IndicatorFacts& facts);
    void order(FeedSet::Part& part, Built& built);

    FeedSet set_;
    std::unordered_map<std::string, std::uint32_t> contexts_;
};

struct FeedSetBuilder::Built {
    FeedSet set;
    std::size_t repeated = 0;  ///< values that were there already
    std::size_t crowded = 0;   ///< left out: made to collide, see kSameHashMax
};

}  // namespace vedette::rule::intel
