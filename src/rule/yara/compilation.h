// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "rule/yara/limits.h"

namespace vedette::rule::yara {

/// A rule file: its path for messages, which is the namespace of its rules, and its content.
using NamedFiles = std::vector<std::pair<std::string, std::string>>;

/// A rule that is in force.
struct RuleInfo {
    std::string name;
    std::string file;  ///< as NamedFiles has it; the rule's namespace
    std::uint32_t line = 0;
    std::uint32_t strings = 0;
    bool is_private = false, is_global = false;
    std::vector<std::string> tags;
    std::vector<std::pair<std::string, std::string>> meta;  ///< in the order of the file
};

/// What is wrong with a rule file, or could be better.
struct Problem {
    std::string where;  ///< file:line:column
    std::string
        rule;  ///< that is not in force because of it; empty: a directive, or no rule at all
    std::string text;
    std::string hint;  ///< what was meant; may be empty
    bool is_warning = false;
};

/// What became of a set of rule files. Every rule of every file is in `rules` or named in
/// `problems`.
struct Compilation {
    std::vector<RuleInfo> rules;
    std::vector<Problem> problems;
    std::uint64_t problems_left_out = 0;  ///< beyond kProblemsMax
    std::string compiled;                 ///< what a worker loads; empty where there is no rule

    void add_problem(Problem problem);
};

std::string encode(const Compilation& compilation);
/// Errors: corrupt. It comes from a worker, so everything in it is bounded and cleaned.
base::Result<Compilation> decode_compilation(std::string_view bytes);

std::string encode(const NamedFiles& files);
/// Errors: corrupt.
base::Result<NamedFiles> decode_files(std::string_view bytes);

}  // namespace vedette::rule::yara
