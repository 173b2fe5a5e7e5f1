// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::rule::sigma {

/// Base64 with padding.   Source: RFC 4648 section 4
std::string base64(std::string_view bytes);

/// What of a text is certain to stand in the Base64 of any longer text that contains it, when it
/// begins 0, 1 or 2 bytes after a group of three. The characters that also depend on the bytes
/// before and behind are cut off.   Source: Sigma modifiers appendix, base64offset
std::array<std::string, 3> base64_offsets(std::string_view bytes);

enum class Utf16 { little, big, little_with_mark };

/// UTF-8 to UTF-16 as bytes. Bytes that are not UTF-8 become U+FFFD.
std::string utf16(std::string_view text, Utf16 order);

/// All writings of a literal part in which a dash that begins a flag (no word character before it,
/// one behind it) is any of - / en dash, em dash, horizontal bar. The first is the text as given.
/// Stops after `count_max` + 1 writings; the caller refuses more than `count_max`.
std::vector<std::string> windash(std::string_view text, std::size_t count_max);

}  // namespace vedette::rule::sigma
