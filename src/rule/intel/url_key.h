// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vedette::rule::intel {

/// A URL in the form in which two are compared; see make_key(). Without a scheme it is one of http.
/// Lives: until `room` changes.   Source: RFC 3986 sections 3 and 6.2
std::optional<std::string_view> url_key(std::string_view text, std::string& room);

/// The host of a key that url_key() made, without its port; of addresses of version 6 without
/// brackets.
std::string_view url_host(std::string_view key);
/// Whether the key names nothing but its host.
bool is_host_alone(std::string_view key);

}  // namespace vedette::rule::intel
