// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::engine {

/// How long the data sets that fit a pattern are kept. The first rule that fits a data set counts.
struct RetentionRule {
    std::string pattern;                ///< name of a data set; `*` stands for any characters
    std::optional<std::uint32_t> days;  ///< 0: for ever; nothing: as all others
    std::uint64_t bytes_max = 0;        ///< of all data sets that it fits together; 0: no limit
};

/// The section `retention:` of the configuration.
struct RetentionConfig {
    std::uint32_t days = 365;     ///< of data sets whose rule does not say; 0: for ever
    std::uint64_t bytes_max = 0;  ///< of the whole store; 0: no limit
    std::vector<RetentionRule> rules;
    std::uint32_t findings_days = 1'095;  ///< findings and their incidents; 0: for ever
    std::uint32_t inbox_days = 90;        ///< records that could not be read; 0: for ever
    int check_minutes = 60;
};

/// What the store has of one data set from one day of arrival.
struct StoredDay {
    std::string data_set;
    std::int32_t day = 0;  ///< days since 1970-01-01, UTC
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;        ///< on the disk, its share of the day's partition
    std::uint64_t last_offset = 0;  ///< of its newest row
    bool operator==(const StoredDay&) const = default;
};

/// Rows of a data set that go: those that arrived before a day, or, where `before_offset` is set,
/// those of before an offset.
struct Cut {
    std::string data_set;
    std::int32_t before_day = 0;
    std::uint64_t before_offset = 0;
    std::uint64_t rows = 0, bytes = 0;  ///< as planned: what was there
    bool operator==(const Cut&) const = default;
};

/// A cut that was decided by the record at `offset`: it takes only rows of before that record.
struct DecidedCut {
    Cut cut;
    std::uint64_t offset = 0;
};

/// What a pass would remove. A newest day that alone is larger than its limit loses the oldest
/// `share` of its rows; which offset that is, the store has to say.
struct PartialCut {
    std::vector<std::string> data_sets;
    std::int32_t day = 0;
    double share = 0;
    std::uint64_t rows = 0, bytes = 0;
};
struct RetentionPlan {
    std::vector<Cut> cuts;  ///< by name of the data set, each once
    std::vector<PartialCut> partial;
    std::uint64_t held_rows = 0, held_bytes = 0;  ///< of earlier cuts, still there
    bool is_empty() const { return cuts.empty() && partial.empty(); }
};

/// Decides what is past. Days: an event is kept on its day of arrival and for so many days after
/// it. Bytes: whole days go, the oldest first, until the rest fits; the newest day goes never
/// whole, but down to nine tenths of the limit where it does not fit alone. What an earlier cut
/// covers and is still there is held by somebody: it is left out of plan and limits.
/// Pure: depends on its arguments only.   Cost: O(n log n)
RetentionPlan plan_retention(const RetentionConfig& config, const std::vector<StoredDay>& stored,
                             const std::vector<DecidedCut>& decided, std::int32_t today);

/// The rule that counts for a data set; nullptr: the defaults do.
const RetentionRule* rule_of(const RetentionConfig& config, std::string_view data_set);
/// Days that a data set is kept; 0: for ever.
std::uint32_t days_of(const RetentionConfig& config, std::string_view data_set);

/// Whether `text` fits a pattern in which `*` stands for any characters.   Cost: O(n * m)
bool fits_pattern(std::string_view pattern, std::string_view text);

}  // namespace vedette::engine
