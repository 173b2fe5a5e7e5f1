// SPDX-License-Identifier: Apache-2.0
#include "rule/yara/source_text.h"

#include <algorithm>

namespace vedette::rule::yara {

namespace {

bool is_word_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Goes through the text token by token.
class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    std::vector<Piece> read() {
        while (skip_blanks()) {
            if (text_[at_] == '"') {
                skip_quoted('"');
            } else if (is_word_byte(text_[at_])) {
                read_word();
            } else {
                step();
            }
        }
        return std::move(pieces_);
    }

  private:
    /// Past one byte, counting lines.
    void step() {
        if (text_[at_] == '\n') ++line_, line_begin_ = at_ + 1;
        ++at_;
    }
    void step_to(std::size_t end) {
        while (at_ < end && at_ < text_.size()) step();
    }
    bool starts(std::string_view with) const { return text_.substr(at_).starts_with(with); }

    /// Past blanks and remarks; false at the end.
    bool skip_blanks() {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
                step();
            } else if (starts("//")) {
                step_to(text_.find('\n', at_));
            } else if (starts("/*")) {
                const std::size_t end = text_.find("*/", at_ + 2);
                step_to(end == std::string_view::npos ? text_.size() : end + 2);
            } else {
                return true;
            }
        }
        return false;
    }

    /// Past a text or expression, which end on their line.
    void skip_quoted(char quote) {
        step();
        while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n') {
            if (text_[at_] == '\\') step();
            if (at_ < text_.size() && text_[at_] != '\n') step();
        }
        if (at_ < text_.size() && text_[at_] == quote) step();
    }

    std::string_view word() {
        const std::size_t begin = at_;
        while (at_ < text_.size() && is_word_byte(text_[at_])) ++at_;
        return text_.substr(begin, at_ - begin);
    }

    void read_word() {
        if (!has_begun_) begin_ = at_, has_begun_ = true;
        const std::string_view found = word();
        if (found == "private" || found == "global") return;
        if (found == "import" || found == "include") {
            read_directive(found == "import" ? Piece::Kind::import : Piece::Kind::include);
        } else if (found == "rule") {
            read_rule();
        }
        has_begun_ = false;
    }

    Piece begin_piece(Piece::Kind kind) {
        Piece piece;
        piece.kind = kind;
        piece.begin = begin_;
        piece.line = line_;
        piece.column = static_cast<std::uint32_t>(at_ - line_begin_ + 1);
        return piece;
    }

    void end_piece(Piece piece) {
        piece.end = at_;
        piece.line_end = line_;
        pieces_.push_back(std::move(piece));
    }

    void read_directive(Piece::Kind kind) {
        if (!skip_blanks() || text_[at_] != '"') return;
        Piece piece = begin_piece(kind);
        const std::size_t begin = at_ + 1;
        skip_quoted('"');
        piece.name = text_.substr(begin, at_ - begin - (text_[at_ - 1] == '"' ? 1 : 0));
        end_piece(std::move(piece));
    }

    void read_rule() {
        skip_blanks();
        Piece piece = begin_piece(Piece::Kind::rule);
        piece.name = word();
        while (skip_blanks() && text_[at_] != '{' && text_[at_] != '}') step();
        int depth = 0;
        do {
            if (!skip_blanks()) {
                piece.is_whole = false;
                break;
            }
            read_in_rule(piece, depth);
        } while (depth > 0);
        end_piece(std::move(piece));
    }

    void read_in_rule(Piece& piece, int& depth) {
        const char c = text_[at_];
        if (c == '"' || c == '/') return skip_quoted(c);
        if (c == '{') ++depth;
        if (c == '}') --depth;
        if (c != '$') return step();
        step();
        word();
        skip_blanks();
        const bool is_declared = starts("=") && !starts("==");
        if (is_declared) ++piece.strings;
    }

    std::string_view text_;
    std::size_t at_ = 0, line_begin_ = 0;
    std::uint32_t line_ = 1;
    std::size_t begin_ = 0;
    bool has_begun_ = false;
    std::vector<Piece> pieces_;
};

}  // namespace

std::vector<Piece> pieces_of(std::string_view text) { return Reader(text).read(); }

void blank(std::string& text, std::size_t begin, std::size_t end) {
    for (std::size_t at = begin; at < std::min(end, text.size()); ++at) {
        if (text[at] != '\n') text[at] = ' ';
    }
}

std::uint32_t column_of(std::string_view text, std::uint32_t line, std::string_view word) {
    for (std::uint32_t i = 1; i < line; ++i) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) return 1;
        text.remove_prefix(end + 1);
    }
    text = text.substr(0, text.find('\n'));
    for (std::size_t at = 0; !word.empty(); at += word.size()) {
        at = text.find(word, at);
        if (at == std::string_view::npos) break;
        const std::size_t end = at + word.size();
        const bool begins = at == 0 || !is_word_byte(text[at - 1]);
        if (begins && (end == text.size() || !is_word_byte(text[end]))) {
            return static_cast<std::uint32_t>(at + 1);
        }
    }
    const std::size_t first = text.find_first_not_of(" \t");
    return first == std::string_view::npos ? 1 : static_cast<std::uint32_t>(first + 1);
}

}  // namespace vedette::rule::yara
