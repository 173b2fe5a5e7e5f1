// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace vedette::engine::masking {

enum class Method {
    hash,     ///< a pseudonym: the same value has the same one, and only the key leads there
    redact,   ///< nothing is left
    partial,  ///< the domain of an address, the first octets of an IP, the first letter of a word
};

/// What stands in a record instead of a value.
///
/// It has the kind of the value, so that a record still decodes and a field is still one: an IPv4
/// address becomes one of 240.0.0.0/4, which no network uses; an IPv6 address one of
/// fd76:6564::/32; a number a number; everything else letters and digits, which need no escape in
/// any format.
///   method   ada@example.com    198.51.100.9     2001:db8::7        4711              ada
///   hash     p<16 digits>       240.x.x.x        fd76:6564:x...     <15 digits>       p<16 digits>
///   redact   redacted           0.0.0.0          ::                 0                 redacted
///   partial  x@example.com      198.51.100.0     2001:db8::         0                 axx
/// A value that is such a mask already stays as it is (numbers cannot be told). Pseudonyms of IPv4
/// addresses have 28 bits: among 20,000 of them half the time two are the same.
/// Letters of A to Z count as small, because names are compared so.   Cost of hash: one
/// HMAC-SHA256.
std::string masked(std::string_view value, Method method, std::string_view key);

}  // namespace vedette::engine::masking
