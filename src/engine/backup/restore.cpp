// SPDX-License-Identifier: Apache-2.0
#include "engine/backup/restore.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <set>

#include "base/files.h"
#include "base/sha256.h"
#include "engine/backup/capture.h"
#include "engine/backup/limits.h"
#include "engine/backup/source.h"
#include "engine/pipeline.h"
#include "engine/upgrade/upgrade.h"
#include "store/schema.h"
#include "store/state/state_copy.h"
#include "store/state/state_store.h"
#include "store/store_backup.h"
#include "store/supervisor.h"

namespace vedette::engine::backup {

namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Result;

constexpr std::string_view kStoreArchiveName = "vedette-restore";

/// Names in a data folder that files of the operator cannot have.
bool is_reserved(std::string_view name) {
    const std::string_view first = name.substr(0, name.find('/'));
    return first == kJournalFolder || first == kStoreFolder || first.starts_with(kStateFile) ||
           first == "admin.sock" || first == kStagingFolder || first == kStagingLock ||
           first == kUnfinishedRestore || first == "configuration" ||
           first == upgrade::kSnapshotsFolder || first == upgrade::kUpgradeMark;
}

/// Where a file of a backup goes within the data folder; empty: nowhere.
std::string place_of(std::string_view name) {
    const std::size_t slash = name.find('/');
    const std::string_view room = name.substr(0, slash);
    const std::string_view rest = slash == std::string_view::npos ? "" : name.substr(slash + 1);
    if (name == kStateFile) return std::string(name);
    if (room == "journal" && (rest == "control.log" || rest.ends_with(".seg")) &&
        rest.find('/') == std::string_view::npos) {
        return std::string(name);
    }
    if (room == "configuration") return std::string(name);
    if (room == "data" && !is_reserved(rest)) return std::string(rest);
    if (room == "store") {
        return fmt::format("store/engine/backups/{}/{}", kStoreArchiveName, rest);
    }
    return {};
}

/// Writes the files of a checked backup, and checks them again.
class Unpacking final : public FileSink {
  public:
    Unpacking(const Manifest& manifest, std::string folder, bool with_store)
        : manifest_(manifest), folder_(std::move(folder)), with_store_(with_store) {}

    Result<void> begin(std::string_view name, std::uint64_t size_bytes) override {
        entry_ = nullptr;
        if (name == kManifestName) return {};
        entry_ = manifest_.find(name);
        if (entry_ == nullptr || entry_->size_bytes != size_bytes) return changed(name);
        const std::string place = place_of(name);
        if (place.empty()) {
            return base::fail(ErrorCode::corrupt, "a file of a backup may not have this name",
                              std::string(name));
        }
        if (!with_store_ && name.starts_with("store/")) return {};
        path_ = folder_ + "/" + place;
        VD_TRY_DO(make_parents());
        fd_ = base::OwnedFd(
            ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (!fd_.is_open()) return base::fail_errno("cannot make", path_);
        return {};
    }
    Result<void> bytes(std::string_view piece) override {
        if (entry_ == nullptr) return {};
        hash_.add(piece);
        while (fd_.is_open() && !piece.empty()) {
            const ssize_t written = ::write(fd_.get(), piece.data(), piece.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return base::fail_errno("cannot write", path_);
            piece.remove_prefix(static_cast<std::size_t>(written));
        }
        return {};
    }
    Result<void> end() override {
        fd_.reset();
        if (entry_ == nullptr) return {};
        return hash_.take_hex() == entry_->sha256_hex ? Result<void>() : changed(entry_->name);
    }

  private:
    static tl::unexpected<base::Error> changed(std::string_view name) {
        return base::fail(ErrorCode::corrupt, "the backup changed while it was restored",
                          std::string(name));
    }
    Result<void> make_parents() {
        for (std::size_t at = path_.find('/', folder_.size() + 1); at != std::string::npos;
             at = path_.find('/', at + 1)) {
            const std::string folder = path_.substr(0, at);
            if (!folders_.insert(folder).second) continue;
            if (::mkdir(folder.c_str(), 0750) != 0 && errno != EEXIST) {
                return base::fail_errno("cannot make the folder", folder);
            }
        }
        return {};
    }

    const Manifest& manifest_;
    const std::string folder_;
    const bool with_store_;
    std::set<std::string> folders_;
    const FileEntry* entry_ = nullptr;
    base::Sha256 hash_;
    base::OwnedFd fd_;
    std::string path_;
};

Result<void> check_versions(const Manifest& manifest) {
    const auto newer = [](std::string_view what, std::uint32_t found, std::uint32_t known) {
        return base::fail(ErrorCode::unsupported,
                          fmt::format("the backup's {} has schema {}, this program knows up to {}",
                                      what, found, known),
                          {}, "restore it with a newer vedette");
    };
    if (manifest.state_schema > store::state_schema_known()) {
        return newer("state", manifest.state_schema, store::state_schema_known());
    }
    if (manifest.store && manifest.store->schema > store::schema_version_known()) {
        return newer("store", manifest.store->schema, store::schema_version_known());
    }
    return {};
}

/// An empty folder with our mark in it.
Result<void> prepare(const std::string& folder) {
    base::SystemFiles files;
    const std::string mark = folder + "/" + std::string(kUnfinishedRestore);
    std::error_code error;
    if (fs::exists(mark, error)) {
        // We made everything in it: it was empty when the mark was set.
        for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
             entry.increment(error)) {
            if (entry->path() != mark) fs::remove_all(entry->path(), error);
        }
        if (error) return base::fail(ErrorCode::io, "cannot clear: " + error.message(), folder);
        return {};
    }
    if (fs::exists(folder, error) && !fs::is_empty(folder, error)) {
        return base::fail(ErrorCode::bad_input, "the folder is not empty", folder,
                          "a restore never mixes with other data: move it away, or name another "
                          "folder with --data");
    }
    const bool is_new = !fs::exists(folder, error);
    VD_TRY_DO(files.make_folders(folder));
    if (is_new) ::chmod(folder.c_str(), 0750);
    return files.replace(mark, "a restore into this folder is not finished\n");
}

Result<void> check_room(const std::string& folder, std::uint64_t wanted_bytes) {
    struct statvfs info {};
    if (::statvfs(folder.c_str(), &info) != 0) return base::fail_errno("cannot look at", folder);
    const std::uint64_t free_bytes = std::uint64_t{info.f_bavail} * info.f_frsize;
    if (wanted_bytes <= free_bytes) return {};
    return base::fail(ErrorCode::limit,
                      fmt::format("the backup needs {} MB, {} MB are free there",
                                  wanted_bytes >> 20, free_bytes >> 20),
                      folder, "name a folder on a larger disk with --data");
}

Result<void> restore_store(const std::string& folder, const StorePart& part) {
    store::SupervisorOptions options;
    options.data_folder = folder + "/" + std::string(kStoreFolder);
    store::Supervisor supervisor(options);
    VD_TRY_DO(supervisor.start());
    VD_TRY_DO(store::restore_database(supervisor.endpoint(), std::string(kStoreArchiveName),
                                      kStoreTimeoutS));
    VD_TRY(const auto counts, store::count_events(supervisor.endpoint()));
    supervisor.stop();
    std::error_code error;
    fs::remove_all(
        store::engine_backups_folder(options.data_folder) + "/" + std::string(kStoreArchiveName),
        error);
    if (counts.rows == part.rows) return {};
    return base::fail(
        ErrorCode::corrupt,
        fmt::format("the store has {} rows, the backup had {}", counts.rows, part.rows), folder);
}

/// The store begins anew: everything the journal has goes into it once more.
Result<void> forget_store(const std::string& folder) {
    VD_TRY(auto state, store::StateStore::open(folder + "/" + std::string(kStateFile)));
    VD_TRY(auto transaction, state.begin());
    VD_TRY_DO(transaction.set_applied(kStoreView, 0));
    VD_TRY_DO(transaction.commit());
    return state.sync();
}

Result<void> sync_all(const std::string& folder) {
    const base::OwnedFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.is_open() || ::syncfs(fd.get()) != 0) {
        return base::fail_errno("cannot make durable", folder);
    }
    return {};
}

}  // namespace

Result<void> check_restored(const std::string& data_folder) {
    base::SystemFiles files;
    if (!files.size_bytes(data_folder + "/" + std::string(kUnfinishedRestore))) return {};
    return base::fail(ErrorCode::unavailable, "a restore into this folder was cut off", data_folder,
                      "run the same `vedette restore` again: it begins anew");
}

Result<Manifest> restore_backup(const RestoreOptions& options) {
    VD_TRY(const Manifest manifest, check_backup(options.source));
    VD_TRY_DO(check_versions(manifest));
    VD_TRY_DO(prepare(options.data_folder));
    const bool with_store = options.with_store && manifest.store.has_value();
    // The engine copies its part once more while it takes it in.
    VD_TRY_DO(check_room(options.data_folder, manifest.size_bytes() * (with_store ? 2 : 1)));
    Unpacking unpacking(manifest, options.data_folder, with_store);
    VD_TRY_DO(read_backup(options.source, unpacking));
    if (with_store) {
        VD_TRY_DO(restore_store(options.data_folder, *manifest.store));
    } else {
        VD_TRY_DO(forget_store(options.data_folder));
    }
    VD_TRY_DO(sync_all(options.data_folder));
    base::SystemFiles files;
    VD_TRY_DO(files.remove(options.data_folder + "/" + std::string(kUnfinishedRestore)));
    VD_TRY_DO(files.sync_folder(options.data_folder));
    return manifest;
}

}  // namespace vedette::engine::backup
