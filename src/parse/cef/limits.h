// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// Bounds of what one CEF or LEEF record can make us do.
namespace vedette::parse::cef {

/// Pairs of one extension that become fields. The dictionary of CEF 0.1 has 145 keys.
inline constexpr std::size_t kPairsMax = 512;
/// A longer label is no name for a field; its value stays under the key (cs1).
inline constexpr std::size_t kLabelBytesMax = 128;
/// Names whose field is remembered, so that the dictionary's lock is not taken per value.
inline constexpr std::size_t kRememberedFieldsMax = 1'024;

}  // namespace vedette::parse::cef
