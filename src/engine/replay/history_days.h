// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>

#include "base/result.h"
#include "rule/search/time_text.h"
#include "store/client.h"

namespace vedette::engine::replay {

/// How many stored events each day of a range has: by day since 1970, UTC, of the events' own time.
/// Days without events are not in it, so that who goes through years day by day need not ask for
/// each. Cost: reads the column of times, 25 ms for ten million events.
/// `offset_max`: only records journalled up to here.   Errors: those of the store.
base::Result<std::map<std::int32_t, std::uint64_t>> events_by_day(
    const store::ClientOptions& store, const rule::search::TimeRange& range,
    std::uint64_t offset_max = UINT64_MAX);

}  // namespace vedette::engine::replay
