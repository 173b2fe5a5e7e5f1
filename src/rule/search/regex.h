// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "event/lower_case.h"
#include "rule/search/query.h"

namespace re2 {
class RE2;
}

namespace vedette::rule::search {

/// A compiled expression in RE2's language, the same that the store uses; "." takes line ends too.
class Regex {
  public:
    /// Whether the expression is good is asked before, with regex_problem.
    explicit Regex(std::string_view pattern);
    ~Regex();
    Regex(Regex&&) noexcept;
    Regex& operator=(Regex&&) noexcept;
    bool is_in(std::string_view text) const;

  private:
    std::unique_ptr<re2::RE2> regex_;
};

/// What a person's /pattern/ means: without case unless it says (?-i).
std::string regex_of_pattern(std::string_view pattern);

/// Why a person's /pattern/ cannot be used, or nothing. The hint may be empty.
std::optional<base::Error> regex_problem(std::string_view pattern);

/// The whole of a lower-case value: `*` any characters, `?` one.
std::string regex_of_value(const Value& value);

/// A lower-case phrase inside a longer text: its ends are ends of words (letters, digits and all
/// that is not ASCII make words), `*` is any characters but blanks, `?` one of them. `is_raw`: the
/// text may be JSON, where a backslash or a quote has a backslash in front and a slash may have
/// one.
std::string regex_of_phrase(const Value& value, bool is_raw);

/// Whole words that every text with the phrase has: what the store's word index is asked.
std::string words_of_phrase(const Value& value);

using event::lower_case;

}  // namespace vedette::rule::search
