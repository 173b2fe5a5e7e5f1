// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// Bounds of what one table can make us do.
namespace vedette::parse::csv {

/// Columns of one table. UNSW-NB15 has 45, exports of cloud consoles up to 300.
inline constexpr std::size_t kColumnsMax = 2'048;
/// Names that make a header are shorter than this.
inline constexpr std::size_t kNameBytesMax = 128;

}  // namespace vedette::parse::csv
