// SPDX-License-Identifier: Apache-2.0
#include "engine/backup/source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <vector>

#include "base/compressed.h"
#include "base/files.h"
#include "base/sha256.h"
#include "engine/backup/limits.h"

namespace vedette::engine::backup {

namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Result;

auto corrupt(std::string text, std::string where) {
    return base::fail(ErrorCode::corrupt, std::move(text), std::move(where),
                      "this backup is not whole, or was changed: take another one");
}

Result<std::size_t> read_block(int fd, std::string& block, const std::string& path) {
    for (;;) {
        const ssize_t got = ::read(fd, block.data(), block.size());
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) return base::fail_errno("cannot read", path);
    }
}

/// Names of all files below a folder, in order.
Result<std::vector<std::string>> names_below(const std::string& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string path = entry->path().string();
        const fs::file_status status = entry->symlink_status(error);
        if (error) break;
        if (fs::is_directory(status)) continue;
        std::string name = path.substr(folder.size() + 1);
        if (!fs::is_regular_file(status)) {
            return corrupt("the backup holds something that is no plain file", path);
        }
        if (!is_good_name(name)) return corrupt("a file of a backup may not have this name", path);
        if (names.size() > kFilesMax) {
            return base::fail(ErrorCode::limit, "more files than a backup may have", folder);
        }
        names.push_back(std::move(name));
    }
    if (error) {
        errno = error.value();
        return base::fail_errno("cannot list", folder);
    }
    std::sort(names.begin(), names.end());
    return names;
}

Result<void> read_file_of_folder(const std::string& path, const std::string& name, FileSink& sink,
                                 std::string& block) {
    const base::OwnedFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    struct stat info {};
    if (!fd.is_open() || ::fstat(fd.get(), &info) != 0)
        return base::fail_errno("cannot open", path);
    if (!S_ISREG(info.st_mode)) return corrupt("this is no plain file", path);
    auto left = static_cast<std::uint64_t>(info.st_size);
    VD_TRY_DO(sink.begin(name, left));
    while (left > 0) {
        VD_TRY(const std::size_t got, read_block(fd.get(), block, path));
        if (got == 0 || got > left) return corrupt("the file changes while it is read", path);
        VD_TRY_DO(sink.bytes(std::string_view(block).substr(0, got)));
        left -= got;
    }
    return sink.end();
}

Result<void> read_folder(const std::string& folder, FileSink& sink) {
    VD_TRY(const std::vector<std::string> names, names_below(folder));
    std::string block(kBlockBytes, '\0');
    for (const std::string& name : names) {
        VD_TRY_DO(read_file_of_folder(folder + "/" + name, name, sink, block));
    }
    return {};
}

Result<void> read_archive(const std::string& path, FileSink& sink) {
    const base::OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.is_open()) return base::fail_errno("cannot open", path);
    base::Decompressor unpack;
    TarReader tar(sink);
    const auto feed = [&](std::string_view piece) { return tar.feed(piece); };
    std::string block(kBlockBytes, '\0');
    for (;;) {
        VD_TRY(const std::size_t got, read_block(fd.get(), block, path));
        if (got == 0) break;
        VD_TRY_DO(unpack.feed(std::string_view(block).substr(0, got), feed));
    }
    VD_TRY_DO(unpack.finish(feed));
    return tar.finish();
}

/// Hashes what comes, and keeps the manifest's text.
class Checking final : public FileSink {
  public:
    Result<void> begin(std::string_view name, std::uint64_t size_bytes) override {
        is_manifest_ = name == kManifestName;
        if (is_manifest_ && size_bytes > kManifestBytesMax) {
            return base::fail(ErrorCode::limit, "the manifest is too large", std::string(name));
        }
        if (files_.size() > kFilesMax) {
            return base::fail(ErrorCode::limit, "more files than a backup may have");
        }
        if (!is_manifest_) files_.push_back({std::string(name), size_bytes, {}});
        return {};
    }
    Result<void> bytes(std::string_view piece) override {
        if (is_manifest_) {
            manifest_.append(piece);
        } else {
            hash_.add(piece);
        }
        return {};
    }
    Result<void> end() override {
        if (!is_manifest_) files_.back().sha256_hex = hash_.take_hex();
        return {};
    }

    Result<Manifest> compared(const std::string& where) {
        if (manifest_.empty()) {
            return corrupt(
                "there is no manifest: this is no backup, or one that was never finished", where);
        }
        VD_TRY(Manifest manifest, decode_manifest(manifest_));
        std::sort(files_.begin(), files_.end(),
                  [](const FileEntry& a, const FileEntry& b) { return a.name < b.name; });
        for (std::size_t i = 0; i < std::max(files_.size(), manifest.files.size()); ++i) {
            const bool is_there = i < files_.size(), is_named = i < manifest.files.size();
            if (is_there && is_named && files_[i] == manifest.files[i]) continue;
            if (is_named && (!is_there || files_[i].name > manifest.files[i].name)) {
                return corrupt("a file is missing", where + "/" + manifest.files[i].name);
            }
            if (!is_named || files_[i].name < manifest.files[i].name) {
                return corrupt("the manifest does not know this file",
                               where + "/" + files_[i].name);
            }
            return corrupt("the file is not as it was written", where + "/" + files_[i].name);
        }
        return manifest;
    }

  private:
    std::vector<FileEntry> files_;
    std::string manifest_;
    base::Sha256 hash_;
    bool is_manifest_ = false;
};

}  // namespace

Result<void> read_backup(const std::string& path, FileSink& sink) {
    std::error_code error;
    return fs::is_directory(path, error) ? read_folder(path, sink) : read_archive(path, sink);
}

Result<Manifest> check_backup(const std::string& path) {
    Checking checking;
    VD_TRY_DO(read_backup(path, checking));
    return checking.compared(path);
}

Result<Manifest> read_manifest(const std::string& folder) {
    VD_TRY(const std::string text,
           base::read_file(folder + "/" + std::string(kManifestName), kManifestBytesMax));
    return decode_manifest(text);
}

}  // namespace vedette::engine::backup
