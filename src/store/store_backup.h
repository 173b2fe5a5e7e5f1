// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/http_client.h"
#include "base/result.h"

namespace vedette::store {

/// Where the engine puts its backups, below the store's folder (Supervisor's data_folder).
std::string engine_backups_folder(const std::string& store_folder);

/// Has the engine write its database into a new folder `name` of engine_backups_folder(): each part
/// of each table as it was at one moment, under the names of its files, so that parts which did not
/// change since an earlier backup have the same files again. Inserts and searches go on. `name`:
/// letters, digits and dashes.
/// Errors: those of Client.   Cost: reads and writes what the store has on the disk.
/// Source: ClickHouse documentation, "BACKUP"; chDB 26.7 takes folders only (its zip is left out).
base::Result<void> backup_database(const base::HttpEndpoint& store, const std::string& name,
                                   int timeout_s);

/// Makes the database from such a folder.   Errors: those of Client; bad_input if there is one.
base::Result<void> restore_database(const base::HttpEndpoint& store, const std::string& name,
                                    int timeout_s);

/// What is in the store, for comparing.
struct EventCounts {
    std::uint64_t rows = 0, distinct_ids = 0, last_offset = 0;
};
base::Result<EventCounts> count_events(const base::HttpEndpoint& store);

/// Rows of the table events in a backup's folder: the sum of what its parts say.
/// Errors: io; corrupt.
base::Result<std::uint64_t> rows_of_backup(const std::string& folder);

}  // namespace vedette::store
