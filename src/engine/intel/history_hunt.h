// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/result.h"
#include "base/time.h"
#include "engine/intel/hunt_control.h"
#include "journal/journal.h"
#include "rule/intel/indicator_index.h"
#include "store/client.h"

namespace vedette::engine::intel {

/// What of the store is looked at: events of before a record, from a moment on.
struct HuntRange {
    base::Timestamp from;
    journal::Offset before = 0;  ///< the record that put the indicators in force
};

/// Holds indicators against the events in the store.
///
/// First the different values of every field that the detector looks at are asked for and looked up
/// here, by the code that looks up live events; so ten million indicators cost no more than ten,
/// and what there is to read is one column after the other. Then the events that have what was
/// found are fetched, and judged by the detector itself: the findings are those that it would have
/// made, with its ids, marked as retrospective. Errors: those of the store.   Limits:
/// kHuntFindingsMax; values of one field beyond kHuntValuesMax are not found, which is told.
base::Result<HuntRun> hunt(const store::ClientOptions& store,
                           std::shared_ptr<const rule::intel::IndicatorIndex> index,
                           const HuntRange& range);

/// Different values of one field of the events that are fetched.
inline constexpr std::size_t kHuntValuesMax = 10'000;

}  // namespace vedette::engine::intel
