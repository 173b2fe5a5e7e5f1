// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

#include "learn/primitive.h"

namespace vedette::learn {

/// How many different values were seen, in 64 bytes: how many hosts a user reached, how many names
/// a host asked for.
///
/// Why 64 bytes: one cache line for each entity and window; what matters is 3 against 300.
/// Values come as hashes whose bits are all even (base::hash64, mix_bits). Seeing one again changes
/// nothing, so it cannot be taken out again and does not decay: a window begins with clear(), and
/// windows are put together with merge().
/// Error: standard error 13 percent (1.04 / sqrt(64)); up to about 100 values a few less.
/// Not for: exact small counts (keep the values), or differences of two counts.
/// Cost: 64 bytes; 2 ns to add; an estimate goes over all of them.
/// Source: P. Flajolet, E. Fusy, O. Gandouet, F. Meunier, "HyperLogLog", AofA 2007; the small range
/// as there (linear counting).
class HyperLogLog {
  public:
    static constexpr std::string_view kKind = "distinct count";
    static constexpr std::uint8_t kVersion = 1;
    static constexpr std::size_t kRegisters = 64;

    void add(std::uint64_t hash) {
        const std::size_t at = hash & (kRegisters - 1);
        // A bit beyond the 58 that are left ends the run of zeros.
        const auto rank =
            static_cast<std::uint8_t>(std::countr_zero((hash >> 6) | (1ull << 58)) + 1);
        if (rank > registers_[at]) registers_[at] = rank;
    }
    /// As if this had seen what the other saw.
    void merge(const HyperLogLog& other);
    void clear() { registers_.fill(0); }
    /// 0 exactly if nothing was added.
    double estimate() const;

    void save(StateWriter& out) const;
    base::Result<void> restore(StateReader& in);
    std::size_t memory_bytes() const { return sizeof *this; }
    std::uint64_t checksum() const { return checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    static constexpr std::uint8_t kRankMax = 59;
    std::array<std::uint8_t, kRegisters> registers_{};
};

}  // namespace vedette::learn
