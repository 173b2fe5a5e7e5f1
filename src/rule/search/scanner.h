// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rule/search/query.h"

namespace vedette::rule::search {

/// Blanks between words: what ASCII calls white space.
bool is_blank(char c);
/// Characters that a backslash makes ordinary. In front of any other a backslash is a backslash, so
/// that DOMAIN\user and most Windows paths can be typed as they are.
bool is_escapable(char c);
/// "and", "or" or "not" in any case, if the word is one of them; else empty.
std::string_view keyword(std::string_view word);

/// Text between double quotes, with \" and \\ for the two.
std::string print_quoted(std::string_view text);

/// A run of characters up to a blank, bracket or quote, with its escapes resolved.
struct Word {
    std::string text;
    std::vector<std::size_t> wildcards = {};
    std::size_t at = 0;                      ///< byte in the query where it begins
    std::size_t end = 0;                     ///< byte behind it
    std::optional<std::size_t> colon = {};   ///< place in text of the first ':' not escaped
    std::optional<std::size_t> equals = {};  ///< the same of '='
    std::size_t colon_at = 0;                ///< byte of that colon in the query
    bool has_escapes = false;

    Value value() const { return {text, wildcards, false, at}; }
};

/// Reads the query character by character; knows words, quotes and patterns, not what they mean.
class Scanner {
  public:
    explicit Scanner(std::string_view query) : query_(query) {}

    std::size_t at() const { return at_; }
    void go_to(std::size_t at) { at_ = at; }
    bool is_at_end() const { return at_ >= query_.size(); }
    /// The next character, or '\0' at the end.
    char peek(std::size_t ahead = 0) const {
        return at_ + ahead < query_.size() ? query_[at_ + ahead] : '\0';
    }
    bool starts_with(std::string_view text) const {
        return query_.substr(at_, text.size()) == text;
    }
    void skip_blanks();
    /// A word that ends before a blank, a pipe or one of `stops`.
    Word word(std::string_view stops) const;
    /// The text in double quotes that begins here.
    tl::expected<Value, Problem> quoted();
    /// A pattern between slashes that begins here, if it is one: a path (/etc/passwd) is none,
    /// because a pattern ends with a slash that is followed by a blank, a bracket, a pipe or the
    /// end.
    tl::expected<std::optional<Value>, Problem> pattern();
    std::string_view query() const { return query_; }

  private:
    bool ends_value(std::size_t at) const;

    std::string_view query_;
    std::size_t at_ = 0;
};

}  // namespace vedette::rule::search
