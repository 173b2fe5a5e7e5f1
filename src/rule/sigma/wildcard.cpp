// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/wildcard.h"

#include <algorithm>

#include "rule/sigma/fold.h"

namespace vedette::rule::sigma {

namespace {

using Token = Wildcard::Token;
using Kind = Wildcard::Token::Kind;

/// Literals side by side become one, several stars one star.
std::vector<Token> joined(std::vector<Token> tokens) {
    std::vector<Token> out;
    for (Token& token : tokens) {
        if (token.kind == Kind::literal && token.text.empty()) continue;
        const bool same = !out.empty() && out.back().kind == token.kind;
        if (same && token.kind == Kind::literal) {
            out.back().text += token.text;
        } else if (!same || token.kind == Kind::one) {
            out.push_back(std::move(token));
        }
    }
    return out;
}

}  // namespace

Wildcard::Wildcard(std::vector<Token> tokens) : tokens_(joined(std::move(tokens))) { find_shape(); }

Wildcard Wildcard::parse(std::string_view written) {
    std::vector<Token> tokens;
    std::string text;
    const auto flush = [&] {
        if (!text.empty()) tokens.push_back({Kind::literal, std::move(text)});
        text.clear();
    };
    for (std::size_t i = 0; i < written.size(); ++i) {
        const char c = written[i];
        const char next = i + 1 < written.size() ? written[i + 1] : '\0';
        if (c == '\\' && (next == '*' || next == '?' || next == '\\')) {
            text.push_back(next);
            ++i;
        } else if (c == '*' || c == '?') {
            flush();
            tokens.push_back({c == '*' ? Kind::many : Kind::one});
        } else {
            text.push_back(c);
        }
    }
    flush();
    return Wildcard(std::move(tokens));
}

Wildcard Wildcard::literal(std::string_view text) {
    return Wildcard({{Kind::literal, std::string(text)}});
}

bool Wildcard::has_wildcards() const {
    return std::any_of(tokens_.begin(), tokens_.end(),
                       [](const Token& token) { return token.kind != Kind::literal; });
}

std::string Wildcard::plain_text() const {
    return tokens_.empty() ? std::string() : tokens_.front().text;
}

std::string Wildcard::written() const {
    std::string out;
    for (const Token& token : tokens_) {
        if (token.kind == Kind::many) out.push_back('*');
        if (token.kind == Kind::one) out.push_back('?');
        for (const char c : token.text) {
            if (c == '*' || c == '?' || c == '\\') out.push_back('\\');
            out.push_back(c);
        }
    }
    return out;
}

void Wildcard::find_shape() {
    std::vector<Token> rest = tokens_;
    const bool is_open_left = !rest.empty() && rest.front().kind == Kind::many;
    if (is_open_left) rest.erase(rest.begin());
    const bool is_open_right = !rest.empty() && rest.back().kind == Kind::many;
    if (is_open_right) rest.pop_back();
    const bool is_literal =
        rest.empty() || (rest.size() == 1 && rest.front().kind == Kind::literal);
    if (!is_literal) {
        shape_ = Shape::other;
        return;
    }
    literal_ = rest.empty() ? std::string() : rest.front().text;
    if (is_open_left && (is_open_right || literal_.empty())) {
        shape_ = Shape::anywhere;
    } else if (is_open_left) {
        shape_ = Shape::end;
    } else {
        shape_ = is_open_right ? Shape::start : Shape::whole;
    }
}

bool Wildcard::matches(std::string_view text) const {
    switch (shape_) {
        case Shape::whole: return text == literal_;
        case Shape::start: return text.starts_with(literal_);
        case Shape::end: return text.ends_with(literal_);
        case Shape::anywhere: return text.find(literal_) != std::string_view::npos;
        case Shape::other: return matches_tokens(text);
    }
    return false;
}

bool Wildcard::matches_tokens(std::string_view text) const {
    std::size_t at = 0, token = 0;
    std::size_t star_token = tokens_.size(), star_at = 0;  // where the last `*` was, and its reach
    for (;;) {
        bool is_stuck = false;
        if (token == tokens_.size()) {
            if (at == text.size()) return true;
            is_stuck = true;
        } else if (tokens_[token].kind == Kind::many) {
            star_token = token++;
            star_at = at;
        } else if (tokens_[token].kind == Kind::one) {
            is_stuck = at == text.size();
            if (!is_stuck) next_code_point(text, at), ++token;
        } else {
            is_stuck = !text.substr(at).starts_with(tokens_[token].text);
            if (!is_stuck) at += tokens_[token++].text.size();
        }
        if (!is_stuck) continue;
        if (star_token == tokens_.size() || star_at == text.size()) return false;
        next_code_point(text, star_at);
        at = star_at;
        token = star_token + 1;
    }
}

}  // namespace vedette::rule::sigma
