// SPDX-License-Identifier: Apache-2.0
#include "engine/backup/target.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <set>

#include "base/files.h"
#include "base/zstd_writer.h"
#include "engine/backup/limits.h"

namespace vedette::engine::backup {

namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Result;

/// A new file whose bytes go to the disk in steps.
class NewFile {
  public:
    static Result<NewFile> make(const std::string& path) {
        NewFile file;
        file.path_ = path;
        file.fd_ = base::OwnedFd(
            ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (!file.fd_.is_open()) return base::fail_errno("cannot make", path);
        return file;
    }
    Result<void> append(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return base::fail_errno("cannot write", path_);
            bytes.remove_prefix(static_cast<std::size_t>(written));
            unsynced_ += static_cast<std::uint64_t>(written);
        }
        return unsynced_ >= kSyncBytes ? sync() : Result<void>();
    }
    Result<void> sync() {
        unsynced_ = 0;
        if (::fdatasync(fd_.get()) != 0) return base::fail_errno("cannot make durable", path_);
        return {};
    }

  private:
    base::OwnedFd fd_;
    std::string path_;
    std::uint64_t unsynced_ = 0;
};

Result<void> give_name(const std::string& from, const std::string& to) {
    base::SystemFiles files;
    VD_TRY_DO(files.rename(from, to));
    return files.sync_folder(fs::path(to).parent_path().string());
}

void forget(const std::string& path) {
    std::error_code ignored;
    fs::remove_all(path, ignored);
}

class FolderTarget final : public Target {
  public:
    explicit FolderTarget(std::string path)
        : path_(std::move(path)), unfinished_(unfinished_path(path_)) {}
    ~FolderTarget() override {
        if (!is_finished_) forget(unfinished_);
    }

    Result<void> make_folder() {
        if (::mkdir(unfinished_.c_str(), 0700) != 0) {
            return base::fail_errno("cannot make the folder", unfinished_);
        }
        folders_.insert(unfinished_);
        return {};
    }
    Result<void> begin(std::string_view name, std::uint64_t) override {
        const std::string path = unfinished_ + "/" + std::string(name);
        VD_TRY_DO(make_parents(path));
        VD_TRY(NewFile made, NewFile::make(path));
        file_ = std::make_unique<NewFile>(std::move(made));
        return {};
    }
    Result<void> bytes(std::string_view piece) override { return file_->append(piece); }
    Result<void> end() override {
        VD_TRY_DO(file_->sync());
        file_.reset();
        return {};
    }
    bool link(std::string_view name, const std::string& path_of_same) override {
        const std::string path = unfinished_ + "/" + std::string(name);
        return make_parents(path) && ::link(path_of_same.c_str(), path.c_str()) == 0;
    }
    Result<void> finish() override {
        base::SystemFiles files;
        for (const std::string& folder : folders_) VD_TRY_DO(files.sync_folder(folder));
        VD_TRY_DO(give_name(unfinished_, path_));
        is_finished_ = true;
        return {};
    }

  private:
    Result<void> make_parents(const std::string& path) {
        for (std::size_t at = path.find('/', unfinished_.size() + 1); at != std::string::npos;
             at = path.find('/', at + 1)) {
            const std::string folder = path.substr(0, at);
            if (!folders_.insert(folder).second) continue;
            if (::mkdir(folder.c_str(), 0700) != 0) {
                return base::fail_errno("cannot make the folder", folder);
            }
        }
        return {};
    }

    const std::string path_, unfinished_;
    std::set<std::string> folders_;
    std::unique_ptr<NewFile> file_;
    bool is_finished_ = false;
};

class ArchiveTarget final : public Target {
  public:
    explicit ArchiveTarget(std::string path)
        : path_(std::move(path)), unfinished_(unfinished_path(path_)), zstd_(kArchiveLevel) {}
    ~ArchiveTarget() override {
        if (!is_finished_) forget(unfinished_);
    }

    Result<void> make_file() {
        VD_TRY(NewFile made, NewFile::make(unfinished_));
        file_ = std::make_unique<NewFile>(std::move(made));
        return {};
    }
    Result<void> begin(std::string_view name, std::uint64_t size_bytes) override {
        size_bytes_ = size_bytes;
        VD_TRY(const std::string head, tar_head(name, size_bytes));
        return pack(head);
    }
    Result<void> bytes(std::string_view piece) override { return pack(piece); }
    Result<void> end() override { return pack(tar_padding(size_bytes_)); }
    bool link(std::string_view, const std::string&) override { return false; }
    Result<void> finish() override {
        VD_TRY_DO(pack(tar_end()));
        VD_TRY_DO(zstd_.finish([this](std::string_view piece) { return file_->append(piece); }));
        VD_TRY_DO(file_->sync());
        VD_TRY_DO(give_name(unfinished_, path_));
        is_finished_ = true;
        return {};
    }

  private:
    Result<void> pack(std::string_view piece) {
        return zstd_.add(piece, [this](std::string_view packed) { return file_->append(packed); });
    }

    const std::string path_, unfinished_;
    base::ZstdWriter zstd_;
    std::unique_ptr<NewFile> file_;
    std::uint64_t size_bytes_ = 0;
    bool is_finished_ = false;
};

}  // namespace

std::string unfinished_path(const std::string& path) { return path + ".unfinished-backup"; }

bool is_archive_name(std::string_view path) { return path.ends_with(".tar.zst"); }

Result<std::unique_ptr<Target>> Target::make(const std::string& path) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) == 0) {
        return base::fail(ErrorCode::bad_input, "there is something of this name already", path,
                          "a backup never replaces another: give it a name of its own");
    }
    forget(unfinished_path(path));
    if (is_archive_name(path)) {
        auto archive = std::make_unique<ArchiveTarget>(path);
        VD_TRY_DO(archive->make_file());
        return archive;
    }
    auto folder = std::make_unique<FolderTarget>(path);
    VD_TRY_DO(folder->make_folder());
    return folder;
}

}  // namespace vedette::engine::backup
