// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/time.h"
#include "learn/primitive.h"

namespace vedette::learn {

/// The first values that a group is taught, kept until there are enough to say which of them are
/// none of the group's.
///
/// Why: who clips by the deviation of what it has seen has to begin without one. A single value
/// that is far off among the first makes the deviation so large that for weeks nothing is clipped,
/// and the hour in which it came is wrong for months. The median of thirty-two and their median
/// distance from it stand while less than half of them are wrong; what lies further off than
/// kDeviationsMax is moved there.
/// Not for: one entity alone, whose first values are what it is.
/// Cost: 520 bytes; 1 us once.
/// Source: F. R. Hampel, "The influence curve and its role in robust estimation", JASA 69, 1974.
class FirstValues {
  public:
    static constexpr std::string_view kKind = "first values";
    static constexpr std::uint8_t kVersion = 1;
    static constexpr std::size_t kValues = 32;
    static constexpr double kDeviationsMax = 4;

    struct Value {
        std::int64_t time_ns = 0;
        float value = 0, share = 0;
    };

    /// Whether the group has begun to learn and nothing is kept any longer.
    bool is_over() const { return is_over_; }
    /// True if there are enough now: then take release() and teach them to the group.
    bool add(base::Timestamp time, double value, double share);
    /// All of them in the order they came in, moved; valid until the next call. `resolution`:
    /// differences below it mean nothing.
    std::span<const Value> release(double resolution);

    void save(StateWriter& out) const;
    base::Result<void> restore(StateReader& in);
    std::size_t memory_bytes() const { return sizeof *this; }
    std::uint64_t checksum() const { return checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    std::array<Value, kValues> values_{};
    std::uint8_t count_ = 0;
    bool is_over_ = false;
};

}  // namespace vedette::learn
