// SPDX-License-Identifier: Apache-2.0
#include "rule/search/regex.h"

#include <re2/re2.h>

#include <algorithm>

#include "base/check.h"
#include "base/json_text.h"
#include "rule/search/limits.h"

namespace vedette::rule::search {

namespace {

RE2::Options regex_options() {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_dot_nl(true);
    options.set_max_mem(static_cast<std::int64_t>(kRegexBytesMax));
    return options;
}

bool is_word_byte(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || byte >= 0x80;
}

bool is_wildcard(const Value& value, std::size_t at) {
    return std::binary_search(value.wildcards.begin(), value.wildcards.end(), at);
}

void append_literal(std::string& out, char c) {
    static constexpr std::string_view kSpecial = "\\^$.|?*+()[]{}/-";
    if (kSpecial.find(c) != std::string_view::npos) out.push_back('\\');
    out.push_back(c);
}

// In JSON text a backslash is two, a quote and maybe a slash has one in front.
void append_raw_literal(std::string& out, char c) {
    if (c == '\\') {
        out += "\\\\+";
    } else if (c == '"') {
        out += "\\\\*\"";
    } else if (c == '/') {
        out += "\\\\?\\/";
    } else {
        append_literal(out, c);
    }
}

constexpr std::string_view kWordBegins = "(?:^|[\\x00-\\/:-@\\[-`{-\\x7f])";
constexpr std::string_view kWordEnds = "(?:$|[\\x00-\\/:-@\\[-`{-\\x7f])";

}  // namespace

Regex::Regex(std::string_view pattern)
    : regex_(std::make_unique<RE2>(re2::StringPiece(pattern.data(), pattern.size()),
                                   regex_options())) {
    VD_CHECK(regex_->ok());
}
Regex::~Regex() = default;
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;

bool Regex::is_in(std::string_view text) const {
    return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *regex_);
}

std::string regex_of_pattern(std::string_view pattern) { return "(?i)" + std::string(pattern); }

std::optional<base::Error> regex_problem(std::string_view pattern) {
    const std::string text = regex_of_pattern(pattern);
    const RE2 regex(text, regex_options());
    if (regex.ok()) return std::nullopt;
    base::Error error{base::ErrorCode::bad_input,
                      "this regular expression is wrong: " + regex.error(),
                      {},
                      {},
                      false};
    switch (regex.error_code()) {
        case RE2::ErrorRepeatOp:
        case RE2::ErrorBadPerlOp:
            error.hint =
                "look-around and back-references do not exist here; write (?:...) for a group";
            break;
        case RE2::ErrorMissingParen:
            error.hint = "close every ( with a ), or write \\( for a bracket as such";
            break;
        case RE2::ErrorMissingBracket:
            error.hint = "close every [ with a ], or write \\[ for a bracket as such";
            break;
        case RE2::ErrorPatternTooLarge: error.hint = "make it shorter, or repeat less often"; break;
        default: break;
    }
    return error;
}

std::string regex_of_value(const Value& value) {
    std::string out = "^";
    for (std::size_t i = 0; i < value.text.size(); ++i) {
        if (!is_wildcard(value, i)) {
            append_literal(out, value.text[i]);
        } else {
            out += value.text[i] == '*' ? ".*" : ".";
        }
    }
    return out + "$";
}

std::string regex_of_phrase(const Value& value, bool is_raw) {
    const std::string& text = value.text;
    std::string out;
    if (!text.empty() && !is_wildcard(value, 0) && is_word_byte(text.front())) out += kWordBegins;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_wildcard(value, i)) {
            out += text[i] == '*' ? "[^ \\t\\r\\n]*" : "[^ \\t\\r\\n]";
        } else if (is_raw) {
            append_raw_literal(out, text[i]);
        } else {
            append_literal(out, text[i]);
        }
    }
    if (!text.empty() && !is_wildcard(value, text.size() - 1) && is_word_byte(text.back())) {
        out += kWordEnds;
    }
    return out;
}

std::string words_of_phrase(const Value& value) {
    std::string out, word;
    bool is_whole = true;  // the word began at a place where every match begins a word, too
    const auto end_word = [&](bool ends_whole) {
        if (is_whole && ends_whole && !word.empty()) out += (out.empty() ? "" : " ") + word;
        word.clear();
        is_whole = true;
    };
    for (std::size_t i = 0; i < value.text.size(); ++i) {
        if (is_wildcard(value, i)) {
            end_word(false);
            is_whole = false;
        } else if (is_word_byte(value.text[i])) {
            word.push_back(value.text[i]);
        } else {
            end_word(true);
        }
    }
    end_word(true);
    return out;
}

}  // namespace vedette::rule::search
