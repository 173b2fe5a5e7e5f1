// SPDX-License-Identifier: Apache-2.0
#include "store/host/statement.h"

#include <algorithm>
#include <array>

namespace vedette::store::host {

namespace {

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; };
        return lower(x) == lower(y);
    });
}

/// Gives the words that stand outside of quotes, comments and brackets.
class Words {
  public:
    explicit Words(std::string_view text) : text_(text) {}

    /// The next word, or empty at the end. position() is then just behind it.
    std::string_view next() {
        while (at_ < text_.size()) {
            if (skip_comment() || skip_quoted()) continue;
            const char c = text_[at_];
            if (c == '(' || c == '[' || c == '{') ++depth_;
            if ((c == ')' || c == ']' || c == '}') && depth_ > 0) --depth_;
            if (!is_word(c)) {
                ++at_;
                continue;
            }
            const std::size_t begin = at_;
            while (at_ < text_.size() && is_word(text_[at_])) ++at_;
            if (depth_ == 0) return text_.substr(begin, at_ - begin);
        }
        return {};
    }

    std::size_t position() const { return at_; }

  private:
    bool skip_to(std::size_t end, std::size_t size) {
        at_ = end == std::string_view::npos ? text_.size() : end + size;
        return true;
    }

    bool skip_comment() {
        const std::string_view rest = text_.substr(at_);
        if (rest.starts_with("--")) return skip_to(text_.find('\n', at_), 1);
        if (rest.starts_with("/*")) return skip_to(text_.find("*/", at_ + 2), 2);
        return false;
    }

    bool skip_quoted() {
        const char quote = text_[at_];
        if (quote != '\'' && quote != '"' && quote != '`') return false;
        for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
            if (text_[at_] == '\\') ++at_;
        }
        at_ = std::min(at_ + 1, text_.size());
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
};

std::string_view trim_end(std::string_view text) {
    while (!text.empty() && (is_blank(text.back()) || text.back() == ';')) text.remove_suffix(1);
    return text;
}

/// Rows in the statement's own text begin behind the blanks and the one line end that follow FORMAT
/// X.
std::string_view rows_behind(std::string_view rest) {
    std::size_t at = 0;
    while (at < rest.size() && (rest[at] == ' ' || rest[at] == '\t' || rest[at] == '\r')) ++at;
    if (at < rest.size() && rest[at] == '\n') ++at;
    return rest.substr(at);
}

Statement split_insert(std::string_view text, Words words) {
    for (std::string_view word = words.next(); !word.empty(); word = words.next()) {
        const std::size_t begin = words.position() - word.size();
        if (equals_ignoring_case(word, "select") || equals_ignoring_case(word, "with")) break;
        if (equals_ignoring_case(word, "values")) {
            return {StatementKind::insert_rows, text.substr(0, begin), "Values",
                    text.substr(words.position())};
        }
        if (equals_ignoring_case(word, "format")) {
            const std::string_view format = words.next();
            return {StatementKind::insert_rows, text.substr(0, begin), format,
                    rows_behind(text.substr(words.position()))};
        }
    }
    return {StatementKind::other, trim_end(text), {}, {}};
}

}  // namespace

Statement split_statement(std::string_view text) {
    Words words(text);
    const std::string_view first = words.next();
    if (equals_ignoring_case(first, "insert")) return split_insert(text, words);
    Statement out{StatementKind::other, trim_end(text), {}, {}};
    if (equals_ignoring_case(first, "select") || equals_ignoring_case(first, "with")) {
        out.kind = StatementKind::select;
    }
    // A FORMAT clause is the last thing, or only SETTINGS follow it, which then stay with the
    // engine.
    for (std::string_view word = first; !word.empty(); word = words.next()) {
        if (!equals_ignoring_case(word, "format")) continue;
        const std::size_t begin = words.position() - word.size();
        const std::string_view format = words.next();
        if (!format.empty() && trim_end(text.substr(words.position())).empty()) {
            out.sql = trim_end(text.substr(0, begin));
            out.format = format;
        }
    }
    return out;
}

bool is_streamable_format(std::string_view format) {
    static constexpr std::array<std::string_view, 13> kRowByRow = {
        "JSONEachRow",  "JSONLines", "NDJSON",          "JSONCompactEachRow",
        "TabSeparated", "TSV",       "TabSeparatedRaw", "TSVRaw",
        "CSV",          "RowBinary", "Native",          "LineAsString",
        "RawBLOB"};
    return std::find(kRowByRow.begin(), kRowByRow.end(), format) != kRowByRow.end();
}

}  // namespace vedette::store::host
