// SPDX-License-Identifier: Apache-2.0
#include "rule/search/scanner.h"

#include <algorithm>

namespace vedette::rule::search {

namespace {

constexpr std::string_view kEscapable = "\\\"'():*?<>=[]{}/!&|-+,";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

}  // namespace

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool is_escapable(char c) { return is_blank(c) || kEscapable.find(c) != std::string_view::npos; }

std::string_view keyword(std::string_view word) {
    for (const std::string_view known : {"and", "or", "not"}) {
        if (word.size() == known.size() &&
            std::equal(word.begin(), word.end(), known.begin(),
                       [](char a, char b) { return lower(a) == b; })) {
            return known;
        }
    }
    return {};
}

std::string print_quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out.push_back('\\');
        out.push_back(c);
    }
    return out + '"';
}

void Scanner::skip_blanks() {
    while (!is_at_end() && is_blank(query_[at_])) ++at_;
}

Word Scanner::word(std::string_view stops) const {
    Word word;
    word.at = at_;
    std::size_t at = at_;
    for (; at < query_.size(); ++at) {
        char c = query_[at];
        if (c == '\\' && at + 1 < query_.size() && is_escapable(query_[at + 1])) {
            word.has_escapes = true;
            word.text.push_back(query_[++at]);
            continue;
        }
        if (is_blank(c) || c == '|' || stops.find(c) != std::string_view::npos) break;
        if (c == '*' || c == '?') word.wildcards.push_back(word.text.size());
        if (c == ':' && !word.colon) {
            word.colon = word.text.size();
            word.colon_at = at;
        }
        if (c == '=' && !word.equals) word.equals = word.text.size();
        word.text.push_back(c);
    }
    word.end = at;
    return word;
}

tl::expected<Value, Problem> Scanner::quoted() {
    Value value;
    value.is_quoted = true;
    value.at = at_;
    for (std::size_t at = at_ + 1; at < query_.size(); ++at) {
        const char c = query_[at];
        if (c == '"') {
            at_ = at + 1;
            return value;
        }
        const bool is_escape = c == '\\' && at + 1 < query_.size() &&
                               (query_[at + 1] == '"' || query_[at + 1] == '\\');
        value.text.push_back(is_escape ? query_[++at] : c);
    }
    return tl::unexpected(
        Problem{at_, "this quote is never closed",
                "put a \" at the end of the phrase, or \\\" for a quote as such"});
}

bool Scanner::ends_value(std::size_t at) const {
    return at >= query_.size() || is_blank(query_[at]) || query_[at] == ')' || query_[at] == '|';
}

tl::expected<std::optional<Value>, Problem> Scanner::pattern() {
    Value value;
    value.at = at_;
    bool has_blank = false;
    for (std::size_t at = at_ + 1; at < query_.size(); ++at) {
        const char c = query_[at];
        if (c == '\\' && at + 1 < query_.size()) {
            if (query_[at + 1] != '/') value.text.push_back(c);
            value.text.push_back(query_[++at]);
            continue;
        }
        if (has_blank && (c == ':' || c == '"')) break;
        if (c == '/' && at > at_ + 1 && ends_value(at + 1) && !is_blank(query_[at - 1])) {
            if (has_blank) {
                return tl::unexpected(
                    Problem{at_, "a blank ends a value, so this is not a regular expression",
                            "write \\s for a blank inside /.../, or quote it if it is a path"});
            }
            at_ = at + 1;
            return value;
        }
        if (c == '/' && !has_blank) break;
        has_blank = has_blank || is_blank(c);
        value.text.push_back(c);
    }
    return std::nullopt;
}

}  // namespace vedette::rule::search
