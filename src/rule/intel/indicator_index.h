// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "event/address.h"
#include "rule/intel/feed_set.h"

namespace vedette::rule::intel {

/// Several feeds that are looked up together.
///
/// Most values of events are in no feed. A filter over all of them (12 bits an indicator, one cache
/// line a look-up; Bloom's, in blocks) says so at once; what passes it is looked up in each feed,
/// where it is compared byte by byte.
/// Threads: any.
class IndicatorIndex {
  public:
    using Feeds = std::vector<std::shared_ptr<const FeedSet>>;
    IndicatorIndex() = default;
    explicit IndicatorIndex(Feeds feeds);

    struct Hit {
        const FeedSet* feed = nullptr;
        IndicatorView indicator;
    };

    /// Appends what holds exactly this key.
    void find(IndicatorType type, std::string_view key, std::vector<Hit>& out) const;
    /// A name and all above it: for a.b.evil.com also evil.com, never notevil.com.
    void find_domain(std::string_view name_key, std::vector<Hit>& out) const;
    /// An address and all networks that hold it, the narrowest first.
    void find_address(const event::Address& address, std::vector<Hit>& out) const;
    /// A value as an event has it: find_domain and find_address for these types, find for others.
    /// `room` keeps memory between calls.
    void find_value(IndicatorType type, std::string_view text, std::string& room,
                    std::vector<Hit>& out) const;

    bool has(IndicatorType type) const;
    std::size_t size() const;
    std::size_t memory_bytes() const;
    const Feeds& feeds() const { return feeds_; }

  private:
    struct alignas(64) Block {
        std::uint64_t words[8] = {};
    };
    bool may_have(std::uint64_t hash) const;
    void find_hashed(IndicatorType type, std::string_view key, std::vector<Hit>& out) const;

    Feeds feeds_;
    std::vector<Block> filter_;
    std::vector<int> v4_prefixes_, v6_prefixes_;  // that there are, the longest first
};

}  // namespace vedette::rule::intel
