// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Text of unknown origin made fit for eyes. Logs are written by attackers: what they wrote must
/// neither drive a terminal, nor run in a browser, nor look like something it is not.
///
/// Everything that draws nothing or moves what is drawn is shown by its number: control characters
/// as \x1b, direction marks and invisible characters as \u202e, bytes that are not UTF-8 as \xff.
namespace vedette::report {

/// One character, or one byte that belongs to none.
struct Glyph {
    std::string_view bytes;   ///< as in the text
    bool is_shown = true;     ///< false: show its number instead
    std::size_t columns = 1;  ///< 0 for a combining mark, 2 for a wide character
};

/// Takes the next glyph off `text`, which is not empty.
/// Source: Unicode 15 general categories Cc, Cf, Zl, Zp; East Asian Width W and F
Glyph take_glyph(std::string_view& text);

/// The number of a glyph that is not shown: "\\x1b", "\\u202e".
std::string number_of(const Glyph& glyph);

/// Walks through text as it will be drawn: safe pieces with their columns, piles of combining marks
/// beyond kCombiningMax by their numbers.
class Drawing {
  public:
    explicit Drawing(std::string_view text) : text_(text), rest_(text) {}

    struct Piece {
        std::string text;
        std::size_t columns = 0;
        bool is_blank = false;
    };
    bool is_at_end() const { return rest_.empty(); }
    /// Bytes of the text that were drawn.
    std::size_t offset() const { return text_.size() - rest_.size(); }
    Piece next();

  private:
    std::string_view text_, rest_;
    std::size_t combining_ = 0;
};

/// Columns that terminals give to text that went through plain().
std::size_t columns_of(std::string_view text);

/// The text with every dangerous character shown by its number; ends of lines as well.
std::string plain(std::string_view text);

/// plain(), and at most `columns` wide: cut with an ellipsis. Cost: O(columns), not O(text).
std::string fit(std::string_view text, std::size_t columns);

/// fit(), then filled up with blanks.
std::string pad(std::string_view text, std::size_t columns);

/// plain(), broken at blanks into at most `lines_max` lines; the last is cut with an ellipsis.
std::vector<std::string> wrap(std::string_view text, std::size_t columns, std::size_t lines_max);

/// For HTML text and double-quoted attributes: & < > " ' as references, and characters that are not
/// shown as <i>their number</i>; in attributes the number alone.
void append_html(std::string& out, std::string_view text);
void append_attribute(std::string& out, std::string_view text);

/// At most `size_bytes_max` bytes, cut between characters.
std::string_view cut_bytes(std::string_view text, std::size_t size_bytes_max);

}  // namespace vedette::report
