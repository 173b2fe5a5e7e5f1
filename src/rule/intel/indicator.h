// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/address.h"

namespace vedette::rule::intel {

/// What an indicator is compared with. The numbers are in kept files: append only.
enum class IndicatorType : std::uint8_t {
    network,  ///< an address, or all addresses of a network
    domain,   ///< a name and all below it
    url,
    email,
    md5,
    sha1,
    sha256,
    sha512,
    imphash,
    user_agent,
    ja3,
    ja3s,
    ja4,
};
inline constexpr std::size_t kIndicatorTypes = 13;

/// "ip", "domain", "url", ...: in findings, settings and on the command line.
std::string_view name(IndicatorType type);
std::optional<IndicatorType> parse_indicator_type(std::string_view text);

/// The value in the form in which two that mean the same are the same bytes; nothing if it is no
/// value of this type. `room` keeps it, and its memory is used again.
///
/// - network: an address or address/bits; bits behind the prefix do not count. 5 or 17 bytes.
/// - domain: lower case, without the dots around it and a `*.` in front, by IDNA (UTS 46) where it
///   is not ASCII; at least two labels, so that no whole `com` is one.
/// - url: http and https are one and not written; host as a domain or address; no user, port 80 or
///   443, or fragment; an empty path is `/`; what need not be percent-encoded is not (RFC
///   3986 6.2).
/// - email: lower case, without display name, `<>` and `mailto:`.
/// - hashes, ja3, ja3s: the bytes of the hexadecimal digits.
/// - user_agent: as it is, but for blanks around it; ja4: lower case.
///
/// Lives: until `room` changes.   Limits: kValueBytesMax.   Cost: 20 to 100 ns for ASCII.
std::optional<std::string_view> make_key(IndicatorType type, std::string_view text,
                                         std::string& room);

/// The key as people write it.
std::string value_text(IndicatorType type, std::string_view key);

/// A network as a key, and back. Nothing for bytes that are none.
std::string network_key(const event::Network& network);
std::optional<event::Network> network_of_key(std::string_view key);

/// `hxxp://evil[.]com` as it was before somebody made it harmless; other text as it is.
std::string refanged(std::string_view text);

/// What a value of a list without types is. Text of 32 hexadecimal digits is an MD5. Nothing if it
/// is none of what can be told by its look.
std::optional<IndicatorType> guess_type(std::string_view text);

/// Times of feeds: RFC 3339, `2026-11-28 10:00:00`, a day, or seconds since 1970. In seconds, at
/// least 1.
std::optional<std::int64_t> read_feed_time(std::string_view text);

/// ATT&CK ids in any text of a feed: T1059, T1059.001. No others, each once, in order of
/// appearance.
void append_attack_ids(std::vector<std::string>& out, std::string_view text);

}  // namespace vedette::rule::intel
