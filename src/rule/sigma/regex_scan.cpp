// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/regex_scan.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "rule/sigma/fold.h"
#include "rule/sigma/limits.h"

namespace vedette::rule::sigma {

namespace {

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

/// Whether a value is ASCII without line feeds and vertical tabs, as nearly all are.
bool is_line_of_ascii(std::string_view value) {
    bool is_line = true;
    for (const char c : value) is_line = is_line & is_ascii(c) & (c != '\n') & (c != '\v');
    return is_line;
}

/// Reads an expression and stops at the first thing that is not on the list. Counts the characters
/// it stands for, repetitions written out: what an automaton of it has to have places for.
class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    bool is_known() {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            const bool is_fine = c == '\\'  ? one(escape(false))
                                 : c == '[' ? one(character_class())
                                 : c == '(' ? group()
                                 : c == ')' ? group_end()
                                 : c == '{' ? repetition()
                                            : character(c);
            if (!is_fine) return false;
        }
        return true;
    }
    std::size_t size() const { return size_; }
    bool stays_in_a_line() const { return stays_in_a_line_; }

  private:
    bool character(char c) {
        if (c == '\n') stays_in_a_line_ = false;
        return is_ascii(c) && c != '\0' && one(++at_ > 0);
    }

    bool one(bool is_fine) {
        last_ = 1;
        ++size_;
        return is_fine;
    }

    bool group_end() {
        if (groups_.empty()) return false;
        last_ = size_ - groups_.back();
        groups_.pop_back();
        return ++at_ > 0;
    }

    /// {3}, {3,} or {3,5} of what stood last; a brace that is none of it is itself.
    bool repetition() {
        if (follows(1, ",")) return false;
        std::size_t most = 0;
        std::size_t number = 0;
        for (++at_; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c >= '0' && c <= '9') {
                number = std::min<std::size_t>(number * 10 + static_cast<std::size_t>(c - '0'),
                                               1'000'000);
            } else if (c == ',' || c == '}') {
                most = std::max(most, number);
                number = 0;
            }
            if (c < '0' && c != ',') break;
            if (c > '9') break;
        }
        size_ += last_ * (std::max<std::size_t>(most, 1) - 1);
        last_ *= std::max<std::size_t>(most, 1);
        if (at_ < text_.size() && text_[at_] == '}') ++at_;
        return size_ <= kScannedRegexSizeMax;
    }

    bool follows(std::size_t skip, std::string_view word) const {
        return text_.substr(std::min(at_ + skip, text_.size())).starts_with(word);
    }

    bool escape(bool is_in_class) {
        if (at_ + 1 >= text_.size()) return false;
        const char c = text_[at_ + 1];
        constexpr std::string_view kAnywhere = "dDwWsStrnf";
        if (c == 'x') return hexadecimal();
        const bool is_boundary = c == 'b' || c == 'B';
        if (std::string_view("DsWn").find(c) != std::string_view::npos) stays_in_a_line_ = false;
        const bool is_fine = (is_ascii(c) && std::ispunct(static_cast<unsigned char>(c)) != 0) ||
                             kAnywhere.find(c) != std::string_view::npos ||
                             (is_boundary && !is_in_class);
        at_ += 2;
        return is_fine;
    }

    /// \x41, of ASCII.
    bool hexadecimal() {
        const auto is_digit = [&](std::size_t at) {
            return at < text_.size() && std::isxdigit(static_cast<unsigned char>(text_[at])) != 0;
        };
        const bool is_fine = is_digit(at_ + 2) && is_digit(at_ + 3) && text_[at_ + 2] < '8';
        at_ += 4;
        stays_in_a_line_ = false;  // not looked at more closely
        return is_fine;
    }

    bool character_class() {
        ++at_;
        if (at_ < text_.size() && text_[at_] == '^') {
            stays_in_a_line_ = false;
            ++at_;
        }
        for (bool is_first = true; at_ < text_.size(); is_first = false) {
            const char c = text_[at_];
            if (c == ']' && !is_first) {
                ++at_;
                return true;
            }
            if (static_cast<unsigned char>(c) < ' ') stays_in_a_line_ = false;
            // [:alpha:] and its like, and what other dialects do with brackets inside.
            if (c == '[' || !is_ascii(c) || c == '\0') return false;
            if (c == '\\') {
                if (!escape(true)) return false;
            } else if (text_.substr(at_, 2) == "&&" || text_.substr(at_, 2) == "--") {
                return false;
            } else {
                ++at_;
            }
        }
        return false;
    }

    /// A plain group, (?:...), or flags: (?i) and (?i:...).
    bool group() {
        ++at_;
        if (at_ < text_.size() && text_[at_] == '*') return false;
        groups_.push_back(size_);
        if (at_ >= text_.size() || text_[at_] != '?') return true;
        ++at_;
        for (; at_ < text_.size() && (text_[at_] == 'i' || text_[at_] == 's'); ++at_) {
            if (text_[at_] == 's') stays_in_a_line_ = false;
        }
        if (at_ >= text_.size() || (text_[at_] != ')' && text_[at_] != ':')) return false;
        if (text_[at_] == ')') groups_.pop_back();
        ++at_;
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0, size_ = 0;
    std::size_t last_ = 0;             // size of what a repetition would repeat
    std::vector<std::size_t> groups_;  // sizes at their beginnings
    bool stays_in_a_line_ = true;
};

}  // namespace

std::optional<Scannable> scannable(const Regex& regex) {
    if (regex.needs_backtracking()) return std::nullopt;
    Reader reader(regex.expression());
    if (!reader.is_known() || reader.size() > kScannedRegexSizeMax) return std::nullopt;
    return Scannable{reader.size(), reader.stays_in_a_line() && !regex.flags().dot_matches_all};
}

std::string scan_text(const Regex& regex) {
    std::string flags;
    if (regex.flags().ignores_case) flags += 'i';
    if (regex.flags().dot_matches_all) flags += 's';
    return flags.empty() ? regex.expression() : "(?" + flags + ":" + regex.expression() + ")";
}

bool append_squeezed(std::string_view value, std::string& out, bool& is_simple) {
    is_simple = true;
    if (is_line_of_ascii(value)) {
        out += value;
        return true;
    }
    if (value.ends_with('\n')) return false;
    const std::size_t before = out.size();
    for (std::size_t i = 0; i < value.size();) {
        const char c = value[i];
        if (is_ascii(c)) {
            if (c == '\v') return out.resize(before), false;
            if (c == '\n') is_simple = false;
            out.push_back(c);
            ++i;
            continue;
        }
        is_simple = false;
        const std::int32_t code_point = next_code_point(value, i);
        if (code_point == 0x17F || code_point == 0x212A) return out.resize(before), false;
        out.push_back('\xFF');
    }
    return true;
}

}  // namespace vedette::rule::sigma
