// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "base/time.h"
#include "engine/upgrade/versions.h"
#include "journal/journal.h"

namespace vedette::engine::upgrade {

/// Where a data folder keeps its snapshots.
inline constexpr std::string_view kSnapshotsFolder = "upgrades";
/// Snapshots kept; older ones go when an upgrade is through.
inline constexpr std::size_t kSnapshotsKept = 2;

/// How a data folder was before an upgrade.
struct Snapshot {
    std::string name;  ///< of its folder
    Versions from, to;
    base::Timestamp taken;
    journal::Offset judged_to = 0, stored_to = 0;  ///< how far its views had come
    bool operator==(const Snapshot&) const = default;
};

/// The text of its own file, and back.   Errors: corrupt.
std::string encode(const Snapshot& snapshot);
base::Result<Snapshot> decode_snapshot(std::string_view text);

/// Takes one of a folder that nobody writes to: the state copied, the files of the store's parts,
/// which the engine never changes, as second names (hard links), its other files copied; and second
/// names of the segments that hold what the views do not know yet. It has its name when it is
/// whole. Cost: the size of the state, and little more; later, what the engine merges or removes
/// stays on the disk as long as the snapshot does.
base::Result<Snapshot> take_snapshot(base::Files& files, const std::string& data_folder,
                                     const Versions& from, const Versions& to, base::Timestamp now);

/// All of a folder, the newest first.
base::Result<std::vector<Snapshot>> snapshots(base::Files& files, const std::string& data_folder);

/// Puts state and store back as they are in a snapshot, which stays. May be cut off anywhere and
/// done again. Segments that the journal let go of come back if nothing is missing behind them.
base::Result<void> put_back(base::Files& files, const std::string& data_folder,
                            const Snapshot& snapshot);

/// Loses its name first: what a kill leaves of it is no snapshot, and goes with the next one taken.
base::Result<void> remove_snapshot(const std::string& data_folder, const std::string& name);

/// Names of all that lies there, whole, unfinished or unreadable, sorted: for whoever must see all
/// of it gone.
base::Result<std::vector<std::string>> snapshot_names(base::Files& files,
                                                      const std::string& data_folder);

/// The first record that is in the journal or would be after put_back(); nothing can replay what is
/// before.   Errors: io.
base::Result<journal::Offset> first_reachable(base::Files& files, const std::string& data_folder,
                                              const Snapshot& snapshot);

}  // namespace vedette::engine::upgrade
