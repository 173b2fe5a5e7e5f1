// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "learn/primitive.h"
#include "learn/random.h"

namespace vedette::learn {

/// About how often each of any number of keys was seen of late, in memory that does not grow.
///
/// Why: counts of values for peers and everybody are shared, so that an entity need not hold them.
/// Counts decay with one half-life. Time goes on in steps of a 1,024th of that; within a step all
/// observations count the same (off by 0.07 percent at most). Plain, not conservative updates:
/// these are linear, and what was confirmed as an attack can be taken out again.
/// Keys are hashes (pair_key()); equal hashes are one key.
/// The four rows are cut into pieces of four counts, and four pieces that lie side by side fill one
/// cache line: a key is looked up once in memory, not four times. The price is that keys of one
/// line share all rows, so that a key beside a frequent one is wrong somewhat more often.
/// Error: an estimate is never below the truth by more than rounding (1e-6 of it). It is above by
/// more than e * total() / width with a chance of at most 4 percent for a key, where as many keys
/// as can be are just so frequent (2 percent if rows were apart); error_bound() says how much that
/// is. Not for: listing what is frequent, or totals much above the width times the count that
/// matters. Cost: 16 bytes times width, 2 MiB as it comes; an update one cache line, COST ns in the
/// cache. Source: G. Cormode, S. Muthukrishnan, "An improved data stream summary: the count-min
/// sketch", J. Algorithms 55(1), 2005; one line a key: F. Putze, P. Sanders, J. Singler, "Cache-,
/// hash- and space-efficient Bloom filters", JEA 14, 2009; decay by growing increments: G. Cormode
/// et al., "Forward decay", ICDE 2009.
class CountMin {
  public:
    static constexpr std::string_view kKind = "count-min sketch";
    static constexpr std::uint8_t kVersion = 2;
    static constexpr std::size_t kRows = 4;

    struct Settings {
        unsigned width_log2 = 17;              ///< 4 to 24
        double half_life_seconds = 2'592'000;  ///< thirty days; above zero
    };

    explicit CountMin(Settings settings);
    CountMin() : CountMin(Settings()) {}

    /// Where a key is counted; the same as long as the width is.
    struct Spot {
        std::uint32_t line = 0;
        std::uint8_t cells = 0;  ///< two bits a row
        /// Of another key that is always asked together with this one: the same line, and no count
        /// of it is one of this key's.
        Spot beside() const { return {line, static_cast<std::uint8_t>(cells ^ 0x55)}; }
    };
    Spot spot(std::uint64_t key) const { return spot_of_hash(mix_bits(key)); }
    /// Of a key whose bits are mixed already, as pair_key() makes them.
    Spot spot_of_hash(std::uint64_t hash) const {
        return {static_cast<std::uint32_t>(hash >> (64 - line_bits())),
                static_cast<std::uint8_t>(hash)};
    }
    /// Brings the memory of a spot near, for who has other things to do meanwhile.
    void prefetch(Spot spot) const { __builtin_prefetch(&lines_[spot.line], 1); }
    /// What a count of one at that time is here, and what is divided by to tell it: asked once for
    /// many spots.
    double unit_for_update(base::Timestamp time) { return scale_for_update(time); }
    double unit(base::Timestamp now) const;
    /// `counts` in units.
    void add_at(Spot spot, double counts) {
        auto& line = lines_[spot.line].counts;
        const auto more = static_cast<float>(counts);
        for (std::size_t row = 0; row < kRows; ++row) {
            float& place = line[cell(spot, row)];
            place = std::min(place + more, kCountMax);
        }
        total_ = std::min(total_ + counts, kTotalMax);
    }
    void subtract_at(Spot spot, double counts);
    double count_at(Spot spot) const {
        const auto& line = lines_[spot.line].counts;
        return static_cast<double>(std::min(std::min(line[cell(spot, 0)], line[cell(spot, 1)]),
                                            std::min(line[cell(spot, 2)], line[cell(spot, 3)])));
    }

    void add(base::Timestamp time, std::uint64_t key, double count = 1);
    /// Takes out what was added with the same arguments.
    void subtract(base::Timestamp time, std::uint64_t key, double count = 1);
    double estimate(std::uint64_t key, base::Timestamp now) const;
    /// Sum over all keys.
    double total(base::Timestamp now) const;
    double error_bound(base::Timestamp now) const;

    void save(StateWriter& out) const;
    base::Result<void> restore(StateReader& in);
    std::size_t memory_bytes() const { return sizeof *this + lines_.size() * sizeof(Line); }
    std::uint64_t checksum() const { return checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    static constexpr std::int64_t kNever = INT64_MIN;
    static constexpr std::size_t kCells = 4;  // of a row in one line
    /// No count reaches this: increments are below 2^40, and a 32-bit count stops growing at 2^24
    /// of them.
    static constexpr float kCountMax = 1e22F;
    static constexpr double kTotalMax = 1e22;
    struct alignas(64) Line {
        std::array<float, kRows * kCells> counts{};
    };
    static std::size_t cell(Spot spot, std::size_t row) {
        return row * kCells + (spot.cells >> (2 * row) & 3u);
    }
    unsigned line_bits() const { return settings_.width_log2 - 2; }
    template <typename Self>
    static auto& count_of(Self& self, std::size_t i) {
        return self.lines_[i / (kRows * kCells)].counts[i % (kRows * kCells)];
    }
    std::size_t size() const { return lines_.size() * kRows * kCells; }
    std::int64_t step_of(base::Timestamp time) const;
    /// What one observation adds; 2^(steps since the landmark / 1,024).
    double scale_of(base::Timestamp time) const;
    double scale_for_update(base::Timestamp time);

    Settings settings_;
    std::int64_t step_ns_;
    std::int64_t landmark_ = kNever;  // a step
    // The step that was asked for last: its times from and to, and the unit then.
    std::int64_t scale_from_ns_ = 0, scale_to_ns_ = 0;
    double scale_ = 1;
    double total_ = 0;
    std::vector<Line> lines_;
};

}  // namespace vedette::learn
