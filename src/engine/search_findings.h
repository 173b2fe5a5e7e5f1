// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/result.h"
#include "engine/field_promotion.h"
#include "engine/search_control.h"
#include "engine/search_schedule.h"
#include "event/lookup_set.h"
#include "store/client.h"

namespace vedette::engine {

/// Does one run of a scheduled search: asks the store over [to - over, to) of event time and makes
/// a finding of what it answers.
///
/// A search for events: one finding if there are any. A search for a table: one for each row, the
/// first kSearchFindingsMax of them, the others counted; a row without `where` in front counts if
/// its first measure is not 0. The finding's id is made of the search's name, the values that the
/// row was grouped by and the run's end, so doing a run again gives the same. Its events are the
/// newest of the row, as evidence; entities are theirs; each column of the row is a reason.
/// Errors: those of the query (bad_input) and of the store.
/// `fields`, where given, learns what was asked for and knows which fields have a column.
base::Result<SearchRun> run_search(const store::ClientOptions& store,
                                   std::shared_ptr<const event::LookupSet> lists,
                                   const DueSearch& due, FieldPromotion* fields = nullptr);

}  // namespace vedette::engine
