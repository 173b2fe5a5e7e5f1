// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vedette::base {

/// Nothing if it is not base64. Padding may be missing; the letters of the URL-safe alphabet are
/// taken too.   Source: RFC 4648 sections 4 and 5
std::optional<std::string> base64_decoded(std::string_view text);

/// Appends base64 with padding.   Source: RFC 4648 section 4
void append_base64(std::string& out, std::string_view bytes);

}  // namespace vedette::base
