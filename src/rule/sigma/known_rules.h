// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "rule/sigma/program.h"
#include "rule/sigma/rule_set.h"

namespace vedette::rule::sigma {

/// What one rule set hands on to the next, so that a set of which one file changed costs that file
/// and not all: rules of files that did not change are copied from the program that was made last,
/// as long as somebody uses it (but for those that a filter was added to), and sets of patterns are
/// taken over by their content. Holds no program alive. Threads: any.
class KnownRules {
  public:
    /// What load_rule_set() gives.
    LoadedRules load(const TextFiles& files, const LoadOptions& options);

    /// A program of rules that load() gave. It is what the next load() copies from.
    base::Result<std::shared_ptr<const Program>> make_program(std::vector<Rule> rules,
                                                              const LogSourceMap& sources,
                                                              event::FieldDictionary& fields);

    PatternSetCache& patterns() { return patterns_; }
    /// Files of the last load() that were read, and not copied.
    std::size_t read_count() const;

  private:
    /// One file as it was loaded.
    struct File {
        struct Known {
            std::string id;
            int line;
            std::uint64_t content_hash;
        };
        LoadedRules rest;  ///< all but its rules
        std::vector<Known> rules;
    };
    using Files = std::unordered_map<base::Hash128, File>;

    bool copy(const File& file, std::string_view path, const Program& program,
              LoadedRules& out) const;

    mutable std::mutex mutex_;
    PatternSetCache patterns_;
    Files files_;
    std::weak_ptr<const Program> last_;
    std::unordered_map<std::string, std::uint32_t> by_id_;  // rules of the last program
    std::size_t read_count_ = 0;
};

}  // namespace vedette::rule::sigma
