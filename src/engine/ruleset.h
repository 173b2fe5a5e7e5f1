// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/hash.h"
#include "detect/registry.h"
#include "event/field.h"
#include "event/lookup_set.h"

namespace vedette::engine {

/// What detectors are built from, named by its content. Journalled by this name and kept as a file,
/// so that replay judges old events by the rules of their time.
struct RuleSet {
    detect::DetectorInputs inputs;
    base::Hash128 hash;
};

/// Reads files of rules, log sources and analytics: files as named, folders for their *.yml and
/// *.yaml in the order of their paths. Paths in the set are relative to the folder given, so that
/// the name does not depend on where a checkout lies. Lists that rules name as placeholders are in
/// the set (list_placeholders.h). Of folders of YARA rules the *.yar and *.yara are read. Errors:
/// not_found, io; limit for files and totals beyond engine/limits.h.
base::Result<RuleSet> read_ruleset(const std::vector<std::string>& rule_paths,
                                   const std::vector<std::string>& logsource_paths,
                                   detect::Placeholders placeholders = {},
                                   const event::LookupSet& lists = {},
                                   detect::SilenceSettings silence = {},
                                   const std::vector<std::string>& yara_paths = {},
                                   const std::vector<std::string>& analytic_paths = {});

/// Reads YARA rule files as read_ruleset does: (path below the one given, content).
base::Result<std::vector<std::pair<std::string, std::string>>> read_yara_files(
    const std::vector<std::string>& paths);

/// Keeps a set in `folder` under its name, and back.
base::Result<void> save_ruleset(base::Files& files, const std::string& folder, const RuleSet& set);
base::Result<RuleSet> load_ruleset(base::Files& files, const std::string& folder,
                                   const std::string& hash_hex);

/// Under this name state/ keeps the hash of the set in force.
inline constexpr std::string_view kRuleSetSnapshot = "ruleset";

/// The detectors of a set.
struct DetectorSet {
    std::vector<std::pair<std::string, std::unique_ptr<detect::Detector>>> detectors;
    std::vector<detect::DetectorNotice> notices;  ///< inputs that are not used, and why
};
base::Result<DetectorSet> make_detectors(const detect::Registry& registry, const RuleSet& set,
                                         event::FieldDictionary& fields);

/// The control record that puts a set in force, and what it says.
std::string ruleset_control(const RuleSet& set);
/// The set's name, or empty if the record is about something else.
std::string ruleset_of_control(std::string_view payload);

}  // namespace vedette::engine
