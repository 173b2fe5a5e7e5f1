// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/result.h"
#include "base/time.h"
#include "engine/upgrade/snapshot.h"
#include "engine/upgrade/versions.h"

namespace vedette::engine::upgrade {

/// Names the snapshot of an upgrade that has begun and not ended. A folder that has it is put back
/// before anything else is done with it.
inline constexpr std::string_view kUpgradeMark = "upgrade_running";

/// Brings a data folder to the versions of this program: a snapshot first, then the steps of state
/// and store, which others do between begin() and finish(), then the new versions are written down.
/// Whatever fails or is killed in between: the folder is put back as it was, at once by put_back()
/// or at the next start by begin(), which then tries again. The caller holds the folder (the
/// journal's lock).   Threads: one at a time.
class Upgrade {
  public:
    struct Parts {
        base::Files& files;
        const base::Clock& clock;
        std::string data_folder;
        Versions known = versions_known();
        bool has_store = true;
        /// Told before each step, for the log; tests end the process there.
        std::function<void(std::string_view step)> reached = [](std::string_view) {};
    };
    /// Takes the snapshot if anything is older.
    /// Errors: unsupported if something is newer; those of the snapshot: nothing has changed then.
    static base::Result<Upgrade> begin(Parts parts);

    bool is_running() const { return snapshot_.has_value(); }
    /// After the last step. Older snapshots go.
    base::Result<void> finish();
    /// After a failed step, when nobody has state or store open any more. `why` with what was done
    /// about it: the error to report.
    base::Error put_back(base::Error why);

  private:
    explicit Upgrade(Parts parts) : parts_(std::move(parts)) {}
    base::Result<void> end_cut_off();
    std::string mark_path() const;

    Parts parts_;
    Versions target_;
    bool must_write_ = false;
    std::optional<Snapshot> snapshot_;
};

/// Whether an upgrade of this folder was cut off and waits for the next start.
bool is_cut_off(base::Files& files, const std::string& data_folder);

/// What the way back means.
struct WayBack {
    Snapshot snapshot;
    journal::Offset journal_end = 0;
    /// Records that the views forget and that whoever starts next judges and stores again.
    std::uint64_t replayed_records = 0;
    /// Records that no journal holds any more: their events, findings and incidents would be lost.
    std::uint64_t lost_records = 0;
};

/// Errors: not_found if there is no (such) snapshot. `name` empty: the newest.
base::Result<WayBack> look_back(base::Files& files, const std::string& data_folder,
                                const std::string& name, journal::Offset journal_end);
/// Puts the folder back, its version file too. The caller holds the folder.
base::Result<void> go_back(base::Files& files, const std::string& data_folder,
                           const Snapshot& snapshot);

}  // namespace vedette::engine::upgrade
