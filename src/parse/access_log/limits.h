// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// Bounds of what one access log line can make us do.
namespace vedette::parse::access_log {

/// Brackets looked at for the time. A user's name may hold some; each costs a look at 29 bytes.
inline constexpr std::size_t kBracketsMax = 16;
/// Pairs of the tail that become fields. Real tails have under 20.
inline constexpr std::size_t kTailPairsMax = 64;
/// Addresses of an X-Forwarded-For that become values; the client writes it.
inline constexpr std::size_t kForwardedMax = 16;
/// A longer first word of a request line is no method. The longest registered has 17 bytes
/// (UPDATEREDIRECTREF), RFC 9110 section 16.1.
inline constexpr std::size_t kMethodBytesMax = 24;

}  // namespace vedette::parse::access_log
