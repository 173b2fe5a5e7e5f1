// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstring>

/// Four floats at once, by the compiler's vector types: the same operations in the same order on
/// every machine, so the same bits.
namespace vedette::learn {

inline constexpr std::size_t kLanes = 4;
using Lanes = float __attribute__((vector_size(16)));

inline Lanes load_lanes(const float* from) {
    Lanes lanes;
    std::memcpy(&lanes, from, sizeof lanes);
    return lanes;
}
inline void store_lanes(float* to, Lanes lanes) { std::memcpy(to, &lanes, sizeof lanes); }
inline Lanes max_lanes(Lanes a, Lanes b) { return a > b ? a : b; }
inline Lanes min_lanes(Lanes a, Lanes b) { return a < b ? a : b; }
inline float sum_lanes(Lanes a) { return (a[0] + a[2]) + (a[1] + a[3]); }

/// Numbers of a point with zeros behind, so that lanes are full.
inline std::size_t padded(std::size_t count) { return (count + kLanes - 1) / kLanes * kLanes; }

}  // namespace vedette::learn
