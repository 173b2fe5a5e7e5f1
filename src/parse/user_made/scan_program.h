// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::parse::user_made {

/// A regular expression that can be walked from left to right without ever going back: what nearly
/// all expressions for log lines are. RE2 needs an automaton for each byte and, past four groups,
/// keeps a list of states; this is a loop over classes and literals, about ten times as quick.
///
/// Compiled from an expression only where one walk finds what RE2 would: every repetition is over a
/// class that its successor's first bytes are not in, or is lazy and ends at the first occurrence
/// of a literal. A walk that succeeds is RE2's answer. One that fails proves nothing: then RE2 is
/// asked. The text must be valid UTF-8.
class ScanProgram {
  public:
    /// Nothing if the expression is of another kind; RE2 must have accepted it before.
    /// `group_count` is RE2's, groups being counted from 0.
    static std::optional<ScanProgram> compile(std::string_view pattern);

    std::size_t group_count() const { return group_count_; }

    /// Walks over the text from its beginning. Groups that took no part have no data.
    /// `groups` has room for group_count().
    /// `stopped_at` is set where it fails: how many bytes had been walked over.
    bool match(std::string_view text, std::string_view* groups,
               std::size_t* stopped_at = nullptr) const;

  private:
    friend class ScanCompiler;
    using Class = std::bitset<256>;

    enum class Code : std::uint8_t {
        literal,    ///< text_[a, a + b)
        run,        ///< class a, from min to max bytes
        run_until,  ///< all bytes up to byte a: a run over everything but that byte
        find,       ///< up to the first occurrence of text_[a, a + b), over class c
        open,       ///< group a
        close,      ///< group a
        option,     ///< goes to step b unless the next byte is in class a
        end,        ///< the text must end here
    };
    struct Step {
        Code code = Code::end;
        std::uint32_t a = 0, b = 0, c = 0;
        std::uint32_t min = 0, max = 0;
    };

    std::vector<Step> steps_;
    std::vector<Class> classes_;
    std::vector<std::array<bool, 256>> tables_;  // of classes_
    std::string text_;
    std::size_t group_count_ = 0;
};

}  // namespace vedette::parse::user_made
