// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "apps/vedette/rules_options.h"
#include "engine/replay/replay.h"

namespace vedette::apps {

/// A rule as the server is asked to replay it.
struct ReplayedRule {
    rule::sigma::Rule rule;
    std::string text;  ///< of its file
};

/// The rule that `options.rule` names: of a file that holds one, else of those that are chosen.
base::Result<ReplayedRule> replayed_rule(const RulesOptions& options,
                                         const engine::ChosenRules& rules);

struct WholeReplay {
    engine::replay::ReplayResult result;
    rule::search::TimeRange range;  ///< as far as it came
    bool is_complete = true;        ///< false: --max-seconds were over
    std::size_t days_read = 0;      ///< of UTC; those without events are not asked for
    double seconds = 0;
};

/// Asks the running server day by day, with a line of progress on a terminal.
/// Errors: unavailable where no server runs; those of the server.
base::Result<WholeReplay> replay_days(const RulesOptions& options, const std::string& data_folder,
                                      const ReplayedRule& rule,
                                      const rule::search::TimeRange& range);

/// `vedette rules replay`.   Returns: exit code
int replay(const RulesOptions& options);

}  // namespace vedette::apps
