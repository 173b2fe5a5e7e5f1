// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cases/finding.h"

namespace vedette::engine {

/// A search that somebody keeps under a name, and that runs by itself if it has a schedule
/// (docs/howto/search.md).
struct SavedSearch {
    std::string name;  ///< letters, digits, `-` and `_`
    std::string title, description, query;
    cases::Severity severity = cases::Severity::medium;
    std::vector<std::string> attack;  ///< ATT&CK ids
    std::int64_t every_ns = 0;        ///< of event time; 0: runs when somebody asks
    std::int64_t over_ns = 0;         ///< the time each run looks at; every_ns if it is not said

    bool is_scheduled() const { return every_ns != 0; }
    bool operator==(const SavedSearch&) const = default;
};

/// Reads a definition; `where` names it in messages. The query is read too, but not held against
/// the look-up lists, which may change.
/// Errors: bad_input with file:line:column and what was meant, or with the column of the query.
base::Result<SavedSearch> read_saved_search(std::string_view where, std::string_view yaml);

/// The definition that read_saved_search reads as `search`.
std::string to_yaml(const SavedSearch& search);

bool is_search_name(std::string_view name);

struct SavedSearches {
    struct Entry {
        SavedSearch search;
        std::string path;
    };
    std::vector<Entry> entries;         ///< in the order of their paths
    std::vector<base::Error> problems;  ///< files that are not used, and why
};

/// The *.yml and *.yaml of a folder. Of two with one name the first counts; no folder: none.
/// Errors: io; limit for more than kSavedSearchesMax files.
base::Result<SavedSearches> read_saved_searches(const std::string& folder);

/// "5m", "90s": as the YAML has it.
std::string span_text(std::int64_t span_ns);

}  // namespace vedette::engine
