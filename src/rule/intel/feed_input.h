// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rule/intel/feed_reader.h"
#include "rule/intel/type_names.h"

namespace vedette::rule::intel {

/// One entry of a feed as a reader found it.
struct FeedEntry {
    std::optional<IndicatorType> type;  ///< nothing: by the look of the value
    std::string_view value;
    std::optional<int> confidence;
    std::optional<std::int64_t> from_s, until_s;
    std::string_view label;
    std::vector<std::string> attack;
};

/// Where readers put what they find: makes keys, fills in the feed's settings, keeps out what
/// warning lists name, and counts.
class FeedInput {
  public:
    FeedInput(const FeedSettings& settings, const WarningLists& warnings)
        : settings_(settings), warnings_(warnings), builder_(settings.name) {}

    void add(const FeedEntry& entry, std::string_view where);
    /// Counts an entry that cannot be taken.
    void refuse(std::string_view reason, std::string_view where, std::string_view what = {});
    const FeedSettings& settings() const { return settings_; }
    void set_format(FeedFormat format) { report_.format = format; }
    /// Errors: limit if there were too many.
    base::Result<ReadFeed> finish();

  private:
    bool add_range(const FeedEntry& entry, std::string_view text, std::string_view where);
    void add_key(const FeedEntry& entry, IndicatorType type, std::string_view key,
                 std::string_view where);
    static void count(std::map<std::string, FeedReport::Count>& counts, std::string_view reason,
                      std::string_view where, std::string_view what);

    const FeedSettings& settings_;
    const WarningLists& warnings_;
    FeedSetBuilder builder_;
    FeedReport report_;
    std::string room_;
    IndicatorFacts facts_;
    bool is_full_ = false;
};

/// The readers. Errors: bad_input for what is not of the format, or broken off.
base::Result<void> read_plain(FeedInput& out, std::string_view where, std::string_view text);
base::Result<void> read_csv(FeedInput& out, std::string_view where, std::string_view text);
base::Result<void> read_stix(FeedInput& out, std::string_view where, std::string_view text);
base::Result<void> read_misp(FeedInput& out, std::string_view where, std::string_view text);

/// A value of several parts (`domain|ip`) and what they are.
void add_typed_parts(FeedInput& out, FeedEntry& entry, const std::vector<TypedPart>& types,
                     std::string_view where);

/// Whether a header line of this text names columns that read_csv() knows.
bool has_known_header(std::string_view text);

}  // namespace vedette::rule::intel
