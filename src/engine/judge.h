// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "detect/registry.h"
#include "engine/ruleset.h"
#include "engine/step.h"

namespace vedette::engine {

/// All detectors of the rule set in force, run over steps in order.
/// Threads: one at a time.
class Judge {
  public:
    Judge(const detect::Registry& registry, event::FieldDictionary& fields)
        : registry_(registry), fields_(fields) {}

    /// Hands over detectors that were made of a set that is to come into force, so that use() has
    /// nothing to make and the stream does not wait. Of several the last one is kept.
    /// Threads: any.
    void prepare(const base::Hash128& set, DetectorSet made);

    /// Puts a rule set in force. Detectors begin without state, but those whose state is not about
    /// rules go on with theirs.
    /// Errors: those of making the detectors; the old set then stays.
    base::Result<void> use(const RuleSet& set);
    /// Puts feeds of indicators in force, for this rule set and those that follow.
    void use_indicators(std::shared_ptr<const rule::intel::IndicatorIndex> index);
    /// Back to how it was made: no detectors.
    void clear();

    /// Gives every finding of the rows to `sink`, in the order of rows.
    void observe(const event::Batch& batch, const detect::FindingSink& sink);
    void tick(base::Timestamp time, const detect::FindingSink& sink);
    /// No more rows will come.
    void finish(const detect::FindingSink& sink);

    /// Inputs of the set in force that are not used.
    const std::vector<detect::DetectorNotice>& notices() const { return set_.notices; }
    /// Who learns groups of entities in the set in force; nullptr: nobody.
    detect::PeerKeeper* peers();
    /// What judges files by the set in force; nullptr: nothing.
    std::shared_ptr<const detect::FileJudge> file_judge() const;
    std::size_t memory_bytes() const;
    std::size_t rule_count() const;
    /// Values that a detector could not judge within its bounds, of all sets so far.
    std::uint64_t gave_up_count() const;
    /// What detectors forgot before its time for want of memory, of all sets so far.
    std::uint64_t forgotten_count() const;
    /// Of all detectors that promise something.
    std::vector<detect::Standing> standings() const;
    /// name -> checksum, for the canonical export.
    std::vector<std::pair<std::string, std::uint64_t>> checksums() const;
    /// name -> saved state of the detectors that have one.
    std::vector<std::pair<std::string, std::string>> save() const;
    base::Result<void> restore(const std::string& name, std::string_view state);
    /// What was learned of a history comes into force; nothing where no detector learns.
    base::Result<void> adopt(std::string_view learned);

  private:
    base::Result<DetectorSet> made_of(const RuleSet& set);

    const detect::Registry& registry_;
    event::FieldDictionary& fields_;
    DetectorSet set_;
    std::shared_ptr<const rule::intel::IndicatorIndex> indicators_;
    // By the sets that are no longer in force.
    std::uint64_t gave_up_before_ = 0, forgotten_before_ = 0;
    std::mutex prepared_mutex_;
    base::Hash128 prepared_hash_;
    std::optional<DetectorSet> prepared_;
};

}  // namespace vedette::engine
