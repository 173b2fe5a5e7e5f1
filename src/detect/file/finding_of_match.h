// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cases/finding.h"
#include "detect/file_judge.h"
#include "rule/yara/compilation.h"
#include "rule/yara/file_matches.h"

namespace vedette::detect::file {

inline constexpr std::string_view kName = "yara";

/// The level that a rule's `meta` claims: `severity` or `level` as Sigma's word or as a number of
/// 0 to 100, or `score` as collections of rules have it; medium where it says nothing.
cases::Severity severity_of(const rule::yara::RuleInfo& rule);

/// ATT&CK ids in tags and in meta (`attack`, `mitre_attack`, `technique`, ...), in order, each
/// once: "T1505.003"; tags write it T1505_003.
std::vector<std::string> attack_of(const rule::yara::RuleInfo& rule);

/// "webshells.yar:php_eval": names a rule within its set.
std::string rule_id_of(const rule::yara::RuleInfo& rule);

/// What a rule's match means. Its id is made of rule, path and content: the same file matched again
/// is the same finding.
cases::Finding finding_of_match(const rule::yara::RuleInfo& rule,
                                const rule::yara::RuleMatch& match,
                                const rule::yara::FileMatches& file, const FileToJudge& about);

}  // namespace vedette::detect::file
