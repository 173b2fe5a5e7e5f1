// SPDX-License-Identifier: Apache-2.0
#include "detect/file/file.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "detect/file/finding_of_match.h"

namespace vedette::detect {

namespace file {

using base::Result;
using rule::yara::ConfinedRules;

Result<FileJudgement> YaraJudge::judge(const FileToJudge& file) const {
    VD_TRY(const rule::yara::FileMatches matches, rules_->scan(file.file, file.path));
    FileJudgement out;
    out.sha256 = matches.sha256;
    out.size_bytes = matches.size_bytes;
    for (const rule::yara::RuleMatch& match : matches.matches) {
        out.findings.push_back(finding_of_match(rules_->rules()[match.rule], match, matches, file));
    }
    for (const std::uint32_t rule : matches.gave_up) {
        out.gave_up.push_back(rule_id_of(rules_->rules()[rule]));
    }
    return out;
}

FileDetector::FileDetector(std::shared_ptr<const ConfinedRules> rules, std::uint64_t source_hash)
    : rules_(std::move(rules)), source_hash_(source_hash) {
    if (rules_ && !rules_->rules().empty()) judge_ = std::make_shared<YaraJudge>(rules_);
}

std::size_t FileDetector::memory_bytes() const { return rules_ ? rules_->memory_bytes() : 0; }

std::size_t FileDetector::rule_count() const { return rules_ ? rules_->rules().size() : 0; }

/// Without workers there is no YARA, but everything else: that is told and stops nothing.
Result<std::unique_ptr<Detector>> make_file(const DetectorInputs& inputs,
                                            event::FieldDictionary& fields,
                                            std::vector<DetectorNotice>& notices) {
    static_cast<void>(fields);
    if (inputs.yara_files.empty()) return std::make_unique<FileDetector>(nullptr);
    auto made = ConfinedRules::make(inputs.yara_files);
    if (!made) {
        notices.push_back({"YARA rules", "none is in force: " + made.error().message()});
        return std::make_unique<FileDetector>(nullptr);
    }
    for (const rule::yara::Problem& problem : (*made)->problems()) {
        if (problem.is_warning) continue;
        std::string text = problem.rule.empty() ? problem.text : problem.rule + ": " + problem.text;
        if (!problem.hint.empty()) text += " (" + problem.hint + ")";
        notices.push_back({problem.where, std::move(text)});
    }
    if ((*made)->problems_left_out() > 0) {
        notices.push_back({"YARA rules", fmt::format("{} more are wrong or not in force",
                                                     (*made)->problems_left_out())});
    }
    return std::make_unique<FileDetector>(std::move(*made),
                                          base::hash64(rule::yara::encode(inputs.yara_files)));
}

}  // namespace file

void register_file(Registry& registry) {
    registry.add({std::string(file::kName), file::make_file});
}

}  // namespace vedette::detect
