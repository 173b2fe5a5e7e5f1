// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/client.h"

namespace vedette::store {

/// An expression over the columns of `events` that is 0 or 1, with the values of its placeholders.
struct RowCondition {
    std::string sql;
    Values values = {};
};

/// Rows of one data set from one day of arrival.
struct DayRows {
    std::int32_t day = 0;
    std::string data_set;
    std::uint64_t rows = 0;
    std::uint64_t raw_bytes = 0;  ///< of their records as they came
    std::uint64_t last_offset = 0;
};

/// A partition as it lies on the disk.
struct DayOnDisk {
    std::uint64_t rows = 0, bytes = 0;
};

/// Names of rows: journal offset and number within the record.
using RowId = std::pair<std::uint64_t, std::uint32_t>;

/// Takes rows out of the store for good: for retention, and when a person's data must go.
///
/// A day of arrival is a partition. Parts of it whose rows all go are dropped as they are; where
/// only some go the engine writes the part anew without them (a mutation), which reads and writes
/// that part, a block at a time. Doing any of it again, also after a kill in its middle, removes
/// what is still there and nothing else: rows that come meanwhile are never in a part that is
/// dropped. What a statement stores on the disk of itself (the mutation's text) holds names of data
/// sets and numbers; conditions with values of events are used to select ids only.
/// Does not promise: that the disk has the room back at once; the engine keeps a part that was
/// replaced for some minutes (purge() does not).
/// Errors: those of Client; cancelled once `is_stopping` says so; unavailable for a mutation that
/// cannot be done, with the engine's reason.
/// Threads: one at a time.
class EventRemoval {
  public:
    EventRemoval(ClientOptions options, std::function<bool()> is_stopping);

    /// Which of the days have rows that fit, and how many.
    base::Result<std::map<std::int32_t, std::uint64_t>> days(const RowCondition& which);

    /// Removes what fits from one day, but for the rows that `kept` fits as well (nullptr: none).
    struct Removed {
        std::uint64_t rows = 0, kept = 0;
    };
    base::Result<Removed> remove(std::int32_t day, const RowCondition& which,
                                 const RowCondition* kept);

    /// Rows and raw bytes by data set. Cost: reads the records of the day.
    base::Result<std::vector<DayRows>> rows_of_day(std::int32_t day);
    base::Result<std::map<std::int32_t, DayOnDisk>> on_disk();
    /// The offset before which about `skipped` of the day's rows of these data sets lie, and never
    /// none: a chunk goes whole. 0 if all of them are of one chunk.
    base::Result<std::uint64_t> offset_behind(std::int32_t day,
                                              const std::vector<std::string>& data_sets,
                                              std::uint64_t skipped);

    /// The ids of at most `limit` rows that fit, in order.
    base::Result<std::vector<RowId>> fitting(const RowCondition& which, std::size_t limit);

    /// Puts a list of ids into the store, in place of one that is there; in_ids() fits what it
    /// names.
    base::Result<void> put_ids(const std::vector<RowId>& ids);
    base::Result<void> remove_ids();
    static RowCondition in_ids();

    base::Result<std::uint64_t> count(const RowCondition& which);
    base::Result<std::map<std::string, std::uint64_t>> rows_by_data_set(const RowCondition& which);
    /// Records as they came, each cut, the newest first.
    base::Result<std::vector<std::string>> samples(const RowCondition& which, std::size_t limit,
                                                   std::size_t bytes_max);

    /// Has the engine take the parts that are no longer in use off the disk, and waits for it. What
    /// took their place is made durable first: `folder` names the disk that holds it.
    base::Result<void> purge(const std::string& folder);
    /// Takes back what a purge() that was killed left set on the table: with it the engine would
    /// remove every part that it merged at once, before what took its place is durable.
    /// True if there was something.
    base::Result<bool> end_purge();

  private:
    base::Result<std::uint64_t> hold_back(std::int32_t day, const RowCondition& which,
                                          const RowCondition& kept);
    base::Result<bool> drop_parts(std::int32_t day, const RowCondition& which, bool is_held);
    base::Result<void> rewrite_parts(std::int32_t day, const RowCondition& which,
                                     std::uint64_t held);
    base::Result<void> mutate(std::int32_t day, const std::string& condition, const Values& values);
    base::Result<void> wait_for_mutations();
    base::Result<void> wait_for_purge();
    base::Result<void> clear_now();
    base::Result<void> pause();
    base::Result<std::uint64_t> number(std::string_view sql, const Values& values = {});

    Client client_;
    std::function<bool()> is_stopping_;
};

}  // namespace vedette::store
