// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// Bounds of what one Zeek log can make us do.
namespace vedette::parse::zeek {

/// Columns of one log. The widest real one (conn.log of all packages) has under 60; a header names
/// what the sender likes.
inline constexpr std::size_t kColumnsMax = 512;
/// Elements of one set or vector that become values of their own.
inline constexpr std::size_t kElementsMax = 4'096;

}  // namespace vedette::parse::zeek
