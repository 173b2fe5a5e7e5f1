// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vedette::rule::sigma {

/// A Sigma text value: literal text with `*` (any text, also none) and `?` (exactly one character).
///
/// Kept as a list of tokens, because modifiers work on the parts: wildcards are added at the ends,
/// literals are encoded. Matching is the textbook walk with one place to fall back to, so its worst
/// case is text times pattern; the usual shapes (whole, start, end, anywhere) are plain searches.
/// Does not fold case: give it folded text on both sides.
/// Source: Sigma rules specification, "String Wildcard" and "Escaping"
class Wildcard {
  public:
    struct Token {
        enum class Kind { literal, one, many };
        Kind kind = Kind::literal;
        std::string text = {};  ///< of a literal; never empty
        bool operator==(const Token&) const = default;
    };

    Wildcard() = default;
    explicit Wildcard(std::vector<Token> tokens);

    /// Reads a value as written in a rule: `\*`, `\?` and `\\` are the plain characters, any other
    /// backslash is itself. `\\\` and `\\\\` are both two backslashes.
    static Wildcard parse(std::string_view written);

    /// A text without wildcards.
    static Wildcard literal(std::string_view text);

    bool matches(std::string_view text) const;

    const std::vector<Token>& tokens() const { return tokens_; }
    bool has_wildcards() const;
    /// The text, if there are no wildcards.
    std::string plain_text() const;
    /// The value in Sigma's own writing: parse(written()) == *this.
    std::string written() const;
    bool operator==(const Wildcard& other) const { return tokens_ == other.tokens_; }

  private:
    enum class Shape { whole, start, end, anywhere, other };
    void find_shape();
    bool matches_tokens(std::string_view text) const;

    std::vector<Token> tokens_;
    Shape shape_ = Shape::whole;
    std::string literal_;  // of every shape but `other`
};

}  // namespace vedette::rule::sigma
