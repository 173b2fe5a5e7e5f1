// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::rule::analytic {

/// What a sentence may name.
enum class Word : std::uint8_t {
    entity,    ///< who or what it is about
    observed,  ///< the measured number, with its unit
    expected,  ///< what was expected
    low,       ///< lower end of what was expected
    high,      ///< upper end
    value,     ///< the value that is new, rare or out of order
    before,    ///< of sequences: the values that came before it
    window,    ///< length of the window, in words
    when,      ///< hour and day of the week
    n,         ///< how many observations the expectation rests on
    against,   ///< "its own past", "its peers", "everybody"
};
std::string_view name(Word word);

/// How a finding reads: text with {words} that are filled in.
///   "{observed} failed logins of {entity} in {window}; for {when} {low} to {high} are expected"
class Sentence {
  public:
    struct Filling {
        Word word;
        std::string text;
    };

    Sentence() = default;
    /// Errors: bad_input for an unknown word or a bracket that is not closed, the hint naming what
    /// was meant; limit past kSentenceBytesMax. `where` names the place in messages.
    static base::Result<Sentence> parse(std::string_view where, std::string_view text);

    bool is_empty() const { return parts_.empty(); }
    bool names(Word word) const;
    /// Words without a filling read "?".
    std::string text(const std::vector<Filling>& fillings) const;

  private:
    struct Part {
        bool is_word = false;
        Word word = Word::entity;
        std::string text;
    };
    std::vector<Part> parts_;
};

}  // namespace vedette::rule::analytic
