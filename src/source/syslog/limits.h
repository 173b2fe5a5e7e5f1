// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// Bounds of what one sender can make the syslog source hold.
namespace vedette::source::syslog {

/// A longer message is kept in parts of this size. rsyslog sends 8 KiB at most unless told
/// otherwise, syslog-ng 64 KiB; RFC 5424 asks for 2 KiB.
inline constexpr std::size_t kMessageBytesMax = 256u << 10;
/// Digits of an octet count. RFC 6587 sets no limit; a gigabyte of one message comes in parts.
inline constexpr std::size_t kCountDigitsMax = 9;

/// The largest payload of a datagram. Source: RFC 768 and RFC 791 (65,535 less both headers)
inline constexpr std::size_t kDatagramBytesMax = 65'507;
/// Datagrams taken with one system call.
inline constexpr std::size_t kDatagramsPerCall = 32;
/// Datagrams and bytes gathered before they are offered; what an fsync should serve under load.
inline constexpr std::size_t kGatheredDatagramsMax = 2'048;
inline constexpr std::size_t kGatheredBytesMax = 1u << 20;
/// Bytes of datagrams that wait for the journal. Beyond it they stay in the kernel's buffer, which
/// counts what it has to drop.
inline constexpr std::size_t kWaitingBytesMax = 16u << 20;

}  // namespace vedette::source::syslog
