// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/http_client.h"
#include "base/result.h"
#include "engine/backup/manifest.h"
#include "journal/journal.h"

namespace vedette::engine::backup {

/// Folders of the data folder that a backup makes and takes away again, and that no backup holds.
inline constexpr std::string_view kStagingFolder = "backing_up";
inline constexpr std::string_view kStagingLock = "backing_up.lock";

/// Names of a data folder's views and log, which have their own way into a backup.
inline constexpr std::string_view kJournalFolder = "journal";
inline constexpr std::string_view kStoreFolder = "store";
inline constexpr std::string_view kStateFile = "state.sqlite";

/// Whether somebody takes a backup of the folder at this moment.   Errors: io.
base::Result<bool> is_running(const std::string& data_folder);

/// A file that goes into a backup: its first `size_bytes`.
struct Captured {
    std::string name, path;
    std::uint64_t size_bytes = 0;
};

/// Holds on to a data folder's content as of one offset of the journal, while a server may go on
/// writing to it. Nothing is asked of that server but how far its journal is durable: segments get
/// a second name (a hard link) in the staging folder before anything else is looked at, so that
/// they may be removed from the journal meanwhile; the state is copied as one commit left it; the
/// store's engine writes a backup of its own; and only then is the journal's end taken. So the
/// journal always reaches from before what the views know to behind it, and whoever opens the copy
/// replays the rest, as after a kill. Calls in this order: begin, hold_journal, copy_state,
/// (back_up_store), hold_files, end_at. Threads: one at a time.
class Capture {
  public:
    /// Errors: unavailable if another backup of this folder is running.
    static base::Result<Capture> begin(base::Files& files, std::string data_folder);
    Capture(Capture&&) noexcept;
    Capture& operator=(Capture&&) = delete;
    ~Capture();

    base::Result<void> hold_journal();
    /// Errors: not_found if there is no state.
    base::Result<void> copy_state();
    /// `store`: where the engine answers.
    base::Result<void> back_up_store(const base::HttpEndpoint& store, std::uint32_t schema);
    /// Everything else in the folder. What is no plain file (a link, say) is left out and told.
    base::Result<void> hold_files();
    /// The last record that belongs to the backup: the journal's durable end, by now.
    /// Errors: unavailable if the journal lost what the views need meanwhile: try again.
    base::Result<void> end_at(journal::Offset end);

    /// Adds a file from elsewhere, e.g. the configuration.
    base::Result<void> add(const std::string& name, const std::string& path);

    /// What goes into the backup, in the order of the names.
    std::vector<Captured> files() const;
    /// The manifest, but for its files.
    const Manifest& head() const { return head_; }
    /// Paths that are not in the backup, and why.
    const std::vector<std::string>& left_out() const { return left_out_; }

  private:
    Capture(base::Files& files, std::string data_folder, base::OwnedFd lock);
    std::string staged(std::string_view name) const;
    base::Result<bool> hold_segments();
    base::Result<void> hold_folder(const std::string& folder, const std::string& name, int depth);
    base::Result<void> hold_file(const std::string& path, const std::string& name);
    base::Result<void> clear();

    base::Files& files_;
    std::string data_folder_;
    base::OwnedFd lock_;
    bool is_ours_ = true;
    std::vector<Captured> captured_;
    std::vector<std::string> left_out_;
    Manifest head_;
};

}  // namespace vedette::engine::backup
