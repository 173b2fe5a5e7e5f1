// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "base/result.h"
#include "store/state/sqlite.h"

namespace vedette::store {

/// The changes that lead from an empty file to today's tables, in order; number i + 1 is element i.
/// Append only: a released one never changes.
std::span<const char* const> state_migrations();

/// Applies what is missing, all in one transaction.
/// Errors: unsupported if the file is newer than these migrations; bad_input if it is a database,
/// but not ours.
base::Result<void> migrate(SqliteConnection& connection, std::span<const char* const> migrations);

/// For readers, which change nothing: the file must be exactly as new as these migrations.
base::Result<void> check_schema(SqliteConnection& connection,
                                std::span<const char* const> migrations);

/// The number of the newest migration that the file has had; 0 if it has no tables.
/// Errors: bad_input if it is a database, but not ours.
base::Result<std::uint32_t> schema_version(SqliteConnection& connection);

}  // namespace vedette::store
