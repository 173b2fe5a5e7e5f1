// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rule/sigma/rule.h"
#include "rule/sigma/wildcard.h"

namespace vedette::rule::sigma {

/// One way to tell that an event is of a log source, and how its fields are called there.
struct LogSourceWay {
    /// A field must hold one of the values; `dataset` means the row's data set.
    struct Need {
        std::string field;
        std::vector<Wildcard> any_of;  ///< folded
        bool operator==(const Need&) const = default;
    };
    std::vector<Need> needs;  ///< all of them; none: every event fits
    std::map<std::string, std::string>
        aliases;  ///< rule's field -> event's, where the first is absent
    bool operator==(const LogSourceWay&) const = default;
};

/// Which events a rule's `logsource` means: data, read from content/logsources/*.yml or from a file
/// of the user. Two shapes are read:
/// - ours: `product:` (a default for all entries) and `logsources:`, a list of {category, product,
///   service, match, fields} or, for several ways, {..., any: [{match, fields}, ...]};
///   `match` maps fields to a value or list, compared without case, `*` and `?` allowed.
/// - {"product", "category": {NAME: {"channel": [...], "eventid": [...]}}, "service": {...}}, where
///   exactly that holds for the product, and its bare `product:` means every event.
/// Threads: const members from any thread.
class LogSourceMap {
  public:
    /// Adds a file; its entries replace those of the same three names.
    /// Errors: bad_input with file:line:column, limit past limits.h; nothing is added then.
    base::Result<void> add(std::string_view path, std::string_view text);

    /// The ways for a rule's log source, in this order:
    /// the entry of exactly its three names; else, for a rule with category and service, an event
    /// must fit both single entries; else the union of all entries that are more specific. Nothing
    /// if the source is not mapped: such a rule is never tried.
    std::optional<std::vector<LogSourceWay>> find(const LogSource& source) const;

    std::size_t size() const { return entries_.size(); }
    const std::map<LogSource, std::vector<LogSourceWay>>& entries() const { return entries_; }

  private:
    std::map<LogSource, std::vector<LogSourceWay>> entries_;
};

}  // namespace vedette::rule::sigma
