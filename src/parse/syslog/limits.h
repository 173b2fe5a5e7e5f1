// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// Bounds of what one syslog record can make us do.
namespace vedette::parse::syslog {

/// HOSTNAME of RFC 5424 section 6; a longer first word of a line without header is no host.
inline constexpr std::size_t kHostBytesMax = 255;
/// A program's name with its path. RFC 5424 allows 48, rsyslog writes longer ones from file names.
inline constexpr std::size_t kTagBytesMax = 128;
/// PROCID of RFC 5424.
inline constexpr std::size_t kProcessIdBytesMax = 128;
/// SD-NAME is at most 32 bytes; IANA's enterprise ids ("name@32473") may be longer in practice.
inline constexpr std::size_t kStructuredNameBytesMax = 128;
/// Parameters of one record. Real ones have under 30; what is more stays in the raw record.
inline constexpr std::size_t kStructuredParametersMax = 256;
/// Names of parameters whose field id is remembered, so that the dictionary's lock is not taken per
/// value. More different names only cost the look-up.
inline constexpr std::size_t kRememberedFieldsMax = 1'024;

}  // namespace vedette::parse::syslog
