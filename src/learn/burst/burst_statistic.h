// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "learn/primitive.h"

namespace vedette::learn {

struct BurstSettings {
    std::size_t rows = 2;         ///< hash functions, 1 to 8
    std::size_t columns = 1'024;  ///< counters a row, a power of two from 4
    double kept = 0.5;            ///< of the current counts, when a tick ends; 0 to below 1
};

/// Whether a group of equal things comes in a burst: of a key (a pair of addresses, a template, a
/// user and what he does) there is much more in this tick than its mean so far says.
///
/// How: two count-min sketches, of the current tick (of which a share is kept for the next, so that
/// a burst over a border counts) and of everything. With a now, s in all and t ticks, the
/// chi-square statistic of a against s/t is (a - s/t)^2 t^2 / (s (t - 1)); 0 if a is below its
/// mean. Paper: S. Bhatia, B. Hooi, M. Yoon, K. Shin, C. Faloutsos, "MIDAS: Microcluster-based
/// detector of anomalies in edge streams", AAAI 2020 (with decay: MIDAS-R without its node scores).
/// Cost: not measured yet; 16 bytes a counter, 32 KiB as set. A new tick costs nothing
/// until a counter is touched.
/// Error: keys that share all their counters add up; with n events of other keys a count is too
/// large by more than e n / columns with a chance below e^-rows (G. Cormode, S. Muthukrishnan,
/// 2005). In the first tick nothing is a burst. Not for: one thing that never was (use novelty);
/// slow rises.
class BurstStatistic {
  public:
    static constexpr std::string_view kKind = "burst_statistic";
    static constexpr std::uint8_t kVersion = 1;

    struct Burst {
        double statistic = 0;  ///< chi-square with one degree of freedom, were counts Poisson
        double observed = 0;   ///< in this tick
        double expected = 0;   ///< in a tick
    };

    explicit BurstStatistic(BurstSettings settings = {});

    /// Counts an event and judges its key. A tick that lies back counts as the newest.
    Burst observe(std::uint64_t key, std::int64_t tick, double weight = 1);
    /// Judges without counting.
    Burst look(std::uint64_t key) const;

    void save(StateWriter& out) const;
    base::Result<void> restore(StateReader& in);
    std::size_t memory_bytes() const { return sizeof(*this) + counters_.size() * sizeof(Counter); }
    std::uint64_t checksum() const { return checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    struct Counter {
        float current = 0;
        float total = 0;
        std::int64_t tick = 0;  ///< of `current`, counted from the first
    };

    double current_of(const Counter& counter) const;
    std::size_t place(std::uint64_t key, std::size_t row) const;

    BurstSettings settings_;
    std::vector<Counter> counters_;
    std::int64_t first_ = 0, newest_ = 0;
    bool has_begun_ = false;
};

}  // namespace vedette::learn
