// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engine/search_control.h"

namespace vedette::engine {

/// A run that is due.
struct DueSearch {
    SavedSearch search;
    base::Timestamp to;         ///< it looks at [to - over, to)
    std::uint64_t skipped = 0;  ///< older runs that are too many to be made up
};

/// Which scheduled searches are in force and how far each has come. Fed with journalled records
/// alone, so it is the same after any replay; what is due follows from it and from event time.
///
/// Runs end at whole multiples of `every` since 1970 (UTC), each kSearchLateNs of event time after
/// its end, so that events that come a little late are in it. A search that is new begins with the
/// first end after it came into force. Runs that were missed are made up, the oldest first, up to
/// kSearchRunsMadeUpMax of each search; older ones are skipped, which the run after them says.
/// Threads: one at a time.
class SearchSchedule {
  public:
    /// A control record; those about other things change nothing. A search whose definition is the
    /// same goes on where it stands; a changed one too, with what it is now.
    void observe_set(const std::vector<SavedSearch>& searches);
    /// Whether the run is news: a result that was journalled twice counts once.
    bool observe_run(const SearchRun& run);
    /// A journalled tick: event time has reached `now`.
    void tick(base::Timestamp now);

    /// The next run of each search that is due at the last tick.
    std::vector<DueSearch> due() const;
    std::size_t size() const { return searches_.size(); }

    std::string save() const;
    /// Errors: corrupt; the schedule is empty then.
    base::Result<void> restore(std::string_view bytes);

  private:
    struct Entry {
        SavedSearch search;
        std::int64_t done_to_ns = kUnknown;  ///< end of the last run that counts as done
    };
    static constexpr std::int64_t kUnknown = INT64_MIN;

    std::map<std::string, Entry> searches_;
    std::int64_t now_ns_ = kUnknown;
};

}  // namespace vedette::engine
