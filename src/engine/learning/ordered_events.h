// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "base/result.h"
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

/// Gives the stored events of a range as if they had come in the order in which they happened, day
/// by day, with their columns, and with a tick every five minutes of event time between them.
///
/// Why not in the order of the journal: months of history are imported source by source, and what
/// is usual at an hour shows only in the order of time. What the columns cannot tell apart (a list
/// and its text) is read as at first sight: analytics measure single values. Rows that came late
/// are not late here. `fields`: of the batches.   Memory: a batch, and at most kSortBytesInMemory
/// of the store's child.   Errors: those of the store and of the sink; corrupt.
base::Result<void> read_in_order(const store::ClientOptions& store,
                                 const rule::search::TimeRange& range, std::uint64_t offset_max,
                                 event::FieldDictionary& fields, const OrderedSink& sink);

}  // namespace vedette::engine::learning
