// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vedette::base {

/// Appends `text` as a JSON string with quotes. Bytes that are not UTF-8 become U+FFFD, so that the
/// output is always valid JSON.   Source: RFC 8259 section 7
void append_json_string(std::string& out, std::string_view text);

/// Appends `,"key":["a","b"]`.
void append_json_strings(std::string& out, std::string_view key,
                         const std::vector<std::string>& values);

/// Bytes of the UTF-8 sequence that `text` begins with, or 0 if it begins with none.
/// `text` must not be empty.   Source: RFC 3629 section 4
std::size_t utf8_sequence_size(std::string_view text);

}  // namespace vedette::base
