// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "learn/state.h"

namespace vedette::learn {

/// Which features go together: sums for their correlations while points come, then groups of at
/// most so many, by merging the closest two groups (complete linkage: as far as their farthest
/// members; the distance is 1 - |correlation|) as long as they fit together. Paper: Y. Mirsky et
/// al., "Kitsune", NDSS 2018, section V-C. Cost: dimensions^2 / 2 a point; the grouping
/// dimensions^3, once.
class FeatureMap {
  public:
    explicit FeatureMap(std::size_t dimensions);

    void add(const std::vector<float>& point);
    std::uint64_t count() const { return count_; }
    /// Each group rising, the groups by their first feature.
    std::vector<std::vector<std::uint32_t>> groups(std::size_t size_max) const;

    void save(StateWriter& out) const;
    bool restore(StateReader& in);
    std::size_t memory_bytes() const {
        return (means_.capacity() + products_.capacity()) * sizeof(double);
    }
    void clear();

  private:
    double distance(std::size_t a, std::size_t b) const;
    std::size_t place(std::size_t a, std::size_t b) const { return a * means_.size() + b; }

    std::vector<double> means_, products_;  // sums of (x - mean)(y - mean), a <= b
    std::uint64_t count_ = 0;
};

}  // namespace vedette::learn
