// SPDX-License-Identifier: Apache-2.0
#include "engine/backup/take.h"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <filesystem>
#include <memory>

#include "base/counters.h"
#include "base/files.h"
#include "base/sha256.h"
#include "engine/backup/capture.h"
#include "engine/backup/limits.h"
#include "engine/backup/source.h"
#include "engine/backup/target.h"
#include "engine/upgrade/upgrade.h"
#include "journal/segments/segment_journal.h"
#include "store/client.h"
#include "store/schema.h"
#include "store/state/state_store.h"
#include "store/supervisor.h"

namespace vedette::engine::backup {

namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Result;

/// Each byte of a file, in blocks.
Result<void> for_blocks(base::Files& files, const Captured& file,
                        const std::function<Result<void>(std::string_view)>& take) {
    std::string block;
    for (std::uint64_t at = 0; at < file.size_bytes; at += block.size()) {
        block.clear();
        VD_TRY_DO(files.read_more(
            file.path, at, std::min<std::uint64_t>(kBlockBytes, file.size_bytes - at), block));
        if (block.empty()) {
            return base::fail(ErrorCode::unavailable, "the file changed while it was read",
                              file.path, "try again");
        }
        VD_TRY_DO(take(block));
    }
    return {};
}

/// Puts files into the target, each with its hash.
class Copying {
  public:
    Copying(base::Files& files, Target& target, const std::string& earlier)
        : files_(files), target_(target), earlier_folder_(earlier) {}

    Result<void> read_earlier() {
        if (earlier_folder_.empty()) return {};
        VD_TRY(earlier_, read_manifest(earlier_folder_));
        return {};
    }

    Result<FileEntry> put(const Captured& file) {
        FileEntry entry{file.name, file.size_bytes, {}};
        base::Sha256 hash;
        const FileEntry* const before = earlier_.find(file.name);
        if (before != nullptr && before->size_bytes == file.size_bytes) {
            VD_TRY_DO(for_blocks(files_, file, [&](std::string_view piece) -> Result<void> {
                hash.add(piece);
                return {};
            }));
            entry.sha256_hex = hash.take_hex();
            if (entry.sha256_hex == before->sha256_hex &&
                target_.link(file.name, earlier_folder_ + "/" + file.name)) {
                shared_bytes_ += file.size_bytes;
                return entry;
            }
        }
        VD_TRY_DO(target_.begin(file.name, file.size_bytes));
        VD_TRY_DO(for_blocks(files_, file, [&](std::string_view piece) {
            hash.add(piece);
            return target_.bytes(piece);
        }));
        VD_TRY_DO(target_.end());
        entry.sha256_hex = hash.take_hex();
        return entry;
    }
    std::uint64_t shared_bytes() const { return shared_bytes_; }

  private:
    base::Files& files_;
    Target& target_;
    const std::string earlier_folder_;
    Manifest earlier_;
    std::uint64_t shared_bytes_ = 0;
};

/// The data folder of no server, held for ourselves: the journal's end is what it is.
struct OwnFolder {
    base::CounterRegistry counters;
    std::unique_ptr<journal::SegmentJournal> journal;

    Result<void> open(base::Files& files, const std::string& data_folder) {
        journal::SegmentJournalOptions options;
        options.folder = data_folder + "/" + std::string(kJournalFolder);
        if (!files.size_bytes(options.folder)) {
            return base::fail(ErrorCode::not_found, "there is no data of vedette here", data_folder,
                              "name the folder with --data");
        }
        VD_TRY(journal, journal::SegmentJournal::open(files, options, counters));
        if (upgrade::is_cut_off(files, data_folder)) {
            return base::fail(ErrorCode::unavailable, "an upgrade of this folder was cut off",
                              data_folder, "start the server once: it puts it in order");
        }
        // A folder whose server never came to its first commit has no state yet; one of an older
        // schema is not for us to change.
        const std::string state = data_folder + "/" + std::string(kStateFile);
        if (!files.size_bytes(state)) VD_TRY_DO(store::StateStore::open(state));
        return {};
    }
};

Result<void> back_up_store(Capture& capture, const TakeOptions& options) {
    store::SupervisorOptions store_options;
    store_options.data_folder = options.data_folder + "/" + std::string(kStoreFolder);
    const bool has_store = options.server ? options.server->has_store
                                          : fs::is_directory(store_options.data_folder + "/engine");
    if (!options.with_store || !has_store) return {};
    store::Supervisor supervisor(store_options);
    if (!options.server) VD_TRY_DO(supervisor.start());
    store::ClientOptions client_options;
    client_options.endpoint = supervisor.endpoint();
    store::Client client(client_options);
    VD_TRY(const std::uint32_t schema, store::schema_version_stored(client));
    auto done = schema == 0 ? Result<void>()  // started once and never set up
                            : capture.back_up_store(supervisor.endpoint(), schema);
    if (!options.server) supervisor.stop();
    return done;
}

Result<void> check_place(const TakeOptions& options) {
    const std::string inside = fs::weakly_canonical(options.data_folder).string() + "/";
    const std::string parent = fs::path(options.target).parent_path().string();
    if ((fs::weakly_canonical(parent).string() + "/").starts_with(inside)) {
        return base::fail(ErrorCode::bad_input, "a backup cannot lie in the folder it is of",
                          options.target, "another disk is the best place");
    }
    if (!options.earlier.empty() && is_archive_name(options.target)) {
        return base::fail(ErrorCode::bad_input, "one file cannot share with an earlier backup",
                          options.target, "give a folder as target");
    }
    return {};
}

Result<void> check_room_of_target(const std::string& target, std::uint64_t wanted_bytes) {
    struct statvfs info {};
    const std::string parent = fs::path(target).parent_path().string();
    if (::statvfs(parent.c_str(), &info) != 0) return base::fail_errno("cannot look at", parent);
    const std::uint64_t free_bytes = std::uint64_t{info.f_bavail} * info.f_frsize;
    if (wanted_bytes <= free_bytes) return {};
    return base::fail(ErrorCode::limit,
                      fmt::format("the backup has {} MB, {} MB are free there", wanted_bytes >> 20,
                                  free_bytes >> 20),
                      parent, "free some space, or leave the store out: --without-store");
}

}  // namespace

Result<TakeReport> take_backup(const TakeOptions& options) {
    base::SystemFiles files;
    base::SystemClock clock;
    VD_TRY_DO(check_place(options));
    OwnFolder own;
    if (!options.server) VD_TRY_DO(own.open(files, options.data_folder));
    VD_TRY(Capture capture, Capture::begin(files, options.data_folder));
    VD_TRY_DO(capture.hold_journal());
    VD_TRY_DO(capture.copy_state());
    VD_TRY_DO(back_up_store(capture, options));
    VD_TRY_DO(capture.hold_files());
    if (!options.config_path.empty()) {
        VD_TRY_DO(capture.add("configuration/vedette.yml", options.config_path));
    }
    journal::Offset end = 0;
    if (options.server) {
        VD_TRY(end, options.server->durable_end());
    } else {
        end = own.journal->durable_end();
    }
    VD_TRY_DO(capture.end_at(end));

    TakeReport report;
    report.manifest = capture.head();
    report.manifest.taken = clock.now();
    report.left_out = capture.left_out();
    const std::vector<Captured> captured = capture.files();
    std::uint64_t total_bytes = 0;
    for (const Captured& file : captured) total_bytes += file.size_bytes;
    if (!is_archive_name(options.target) && options.earlier.empty()) {
        VD_TRY_DO(check_room_of_target(options.target, total_bytes));
    }
    VD_TRY(const auto target, Target::make(options.target));
    Copying copying(files, *target, options.earlier);
    VD_TRY_DO(copying.read_earlier());
    for (const Captured& file : captured) {
        VD_TRY(FileEntry entry, copying.put(file));
        report.manifest.files.push_back(std::move(entry));
    }
    const std::string manifest = encode(report.manifest);
    VD_TRY_DO(target->begin(kManifestName, manifest.size()));
    VD_TRY_DO(target->bytes(manifest));
    VD_TRY_DO(target->end());
    VD_TRY_DO(target->finish());
    report.shared_bytes = copying.shared_bytes();
    return report;
}

}  // namespace vedette::engine::backup
