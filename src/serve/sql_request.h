// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/client.h"

namespace vedette::serve {

/// Runs one SELECT of a person over the table `events` and nothing else.
///
/// The store runs it read-only, which keeps it from files, hosts and programs. What it may name is
/// checked before that on the tree that the store's own parser makes of it (nothing is resolved or
/// computed for that): no other database, no table function, no settings, no function that
/// reads elsewhere, waits or tells of the process. Bounds: kSqlSeconds, kSqlMemoryBytes,
/// kSqlRowsMax; an answer that would be longer is refused, not cut. `format`: json (an object a
/// line), rows (an array a line, names first), csv, parquet. Errors: bad_input (the store's own
/// words), denied, limit, timeout.
base::Result<std::string> run_sql(const store::ClientOptions& store, std::string_view sql,
                                  std::string_view format, std::optional<std::size_t> limit);

/// Why a tree (`EXPLAIN QUERY TREE run_passes = 0`) may not be run; nothing if it may.
std::optional<base::Error> refusal_of(std::string_view query_tree, std::string_view database);

}  // namespace vedette::serve
