// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cctype>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "rule/sigma/regex.h"
#include "rule/sigma/wildcard.h"

namespace vedette::tests {

/// Writes a text as it reads the common part of the language of expressions (literals, classes,
/// groups, alternatives, repetitions). Anchors and boundaries are passed over, so it is a guess.
class ExpressionWriter {
  public:
    ExpressionWriter(std::string_view expression, std::mt19937& random)
        : text_(expression), random_(random) {}

    std::string write() {
        std::string out;
        alternatives(out, true);
        return out;
    }

  private:
    bool is_at_end() const { return at_ >= text_.size(); }
    std::size_t below(std::size_t end) { return random_() % end; }

    /// Writes one of the alternatives up to a closing parenthesis; all are read.
    void alternatives(std::string& out, bool is_written) {
        std::vector<std::string> writings(1);
        while (!is_at_end() && text_[at_] != ')') {
            if (text_[at_] == '|') {
                ++at_;
                writings.emplace_back();
                continue;
            }
            repeated(writings.back());
        }
        if (is_written) out += writings[below(writings.size())];
    }

    void repeated(std::string& out) {
        const std::size_t begin = at_;
        std::string once;
        atom(once);
        std::size_t least = 1, most = 1;
        if (!quantifier(least, most)) {
            out += once;
            return;
        }
        const std::size_t behind = at_;
        const std::size_t count = least + below(std::min<std::size_t>(most - least, 2) + 1);
        for (std::size_t i = 0; i < count; ++i) {
            at_ = begin;
            atom(out);
        }
        at_ = behind;
    }

    bool quantifier(std::size_t& least, std::size_t& most) {
        if (is_at_end()) return false;
        const char c = text_[at_];
        if (c == '*' || c == '+' || c == '?') {
            ++at_;
            least = c == '+' ? 1 : 0;
            most = c == '?' ? 1 : least + 2;
        } else if (c == '{' && at_ + 1 < text_.size() && std::isdigit(text_[at_ + 1]) != 0) {
            ++at_;
            least = most = number();
            if (!is_at_end() && text_[at_] == ',') {
                ++at_;
                most = !is_at_end() && text_[at_] == '}' ? least + 2 : number();
            }
            ++at_;
        } else {
            return false;
        }
        if (!is_at_end() && text_[at_] == '?') ++at_;
        return true;
    }

    std::size_t number() {
        std::size_t value = 0;
        for (; !is_at_end() && std::isdigit(text_[at_]) != 0; ++at_) {
            value = value * 10 + static_cast<std::size_t>(text_[at_] - '0');
        }
        return value;
    }

    void atom(std::string& out) {
        const char c = text_[at_++];
        if (c == '(') return group(out);
        if (c == '[') return one_of_class(out);
        if (c == '\\') return escape(out);
        if (c == '^' || c == '$') return;
        out.push_back(c == '.' ? "x9 "[below(3)] : c);
    }

    void group(std::string& out) {
        if (!is_at_end() && text_[at_] == '?') {
            while (!is_at_end() && text_[at_] != ':' && text_[at_] != ')' && text_[at_] != '=' &&
                   text_[at_] != '!') {
                ++at_;
            }
            const bool is_flags = is_at_end() || text_[at_] == ')';
            ++at_;
            if (is_flags) return;
        }
        alternatives(out, true);
        ++at_;
    }

    void escape(std::string& out) {
        if (is_at_end()) return;
        const char c = text_[at_++];
        switch (c) {
            case 'd': out.push_back('7'); return;
            case 'w': out.push_back("aZ5"[below(3)]); return;
            case 's': out.push_back(' '); return;
            case 'S':
            case 'D':
            case 'W': out.push_back('-'); return;
            case 'b':
            case 'B': return;
            case 't': out.push_back('\t'); return;
            case 'n': out.push_back('\n'); return;
            case 'r': out.push_back('\r'); return;
            case 'x':
                out.push_back(static_cast<char>(
                    std::strtol(std::string(text_.substr(at_, 2)).c_str(), nullptr, 16)));
                at_ += 2;
                return;
            default: out.push_back(c);
        }
    }

    /// A member of a class; of a negated one some character that it does not name.
    void one_of_class(std::string& out) {
        const bool is_negated = !is_at_end() && text_[at_] == '^';
        if (is_negated) ++at_;
        std::string members;
        for (bool is_first = true; !is_at_end() && (is_first || text_[at_] != ']');
             is_first = false) {
            if (text_[at_] == '\\') {
                ++at_;
                escape(members);
            } else {
                members.push_back(text_[at_++]);
            }
            if (at_ + 1 < text_.size() && text_[at_] == '-' && text_[at_ + 1] != ']') {
                const char last = text_[at_ + 1];
                for (char c = members.empty() ? last : members.back(); c < last; ++c) {
                    members.push_back(static_cast<char>(c + 1));
                }
                at_ += 2;
            }
        }
        ++at_;
        if (!is_negated) {
            if (!members.empty()) out.push_back(members[below(members.size())]);
            return;
        }
        for (const char c : std::string_view("qZ3-~ ")) {
            if (members.find(c) == std::string::npos) return out.push_back(c);
        }
    }

    std::string_view text_;
    std::mt19937& random_;
    std::size_t at_ = 0;
};

/// A text that a wildcard pattern meets.
inline std::string text_meeting(const rule::sigma::Wildcard& pattern, std::mt19937& random) {
    std::string out;
    for (const rule::sigma::Wildcard::Token& token : pattern.tokens()) {
        using Kind = rule::sigma::Wildcard::Token::Kind;
        if (token.kind == Kind::literal) out += token.text;
        if (token.kind == Kind::one) out += "q";
        if (token.kind == Kind::many && random() % 2 == 0) out += random() % 2 == 0 ? "zz" : " ";
    }
    return out;
}

/// A text that an expression meets; nothing if none was found.
inline std::optional<std::string> text_meeting(const rule::sigma::Regex& regex,
                                               std::mt19937& random) {
    constexpr int kTries = 20;
    for (int i = 0; i < kTries; ++i) {
        std::string text = ExpressionWriter(regex.expression(), random).write();
        if (regex.matches(text)) return text;
        text += "z";
        if (regex.matches(text)) return text;
    }
    return std::nullopt;
}

}  // namespace vedette::tests
