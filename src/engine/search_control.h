// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "cases/finding.h"
#include "engine/saved_search.h"

namespace vedette::engine {

/// What the journal is told of scheduled searches, as control records, and back.

/// All scheduled searches that are in force from here on.
std::string searches_control(const std::vector<SavedSearch>& searches);
/// Nothing if the record is about something else, or damaged.
std::optional<std::vector<SavedSearch>> searches_of_control(std::string_view payload);

/// What came of one run. The history that it read may be gone when the journal is replayed, so its
/// findings are journalled and not its events.
struct SearchRun {
    std::string search;
    base::Timestamp to;          ///< end of the time it looked at
    std::uint64_t skipped = 0;   ///< runs before it that were due and not made up
    std::uint64_t left_out = 0;  ///< rows of its result beyond kSearchFindingsMax
    std::string error;           ///< why it could not be done; then there are no findings
    std::vector<cases::Finding> findings;
};
std::string search_run_control(const SearchRun& run);
/// Nothing if the record is about something else, or damaged.
std::optional<SearchRun> search_run_of_control(std::string_view payload);

}  // namespace vedette::engine
