// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "engine/backup/manifest.h"

namespace vedette::engine::backup {

/// Stands in a data folder as long as a restore into it is not finished; no server starts on it.
inline constexpr std::string_view kUnfinishedRestore = "restore_unfinished";

/// Errors: unavailable, if the folder holds a restore that was cut off.
base::Result<void> check_restored(const std::string& data_folder);

struct RestoreOptions {
    std::string source;       ///< a backup: folder or file
    std::string data_folder;  ///< absolute; missing, empty, or holding a restore that was cut off
    bool with_store = true;   ///< false: the store is rebuilt from the journal at the next start
};

/// Makes a data folder from a backup. Every file is read and compared with the manifest before the
/// first is written, and once more while it is. Afterwards a server goes on where the backup was
/// taken: what the journal holds beyond the views is replayed, sources go on from their journalled
/// positions.
/// Files: readable by their owner alone, whatever their rights were.
/// Errors: corrupt, not_found (source); bad_input (the folder holds something); unsupported (made
/// by a newer program); limit (the disk would not hold it); those of the store.
base::Result<Manifest> restore_backup(const RestoreOptions& options);

}  // namespace vedette::engine::backup
