// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::rule::sigma {

/// Text in lower case, for comparing without case.
///
/// Code point by code point (Unicode simple lower-casing), never by context: so the fold of a part
/// is the part of the fold, which `contains` needs. Bytes that are not UTF-8 stay as they are. Does
/// not promise: locale rules (Turkish dotless i), or one-to-many folds (the German sharp s). Cost:
/// about 1 ns a byte for ASCII.   Source: Unicode 14 UnicodeData.txt through ICU u_tolower
std::string fold(std::string_view text);

/// The same into a buffer that is used again.
void fold_into(std::string_view text, std::string& out);

/// The characters beyond ASCII whose fold is of ASCII, in UTF-8: the Kelvin sign is k.
const std::vector<std::string>& characters_folding_to_ascii();

/// Whether a code point is part of a word: letter, digit or underscore.
bool is_word(std::int32_t code_point);

/// Reads the code point at `index` and moves past it. A byte that is not UTF-8 gives -1.
std::int32_t next_code_point(std::string_view text, std::size_t& index);

/// `text` cut to at most `size_bytes_max` at a code point's border, with "..." where it was cut.
std::string cut_text(std::string_view text, std::size_t size_bytes_max);

}  // namespace vedette::rule::sigma
