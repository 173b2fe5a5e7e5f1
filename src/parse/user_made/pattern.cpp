// SPDX-License-Identifier: Apache-2.0
#include "parse/user_made/pattern.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "event/limits.h"
#include "parse/user_made/limits.h"

namespace vedette::parse::user_made {

using base::ErrorCode;
using base::Result;

namespace {

/// An expression whose groups have lost their names, because RE2's may not hold a dot.
struct Unnamed {
    std::string text;
    std::vector<std::string> names;
};

Result<Unnamed> without_names(std::string_view text) {
    Unnamed out;
    bool is_in_class = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\\' && i + 1 < text.size()) {
            out.text += {c, text[++i]};
            continue;
        }
        if (is_in_class) {
            is_in_class = c != ']';
        } else if (c == '[') {
            is_in_class = true;
            // The first bracket of a class may stand for itself.
            const std::size_t first = i + 1 < text.size() && text[i + 1] == '^' ? i + 2 : i + 1;
            if (first < text.size() && text[first] == ']') {
                out.text.append(text, i, first - i + 1);
                i = first;
                continue;
            }
        } else if (c == '(') {
            const std::string_view behind = text.substr(i + 1);
            const std::size_t mark = behind.starts_with("?P<")  ? 3
                                     : behind.starts_with("?<") ? 2
                                                                : 0;
            if (mark > 0) {
                const std::size_t close = behind.find('>');
                const std::string_view name =
                    behind.substr(mark, close == std::string_view::npos ? 0 : close - mark);
                const bool is_name = !name.empty() && name.size() <= event::kFieldNameBytesMax &&
                                     std::all_of(name.begin(), name.end(), [](char n) {
                                         return (n >= 'a' && n <= 'z') || (n >= 'A' && n <= 'Z') ||
                                                (n >= '0' && n <= '9') || n == '_' || n == '.' ||
                                                n == '-' || n == '@';
                                     });
                if (!is_name) {
                    return base::fail(ErrorCode::bad_input,
                                      "a group's name is wrong at byte " + std::to_string(i + 1),
                                      {}, "e.g. (?<source.ip>\\S+); look-behind is not supported");
                }
                out.names.emplace_back(name);
                out.text += '(';
                i += 1 + close;
                continue;
            }
            if (!behind.starts_with('?')) out.names.emplace_back();
        }
        out.text += c;
    }
    return out;
}

}  // namespace

Pattern::Pattern(std::vector<std::string> names, std::unique_ptr<re2::RE2> regex,
                 std::optional<ScanProgram> walk)
    : names_(std::move(names)), regex_(std::move(regex)), walk_(std::move(walk)) {}

Pattern::~Pattern() = default;

Result<std::shared_ptr<const Pattern>> Pattern::compile(std::string_view text) {
    VD_TRY(Unnamed unnamed, without_names(text));
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kRegexMemoryBytesMax);
    auto regex = std::make_unique<re2::RE2>(unnamed.text, options);
    if (!regex->ok()) {
        return base::fail(ErrorCode::bad_input,
                          "the regular expression is wrong: " + regex->error(), {},
                          "the syntax is RE2's: no look-around, no back-references");
    }
    if (static_cast<std::size_t>(regex->NumberOfCapturingGroups()) != unnamed.names.size()) {
        return base::fail(ErrorCode::bad_input, "the groups of the expression cannot be counted",
                          {}, "write brackets in a class as \\[ and \\(");
    }
    auto walk = ScanProgram::compile(unnamed.text);
    if (walk && walk->group_count() != unnamed.names.size()) walk.reset();
    return std::make_shared<const Pattern>(std::move(unnamed.names), std::move(regex),
                                           std::move(walk));
}

bool Pattern::match(std::string_view text, std::string_view* groups) const {
    if (walk_ && walk_->match(text, groups)) return true;
    return match_plainly(text, groups);
}

bool Pattern::match_plainly(std::string_view text, std::string_view* groups) const {
    constexpr std::size_t kUsual = 32;
    std::array<re2::StringPiece, kUsual> few;
    std::vector<re2::StringPiece> many(names_.size() + 1 > kUsual ? names_.size() + 1 : 0);
    re2::StringPiece* const found = many.empty() ? few.data() : many.data();
    const re2::StringPiece piece(text.data(), text.size());
    const bool matches = regex_->Match(piece, 0, text.size(), re2::RE2::ANCHOR_START, found,
                                       static_cast<int>(names_.size() + 1));
    if (!matches) return false;
    for (std::size_t i = 0; i < names_.size(); ++i) {
        groups[i] = {found[i + 1].data(), found[i + 1].size()};
    }
    return true;
}

std::optional<std::size_t> Pattern::understood_bytes(std::string_view text) const {
    if (!walk_) return std::nullopt;
    std::vector<std::string_view> groups(names_.size());
    std::size_t stopped_at = 0;
    if (walk_->match(text, groups.data(), &stopped_at)) return text.size();
    return stopped_at;
}

bool Pattern::is_in(std::string_view text) const {
    return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *regex_);
}

}  // namespace vedette::parse::user_made
