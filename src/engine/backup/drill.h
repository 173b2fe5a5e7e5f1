// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "engine/backup/manifest.h"

namespace vedette::engine::backup {

/// What a drill found; each of it was compared with the manifest.
struct DrillReport {
    Manifest manifest;
    std::uint64_t replayed_records = 0;  ///< that the views did not know yet when it was taken
    std::uint64_t rows = 0;              ///< in the store behind the replay; 0 without a store
    std::uint64_t findings = 0, incidents = 0;
    std::string export_sha256_hex;  ///< of the canonical export of it all
};

/// Restores a backup into a new folder below `scratch`, opens it as a server would, lets it replay
/// to the journal's end, compares, and removes the folder again: the state's canonical export as it
/// was when it was taken, the journal's first and last record and that it has no damage, the
/// store's rows and that none is there twice. Errors: as restore_backup and Engine; corrupt for the
/// first comparison that fails.
base::Result<DrillReport> drill(const std::string& source, const std::string& scratch,
                                int timeout_s);

}  // namespace vedette::engine::backup
