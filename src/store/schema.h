// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "event/schema.h"
#include "store/client.h"

namespace vedette::store {

struct Migration;  // migrations.h

/// The tables of the store and how they came to be.
///
/// `events` has a row for every event, partitioned by arrival day and ordered by id:
///   node, offset, row                 the event's id
///   time, arrival, arrival_day        DateTime64(9, 'UTC'); times before 1900 become 1900-01-01,
///   because the
///                                     type begins there. arrival_day is that of the event's chunk.
///   source, origin, dataset, line     where it came from; flags: event::RowFlags
///   one column for each of event::schema_fields(), named by SchemaField::column()
///   fields Map(LowCardinality(String), String)   everything else, names as they are in the Batch
///   mapped                            bit i: schema field i has an entry in `fields` as well
///   raw                               the record's bytes as they came, with a text index over the
///   words
///     of lowerUTF8(raw): ask hasAllTokens(lowerUTF8(raw), 'some words') in lower case. The index
///     is over the expression, not over raw with a preprocessor, because an engine that decides not
///     to use the index then still gives the same answer.
///
/// How values are kept, so that a search knows where to look:
///  - A field with a column has its first value there: '' (or NULL for numbers) when it is absent.
///  - Every other field is in `fields` under its name, the text as written (1.0 stays 1.0, null is
///    `null`, an empty list `[]`, an empty object `{}`).
///  - Several values of one field and row: the column has the first that is not null, and `fields`
///  has all
///    of them under the field's name as the text of a JSON array. A field without column: only
///    that.
///  - What a column cannot tell (an empty text, null, [], {}, a number that is no 64-bit whole
///  number)
///    is in `fields` under the field's name as well, so that "present but empty" is not "absent".
///  - Field names beyond the dictionary's cap (the overflow map) are in `fields` like all others.
/// The kind of a value (5 or "5") is not kept: the raw record has it, and retro-hunts parse that.
/// `fields[...]` of an absent name is ''.
inline constexpr std::string_view kEventsTable = "events";
/// Has the columns of `events` and keeps nothing: tells which rows of a refused insert are bad.
inline constexpr std::string_view kEventsCheckTable = "events_check";

/// The version of the newest migration that this program knows.
std::uint32_t schema_version_known();

/// Makes the database if missing and brings its tables to the version known, step by step from
/// whatever is there. Doing it again, or again after it was cut off anywhere, changes nothing.
/// Errors: unsupported if the store was made by a newer program; what Client says otherwise.
/// Threads: one program at a time (the store's folder has one owner).
base::Result<void> open_schema(Client& client);

/// The same with steps of one's own: does those that the store does not have yet, and writes each
/// down when it is done.   Errors: unsupported if the store has a step beyond the last of these.
base::Result<void> migrate(Client& client, const std::vector<Migration>& steps);

/// The version of the store as it is; 0 if it was never set up.
base::Result<std::uint32_t> schema_version_stored(Client& client);

/// All columns of `events` that inserts may name, in the table's order.
std::vector<std::string> event_columns();

}  // namespace vedette::store
