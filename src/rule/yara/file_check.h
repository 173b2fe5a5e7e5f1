// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "rule/yara/compilation.h"
#include "rule/yara/libyara.h"
#include "rule/yara/source_text.h"

namespace vedette::rule::yara {

/// One message of libyara's compiler.
struct CompilerMessage {
    bool is_error = false;
    std::uint32_t line = 0;  ///< 0: at the end
    std::string text;
};

/// A compiler that knows our external variables, opens no files, and gathers its messages.
/// Lives: the compiler tells `messages` for as long as it is there.
OwnedCompiler new_compiler(std::vector<CompilerMessage>& messages);

/// One rule file on its way to being compiled: what is wrong is taken out and told until the rest
/// compiles.
class FileCheck {
  public:
    using Deadline = std::chrono::steady_clock::time_point;

    /// Lives: `out` outlives it. `rules_left`: of the set.
    FileCheck(const std::string& name, std::string text, Compilation& out)
        : name_(name), text_(std::move(text)), out_(out) {}

    /// Takes out and tells. Returns how many rules are left; their text is text().
    std::size_t run(std::size_t rules_left, Deadline deadline);

    const std::string& text() const { return text_; }
    /// The rules that were not taken out, in order.
    const std::vector<Piece>& rules() const { return rules_; }

  private:
    void refuse_what_is_not_allowed(std::size_t rules_left);
    /// One compilation. True if nothing is wrong (any more).
    bool try_once();
    bool take_out(const CompilerMessage& message);
    void take_out_rule(std::size_t index, Problem problem);
    void refuse_all(const std::string& text, const std::string& hint);
    Problem problem_at(std::uint32_t line, const std::string& word, std::string text,
                       std::string hint) const;
    std::string hint_for(const CompilerMessage& message, const std::string& word,
                         const Piece* rule) const;

    const std::string& name_;
    std::string text_;
    const std::string original_ = text_;
    Compilation& out_;
    std::vector<Piece> rules_;                // still in force
    std::vector<std::string> refused_names_;  // of rules
    std::vector<std::string> imports_, refused_imports_;
};

}  // namespace vedette::rule::yara
