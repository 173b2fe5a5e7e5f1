// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/client.h"

namespace vedette::store {

/// Fields that may have a column of their own by promotion. Each costs every insert a look into the
/// map; sixteen were not to be seen beside the text index.
inline constexpr std::size_t kPromotedMax = 16;
/// Longest name that can be promoted.
inline constexpr std::size_t kPromotedNameBytesMax = 200;

/// A field of the map `fields` that has a column of its own as well.
struct PromotedField {
    std::string name;    ///< of the field
    std::string column;  ///< of the table events; its value is NULL where the row lacks the field
    std::uint64_t rows = 0, rows_in_column = 0;  ///< of the table; of parts that hold the column
    /// Whether every part holds the column. Where one does not, the engine makes its values from
    /// the map: the answer is the same, but not sooner.
    bool is_ready() const { return rows == rows_in_column; }
};

/// The column that a field has or would have: `promoted_` and a hash of the name.
std::string promoted_column(std::string_view field);

/// Promotion of fields that are often asked for: a field of the map becomes, beside it, a column of
/// its own (MATERIALIZED from the map, so that inserts name it nowhere and the map stays as it is).
/// The answer to any question is the same before, meanwhile and after; only its cost differs.
///
/// Old parts get the column by a rewriting of one partition at a time, the newest first, so that
/// the engine never works on more than one, and a kill costs that one at most. Errors of all: those
/// of Client.   Threads: one at a time.
base::Result<std::vector<PromotedField>> promoted_fields(Client& client);

/// Makes the column for what comes from now on. Doing it again changes nothing.
/// Errors: bad_input if the field has a column of the schema already, or its name is none; limit.
base::Result<void> promote_field(Client& client, const std::string& field);

/// Makes the column in the newest partition that lacks it, in the engine's background, and waits
/// for that as long as `may_wait` says so, asked every kFillPollMs; what was begun goes on by
/// itself, and the next call waits for it before it begins another. Returns: the partition, or
/// nothing if none lacks the column.   Cost: rewrites the partition's parts as far as the column
/// goes, reading their maps.
base::Result<std::optional<std::string>> fill_promoted(Client& client, const std::string& field,
                                                       const std::function<bool()>& may_wait);
inline constexpr int kFillPollMs = 100;

/// Drops the column. The values are in the map as ever.   Errors: not_found.
base::Result<void> demote_field(Client& client, const std::string& field);

/// How many of the newest `sample_rows` rows have each of these fields in the map, and how many
/// rows were looked at.
struct FieldUse {
    std::uint64_t rows = 0;
    std::vector<std::uint64_t> with_field;
};
base::Result<FieldUse> count_fields(Client& client, const std::vector<std::string>& fields,
                                    std::uint64_t sample_rows);

}  // namespace vedette::store
