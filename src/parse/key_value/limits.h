// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// Bounds of what one key=value record can make us do.
namespace vedette::parse::key_value {

/// Pairs of one record that become fields. Firewalls write up to 90.
inline constexpr std::size_t kPairsMax = 512;
/// Names whose field is remembered, so that the dictionary's lock is not taken per value.
inline constexpr std::size_t kRememberedFieldsMax = 1'024;

}  // namespace vedette::parse::key_value
