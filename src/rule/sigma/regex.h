// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette::rule::sigma {

/// A prepared regular expression of a rule: PCRE's meaning, searched anywhere in the value.
///
/// RE2 does the work, in time linear in the value, because values come from attackers. Where it
/// does not know the expression (look-around, back-references, possessive and atomic groups, more
/// than 1,000 repetitions), and for the few values where the two disagree (a last line feed, a
/// vertical tab), PCRE2 decides, held by kRegexStepsMax and kRegexHeapKibMax. Does not promise: a
/// match past those bounds; such a value counts as not matching, and gave_up_count() tells how
/// often that was. Threads: matches() from any thread.
class Regex {
  public:
    struct Flags {
        bool ignores_case = false;     ///< sub-modifier i
        bool is_multi_line = false;    ///< m: ^ and $ at every line
        bool dot_matches_all = false;  ///< s
    };

    /// Errors: bad_input with the library's words; limit if it is too long or too big.
    static base::Result<std::shared_ptr<const Regex>> make(std::string_view expression,
                                                           Flags flags);

    virtual ~Regex() = default;
    virtual bool matches(std::string_view text) const = 0;
    /// Whether every value is decided by backtracking.
    virtual bool needs_backtracking() const = 0;
    virtual std::uint64_t gave_up_count() const = 0;
    const std::string& expression() const { return expression_; }
    const Flags& flags() const { return flags_; }

  protected:
    Regex(std::string_view expression, Flags flags) : expression_(expression), flags_(flags) {}

  private:
    std::string expression_;
    Flags flags_;
};

}  // namespace vedette::rule::sigma
