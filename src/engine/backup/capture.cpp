// SPDX-License-Identifier: Apache-2.0
#include "engine/backup/capture.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include "base/sha256.h"
#include "engine/backup/limits.h"
#include "engine/pipeline.h"
#include "engine/upgrade/snapshot.h"
#include "journal/segments/segment_reader.h"
#include "store/state/state_copy.h"
#include "store/state/state_reader.h"
#include "store/store_backup.h"

namespace vedette::engine::backup {

namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Result;

constexpr int kHoldAttemptsMax = 20;
/// Smaller files are copied, because an editor may write into them; larger ones are replaced whole
/// by their writers (Files::replace), so that a second name keeps the old bytes.
constexpr std::uint64_t kCopiedBytesMax = 1u << 20;
constexpr std::string_view kStoreBackupName = "vedette-backup";
/// What of a data folder has its own way, or belongs to one process.
constexpr std::array<std::string_view, 9> kNotHeld = {
    kJournalFolder, kStoreFolder,   kStateFile,   "state.sqlite-wal",       "state.sqlite-shm",
    "admin.sock",   kStagingFolder, kStagingLock, upgrade::kSnapshotsFolder};

journal::Offset first_of(const std::string& segment_name) {
    return std::strtoull(segment_name.c_str(), nullptr, 10);
}

bool is_segment(const std::string& name) { return name.ends_with(".seg"); }

Result<void> copy_file(base::Files& files, const std::string& from, const std::string& to,
                       std::uint64_t size_bytes) {
    VD_TRY(auto file, files.open_append(to));
    std::string block;
    for (std::uint64_t at = 0; at < size_bytes; at += block.size()) {
        block.clear();
        VD_TRY_DO(files.read_more(from, at, std::min<std::uint64_t>(kBlockBytes, size_bytes - at),
                                  block));
        if (block.empty()) return {};  // shorter than it was: what is there counts
        VD_TRY_DO(file->append(block));
    }
    return {};
}

/// A second name for the same bytes; a copy where the file system has no such thing.
Result<void> link_or_copy(base::Files& files, const std::string& from, const std::string& to) {
    if (::link(from.c_str(), to.c_str()) == 0) return {};
    if (errno != EXDEV && errno != EPERM && errno != EMLINK && errno != EOPNOTSUPP) {
        return base::fail_errno("cannot hold", from);
    }
    VD_TRY(const std::uint64_t size, files.size_bytes(from));
    return copy_file(files, from, to, size);
}

Result<std::string> digest_of_state(store::StateReader& state) {
    base::Sha256 hash;
    VD_TRY_DO(state.export_canonical([&](std::string_view line) {
        hash.add(line);
        hash.add("\n");
    }));
    return hash.take_hex();
}

}  // namespace

Capture::Capture(base::Files& files, std::string data_folder, base::OwnedFd lock)
    : files_(files), data_folder_(std::move(data_folder)), lock_(std::move(lock)) {}

Capture::Capture(Capture&& other) noexcept
    : files_(other.files_),
      data_folder_(std::move(other.data_folder_)),
      lock_(std::move(other.lock_)),
      is_ours_(std::exchange(other.is_ours_, false)),
      captured_(std::move(other.captured_)),
      left_out_(std::move(other.left_out_)),
      head_(std::move(other.head_)) {}

Capture::~Capture() {
    if (is_ours_) static_cast<void>(clear());
}

std::string Capture::staged(std::string_view name) const {
    return data_folder_ + "/" + std::string(kStagingFolder) + "/" + std::string(name);
}

Result<void> Capture::clear() {
    std::error_code error;
    fs::remove_all(data_folder_ + "/" + std::string(kStagingFolder), error);
    fs::remove_all(store::engine_backups_folder(data_folder_ + "/" + std::string(kStoreFolder)) +
                       "/" + std::string(kStoreBackupName),
                   error);
    if (!error) return {};
    return base::fail(ErrorCode::io,
                      "cannot remove what an earlier backup left: " + error.message(),
                      data_folder_);
}

Result<bool> is_running(const std::string& data_folder) {
    const std::string path = data_folder + "/" + std::string(kStagingLock);
    const base::OwnedFd lock(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (!lock.is_open()) {
        if (errno == ENOENT) return false;
        return base::fail_errno("cannot open the lock", path);
    }
    // Ours for a moment: closing gives it back.
    return ::flock(lock.get(), LOCK_SH | LOCK_NB) != 0;
}

Result<Capture> Capture::begin(base::Files& files, std::string data_folder) {
    const std::string path = data_folder + "/" + std::string(kStagingLock);
    base::OwnedFd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
    if (!lock.is_open()) return base::fail_errno("cannot open the lock", path);
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
        return base::fail(ErrorCode::unavailable, "another backup of this folder is running", path);
    }
    Capture capture(files, std::move(data_folder), std::move(lock));
    VD_TRY_DO(capture.clear());
    VD_TRY_DO(files.make_folders(capture.staged(kJournalFolder)));
    capture.head_.program = VEDETTE_VERSION;
    return capture;
}

/// False if the journal removed one of a row meanwhile, so that there is a gap.
Result<bool> Capture::hold_segments() {
    const std::string from = data_folder_ + "/" + std::string(kJournalFolder);
    VD_TRY(const std::vector<std::string> names, files_.list(from));
    bool has_held = false;
    for (const std::string& name : names) {
        if (!is_segment(name)) continue;
        const std::string to = staged(kJournalFolder) + "/" + name;
        if (!files_.size_bytes(to)) {
            if (const auto held = link_or_copy(files_, from + "/" + name, to); !held) {
                if (files_.size_bytes(from + "/" + name)) return tl::unexpected(held.error());
                if (has_held) return false;
                continue;
            }
        }
        has_held = true;
    }
    return true;
}

Result<void> Capture::hold_journal() {
    for (int attempt = 0;; ++attempt) {
        VD_TRY(const bool is_whole, hold_segments());
        if (is_whole) break;
        if (attempt == kHoldAttemptsMax) {
            return base::fail(ErrorCode::unavailable, "the journal goes faster than we can follow",
                              data_folder_);
        }
        std::error_code error;
        fs::remove_all(staged(kJournalFolder), error);
        VD_TRY_DO(files_.make_folders(staged(kJournalFolder)));
    }
    // Controls of segments that went before those we hold. Its last record may be in writing.
    const std::string log = data_folder_ + "/" + std::string(kJournalFolder) + "/control.log";
    if (const auto size = files_.size_bytes(log)) {
        const std::string to = staged("control.log");
        VD_TRY_DO(copy_file(files_, log, to, *size));
        VD_TRY(const std::uint64_t copied, files_.size_bytes(to));
        std::string buffer;
        VD_TRY(const auto walk, journal::walk_segment(files_, to, 0, copied, buffer,
                                                      [](const auto&, auto) { return true; }));
        captured_.push_back({"journal/control.log", to, walk.valid_end_bytes});
    }
    return {};
}

Result<void> Capture::copy_state() {
    const std::string to = staged(kStateFile);
    VD_TRY_DO(store::copy_state(data_folder_ + "/" + std::string(kStateFile), to));
    VD_TRY(head_.state_schema, store::state_schema_stored(to));
    VD_TRY(auto state, store::StateReader::open(to));
    VD_TRY(head_.judged_to, state.applied(kFindingsView));
    VD_TRY(head_.stored_to, state.applied(kStoreView));
    VD_TRY(head_.state_digest, digest_of_state(state));
    VD_TRY(const std::uint64_t size, files_.size_bytes(to));
    captured_.push_back({std::string(kStateFile), to, size});
    return {};
}

Result<void> Capture::back_up_store(const base::HttpEndpoint& store, std::uint32_t schema) {
    const std::string name(kStoreBackupName);
    VD_TRY_DO(store::backup_database(store, name, kStoreTimeoutS));
    const std::string folder =
        store::engine_backups_folder(data_folder_ + "/" + std::string(kStoreFolder)) + "/" + name;
    VD_TRY(const std::uint64_t rows, store::rows_of_backup(folder));
    head_.store = StorePart{schema, rows};
    std::error_code error;
    for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        if (!entry->is_regular_file(error)) continue;
        const std::string path = entry->path().string();
        captured_.push_back({"store" + path.substr(folder.size()), path, entry->file_size(error)});
    }
    if (error) return base::fail(ErrorCode::io, "cannot list: " + error.message(), folder);
    return {};
}

Result<void> Capture::hold_file(const std::string& path, const std::string& name) {
    const std::string to = staged(name);
    VD_TRY_DO(files_.make_folders(fs::path(to).parent_path().string()));
    const auto size = files_.size_bytes(path);
    if (!size) return {};  // gone since it was listed
    VD_TRY_DO(*size <= kCopiedBytesMax ? copy_file(files_, path, to, *size)
                                       : link_or_copy(files_, path, to));
    VD_TRY(const std::uint64_t held, files_.size_bytes(to));
    captured_.push_back({name, to, held});
    return {};
}

Result<void> Capture::hold_folder(const std::string& folder, const std::string& name, int depth) {
    VD_TRY(const std::vector<std::string> entries, files_.list(folder));
    for (const std::string& entry : entries) {
        const std::string path = folder + "/" + entry;
        if (depth == 0 && std::find(kNotHeld.begin(), kNotHeld.end(), entry) != kNotHeld.end()) {
            continue;
        }
        std::error_code error;
        const fs::file_status status = fs::symlink_status(path, error);
        const std::string held_name = name + "/" + entry;
        if (fs::is_directory(status) && depth < kFolderDepthMax) {
            VD_TRY_DO(hold_folder(path, held_name, depth + 1));
        } else if (fs::is_regular_file(status) && is_good_name(held_name) &&
                   captured_.size() < kFilesMax) {
            VD_TRY_DO(hold_file(path, held_name));
        } else if (fs::exists(status)) {
            left_out_.push_back(path);
        }
    }
    return {};
}

Result<void> Capture::hold_files() { return hold_folder(data_folder_, "data", 0); }

Result<void> Capture::add(const std::string& name, const std::string& path) {
    return hold_file(path, name);
}

Result<void> Capture::end_at(journal::Offset end) {
    VD_TRY(const bool is_whole, hold_segments());
    VD_TRY(std::vector<std::string> names, files_.list(staged(kJournalFolder)));
    std::erase_if(names, [&](const std::string& name) { return first_of(name) > end; });
    head_.journal_end = end;
    head_.journal_first = names.empty() ? end + 1 : first_of(names.front());
    const bool reaches_back = head_.journal_first <= head_.judged_to + 1 &&
                              (!head_.store || head_.journal_first <= head_.stored_to + 1);
    if (!is_whole || !reaches_back || head_.judged_to > end || head_.stored_to > end) {
        return base::fail(ErrorCode::unavailable, "the journal moved away while it was looked at",
                          data_folder_, "try again");
    }
    for (const std::string& name : names) {
        Captured segment{"journal/" + name, staged(kJournalFolder) + "/" + name, 0};
        VD_TRY(segment.size_bytes, files_.size_bytes(segment.path));
        if (name == names.back()) {
            std::string buffer;
            VD_TRY(const auto walk,
                   journal::walk_segment(
                       files_, segment.path, journal::kSegmentHeadBytes, segment.size_bytes, buffer,
                       [&](const auto& record, auto) { return record.offset <= end; }));
            segment.size_bytes = walk.valid_end_bytes;
        }
        captured_.push_back(std::move(segment));
    }
    return {};
}

std::vector<Captured> Capture::files() const {
    std::vector<Captured> sorted = captured_;
    std::sort(sorted.begin(), sorted.end(),
              [](const Captured& a, const Captured& b) { return a.name < b.name; });
    return sorted;
}

}  // namespace vedette::engine::backup
