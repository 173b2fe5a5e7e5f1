// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "learn/primitive.h"

namespace vedette::learn {

/// The short patterns a series is used to, at most 64, and how far a new one is from the nearest.
///
/// Online vector quantisation: a pattern near a known one moves that one a little; one that is far
/// becomes known itself, in the place of the one that is used least. So one odd pattern is odd
/// once, and what comes again becomes usual.
/// Error: a series with more than 64 kinds of patterns forgets rare ones and finds them odd again.
/// Not for: long shapes (use several scales), patterns of another length.
/// Cost: 4 KiB; about 100 ns an observation, no allocation.
/// Source: G. A. Carpenter, S. Grossberg, D. B. Rosen, "Fuzzy ART", Neural Networks 4, 1991, for
/// categories made on mismatch; J. MacQueen's online k-means, 1967, for their moving.
class PatternBook {
  public:
    static constexpr std::string_view kKind = "pattern book";
    static constexpr std::uint8_t kVersion = 1;
    static constexpr std::size_t kLength = 6, kPatterns = 64;
    using Pattern = std::array<double, kLength>;
    struct Nearest {
        std::size_t index = 0;
        double distance = 0;  ///< Euclidean; 0 while no pattern is known
    };

    /// `pattern` has no value above 1e9 in size.
    Nearest nearest(const Pattern& pattern) const;
    /// `is_new`: it is kept as one of its own.
    void learn(const Pattern& pattern, const Nearest& nearest, bool is_new);
    std::size_t size() const { return size_; }

    void save(StateWriter& out) const;
    base::Result<void> restore(StateReader& in);
    std::size_t memory_bytes() const { return sizeof *this; }
    std::uint64_t checksum() const { return checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    std::size_t size_ = 0;
    std::array<std::array<double, kPatterns>, kLength> places_{};  // by dimension: loops vectorise
    std::array<double, kPatterns> uses_{};
};

}  // namespace vedette::learn
