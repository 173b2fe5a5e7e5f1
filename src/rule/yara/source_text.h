// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::rule::yara {

/// A part of a rule file that can be taken out of it without harm to the others.
struct Piece {
    enum class Kind : std::uint8_t { rule, import, include };
    Kind kind = Kind::rule;
    std::string name;  ///< of the rule; the module; the file
    std::size_t begin = 0, end = 0;
    std::uint32_t line = 1, column = 1;  ///< of its name, from 1
    std::uint32_t line_end = 1;
    std::size_t strings = 0;  ///< that the rule declares
    bool is_whole = true;     ///< false: the file ended within it
};

/// Cuts a rule file into its rules and directives, in order: where each begins and ends, which
/// text, expression and remark is skipped over. libyara's own parser decides what is right; this
/// one knows only enough to say which rule an error belongs to, and to take a rule out. Does not
/// promise: anything about text between pieces.   Cost: one pass. Source: YARA 4.2, "Writing YARA
/// rules"
std::vector<Piece> pieces_of(std::string_view text);

/// Blanks what lies in [begin, end) but keeps its lines, so that those behind keep their numbers.
void blank(std::string& text, std::size_t begin, std::size_t end);

/// Column (from 1) at which `word` stands as a word in a line (from 1) of the text; where it does
/// not, that of the line's first byte that is no blank.
std::uint32_t column_of(std::string_view text, std::uint32_t line, std::string_view word);

}  // namespace vedette::rule::yara
