// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rule/intel/feed_set.h"
#include "rule/intel/warning_lists.h"

namespace vedette::rule::intel {

enum class FeedFormat : std::uint8_t {
    recognised,  ///< told by its content
    plain,       ///< a value a line
    csv,         ///< a table with a header line, or columns by number
    stix,        ///< a bundle of STIX 2.0 or 2.1
    misp,        ///< events, attributes, or a list of them, as MISP writes JSON
};
std::string_view name(FeedFormat format);
std::optional<FeedFormat> parse_feed_format(std::string_view text);

/// How one feed is read: what its author leaves unsaid.
struct FeedSettings {
    std::string name;
    FeedFormat format = FeedFormat::recognised;
    std::optional<IndicatorType> type;  ///< of all values of a list or table without types
    /// Of a table: role -> name of a column, or its number from 1 where there is no header. Roles:
    /// value, type, confidence, from, until, label, attack.
    std::map<std::string, std::string> columns;
    int confidence = 50;           ///< of indicators whose confidence is not told
    int confidence_min = 0;        ///< less sure ones are left out
    std::int64_t expire_days = 0;  ///< after `from`, where no end is told; 0: never
};
/// The roles of FeedSettings::columns.
const std::vector<std::string>& column_roles();

/// What became of the entries of a feed.
struct FeedReport {
    FeedFormat format = FeedFormat::recognised;
    std::size_t taken = 0;     ///< indicators of the set
    std::size_t repeated = 0;  ///< values that were there already
    struct Count {
        std::size_t count = 0;
        std::string example;  ///< the first: where, and what it was
    };
    std::map<std::string, Count> refused;   ///< reason -> entries
    std::map<std::string, Count> kept_out;  ///< warning list -> entries

    std::size_t refused_count() const;
    std::size_t kept_out_count() const;
};

struct ReadFeed {
    FeedSet set;
    FeedReport report;
};

/// Reads a feed's text, or several files of it, into a set. A bad entry is counted with its reason,
/// and the others are taken; a text that is broken off in its middle fails, for nobody knows what
/// would have followed.
/// Errors: bad_input where it is not of the format at all; limit.   Limits: limits.h.
base::Result<ReadFeed> read_feed(const FeedSettings& settings, const WarningLists& warnings,
                                 std::string_view where, std::string_view text);
/// A file, or the files of a folder as one feed; compressed ones are opened.
base::Result<ReadFeed> read_feed_path(const FeedSettings& settings, const WarningLists& warnings,
                                      const std::string& path);

}  // namespace vedette::rule::intel
