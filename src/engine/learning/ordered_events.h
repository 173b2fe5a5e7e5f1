// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "base/result.h"
#include "engine/learning/subtracted_events.h"
#include "event/batch.h"
#include "rule/search/time_text.h"
#include "store/client.h"

namespace vedette::engine::learning {

/// Receives rows in order of event time, and the time that has been reached between them: all rows
/// before it were given. An error ends the reading and is its result.
struct OrderedSink {
    std::function<base::Result<void>(const event::Batch&)> rows;
    std::function<base::Result<void>(base::Timestamp reached)> tick;
};

/// Which of the stored events are read.
struct OrderedChoice {
    rule::search::TimeRange range;          ///< of the events' own time; both ends given
    std::uint64_t offset_max = UINT64_MAX;  ///< only records journalled up to here
    /// Events at or after `forgotten_from` that were journalled up to here are passed over: a
    /// rollback forgot them. 0: none.
    std::uint64_t forgotten_to = 0;
    base::Timestamp forgotten_from{INT64_MAX};
    EventIds subtracted;  ///< in order; passed over as if they had never been there
};

/// Gives the stored events of a range as if they had come in the order in which they happened, day
/// by day, with their columns, and with a tick every five minutes of event time between them.
///
/// Why not in the order of the journal: months of history are imported source by source, and what
/// is usual at an hour shows only in the order of time. What the columns cannot tell apart (a list
/// and its text) is read as at first sight: analytics measure single values. Rows that came late
/// are not late here. `fields`: of the batches.   Memory: a batch, and at most kSortBytesInMemory
/// of the store's child.   Errors: those of the store and of the sink; corrupt.
/// Returns: how many of the subtracted ones were there.
base::Result<std::uint64_t> read_in_order(const store::ClientOptions& store,
                                          const OrderedChoice& choice,
                                          event::FieldDictionary& fields, const OrderedSink& sink);

}  // namespace vedette::engine::learning
