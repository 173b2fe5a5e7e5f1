// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/field_promotion.h"
#include "event/lookup_set.h"
#include "store/client.h"

namespace vedette::serve {

/// Answers the body of POST /api/search, a JSON object:
///   query   `FILTER | stage | ...` (src/rule/search), or
///   sql     one SELECT over the table `events`; see sql_request.h
///   from, to   times as rule/search/time_text.h reads them; not with sql
///   limit   rows at most; 100 events where it is not said, and all rows of a table that may be
///   format  json (the default), csv, parquet; of sql also rows: a JSON array a line, the first
///           one of names
/// All but query or sql are optional; `lists` are those the query may name. `fields`, where a
/// server runs, counts what is asked for and knows which fields have a column of their own.
///
/// As json a search gives its events as JSON lines, newest first, or its table as one JSON object
/// (rule/search/table.h), which says whether it was cut. A file of Parquet is written by the store;
/// if nobody said a limit and there are more rows than one may have, it is an error.
/// Errors: bad_input for the body or the query (with column and suggestion), unsupported where no
/// store is kept, limit, denied, and those of the store.
/// Cost: one pass of the store; a small question before it tells whether the map of rare fields
/// must be read at all.
base::Result<std::string> search(const std::optional<store::ClientOptions>& store,
                                 std::shared_ptr<const event::LookupSet> lists,
                                 std::string_view body, engine::FieldPromotion* fields = nullptr);

/// The media type of what search() gives for a body.
std::string search_content_type(std::string_view body);

}  // namespace vedette::serve
