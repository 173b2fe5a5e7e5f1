// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "detect/detector.h"
#include "detect/file_judge.h"
#include "detect/registry.h"
#include "rule/yara/confined_rules.h"

namespace vedette::detect::file {

/// Holds files against YARA rules, in the rules' own confined workers.
class YaraJudge final : public FileJudge {
  public:
    explicit YaraJudge(std::shared_ptr<const rule::yara::ConfinedRules> rules)
        : rules_(std::move(rules)) {}

    base::Result<FileJudgement> judge(const FileToJudge& file) const override;
    const std::string& rules_name() const override { return rules_->name(); }

  private:
    std::shared_ptr<const rule::yara::ConfinedRules> rules_;
};

/// The detector of files. It judges no rows: a file is no event, and what a disk holds cannot be
/// replayed, so whoever reads files asks file_judge() and keeps its answer. What is here is the set
/// of rules: it comes into force, is told of and goes as those of every detector do.
class FileDetector final : public Detector {
  public:
    /// `rules`: nullptr where there are none. `source_hash`: of the files they were made of.
    explicit FileDetector(std::shared_ptr<const rule::yara::ConfinedRules> rules,
                          std::uint64_t source_hash = 0);

    std::shared_ptr<const FileJudge> file_judge() const override { return judge_; }
    std::size_t memory_bytes() const override;
    std::size_t rule_count() const override;
    std::uint64_t checksum() const override { return source_hash_; }

  private:
    void do_observe(const event::Batch&, const FindingSink&) override {}

    std::shared_ptr<const rule::yara::ConfinedRules> rules_;
    std::shared_ptr<const FileJudge> judge_;
    std::uint64_t source_hash_;
};

base::Result<std::unique_ptr<Detector>> make_file(const DetectorInputs& inputs,
                                                  event::FieldDictionary& fields,
                                                  std::vector<DetectorNotice>& notices);

}  // namespace vedette::detect::file
