// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds of what one sender can make the RELP source hold.
namespace vedette::source::relp {

/// A longer message is kept in parts of this size. librelp refuses more than 128 KiB unless told
/// otherwise.
inline constexpr std::size_t kMessageBytesMax = 256u << 10;
/// Digits of numbers, letters of a command. Source: the protocol's specification, "RELP frame"
inline constexpr std::size_t kNumberDigitsMax = 9;
inline constexpr std::size_t kCommandBytesMax = 32;
/// What a client offers when it opens; librelp sends 100 bytes.
inline constexpr std::size_t kOfferBytesMax = 4'096;
/// Commands not answered yet. librelp waits after 128 of them.
inline constexpr std::size_t kUnansweredMax = 4'096;

}  // namespace vedette::source::relp
