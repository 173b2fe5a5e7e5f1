// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "learn/state.h"

namespace vedette::learn {

/// How often keys were seen lately that have no place of their own: 4 rows of bytes that are halved
/// whenever as many sightings came in as the rows are half wide. So a flood of keys that come once
/// ages itself, and a key that comes three times within it stands out.
/// Error: of a key never seen, three or more are counted with a chance of about 1 in 25,000 when
/// the sketch is fullest; never too few, except by ageing.
/// Cost: 4 bytes times width; four cache lines a sighting; ageing goes over all of it once in half
/// its width.
/// Source: G. Einziger, R. Friedman, B. Manes, "TinyLFU: a highly efficient cache admission
/// policy", ACM Transactions on Storage 13(4), 2017.
class SeedSketch {
  public:
    static constexpr std::size_t kRows = 4;
    static constexpr unsigned kCountMax = 255;

    /// Width: a power of two, at least 64.
    SeedSketch(unsigned width_log2, std::uint64_t salt);

    /// Sees `key` so often; how often it was seen lately, this time included.
    unsigned add(std::uint64_t key, unsigned times);
    unsigned estimate(std::uint64_t key) const;
    std::size_t memory_bytes() const { return counts_.size(); }

    void save(StateWriter& out) const;
    /// False if save() cannot have written it; the sketch is empty then.
    bool restore(StateReader& in);

  private:
    std::size_t at(std::size_t row, std::uint64_t mixed) const {
        const auto first = static_cast<std::uint32_t>(mixed);
        const auto second = static_cast<std::uint32_t>(mixed >> 32) | 1u;
        const std::uint32_t hash = first + static_cast<std::uint32_t>(row) * second;
        return (row << width_log2_) + (hash >> (32 - width_log2_));
    }
    void halve();

    unsigned width_log2_;
    std::uint64_t salt_;
    std::uint64_t since_halving_ = 0;
    std::vector<std::uint8_t> counts_;
};

}  // namespace vedette::learn
