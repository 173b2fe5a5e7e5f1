// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// Bounds of what one series can make us do.
namespace vedette::parse::prometheus {

/// Labels of one series. Prometheus and its kin take 30 to 64 where they are asked to bound them.
inline constexpr std::size_t kLabelsMax = 256;
/// Names and values of one series on the wire: every sample's row repeats them.
inline constexpr std::size_t kLabelBytesMax = 16u << 10;

}  // namespace vedette::parse::prometheus
