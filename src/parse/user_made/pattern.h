// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "parse/user_made/scan_program.h"

namespace re2 {
class RE2;
}

namespace vedette::parse::user_made {

/// A regular expression with names for its groups: `(?<source.ip>\S+)`. RE2's syntax, linear in
/// time; a ScanProgram does what it can of it.   Threads: any.
class Pattern {
  public:
    /// Errors: bad_input without a place; the text says at which byte where that is known.
    static base::Result<std::shared_ptr<const Pattern>> compile(std::string_view text);
    /// Of parts that belong together: use compile().
    Pattern(std::vector<std::string> names, std::unique_ptr<re2::RE2> regex,
            std::optional<ScanProgram> walk);
    ~Pattern();
    Pattern(const Pattern&) = delete;
    Pattern& operator=(const Pattern&) = delete;

    /// Names by group, counted from 0; empty for a group without one.
    const std::vector<std::string>& names() const { return names_; }
    std::size_t group_count() const { return names_.size(); }

    /// Matches from the beginning of the text; what follows the match is free unless the
    /// expression ends in '$'. `groups` has room for group_count(); no data: took no part.
    bool match(std::string_view text, std::string_view* groups) const;
    /// The same by RE2 alone: the oracle, and the way of expressions that cannot be walked.
    bool match_plainly(std::string_view text, std::string_view* groups) const;
    /// Whether it matches anywhere in the text.
    bool is_in(std::string_view text) const;
    /// For people: how far a text that does not match was understood. Nothing where only RE2 knows.
    std::optional<std::size_t> understood_bytes(std::string_view text) const;
    bool is_walked() const { return walk_.has_value(); }

  private:
    std::vector<std::string> names_;
    std::unique_ptr<re2::RE2> regex_;
    std::optional<ScanProgram> walk_;
};

}  // namespace vedette::parse::user_made
