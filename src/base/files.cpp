// SPDX-License-Identifier: Apache-2.0
#include "base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

namespace vedette::base {

OwnedFd& OwnedFd::operator=(OwnedFd&& other) noexcept {
    if (this != &other) {
        reset();
        fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
}

OwnedFd::~OwnedFd() { reset(); }

void OwnedFd::reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

namespace {

class SystemAppendFile final : public AppendFile {
  public:
    SystemAppendFile(OwnedFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

    Result<void> append(std::string_view bytes) override {
        while (!bytes.empty()) {
            const ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return fail_errno("cannot write", path_);
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        return {};
    }

    Result<void> sync() override {
        if (::fdatasync(fd_.get()) != 0) return fail_errno("cannot make durable", path_);
        return {};
    }

    Result<void> truncate(std::uint64_t size_bytes) override {
        if (::ftruncate(fd_.get(), static_cast<off_t>(size_bytes)) != 0) {
            return fail_errno("cannot cut", path_);
        }
        return {};
    }

  private:
    OwnedFd fd_;
    std::string path_;
};

Result<OwnedFd> open_for_reading(const std::string& path) {
    OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.is_open()) return fail_errno("cannot open", path);
    return fd;
}

}  // namespace

Result<void> Files::replace(const std::string& path, std::string_view bytes) {
    const std::string beside = path + ".new";
    if (size_bytes(beside)) VD_TRY_DO(remove(beside));
    {
        VD_TRY(auto file, open_append(beside));
        VD_TRY_DO(file->append(bytes));
        VD_TRY_DO(file->sync());
    }
    VD_TRY_DO(rename(beside, path));
    return sync_folder(std::filesystem::path(path).parent_path().string());
}

Result<std::unique_ptr<AppendFile>> SystemFiles::open_append(const std::string& path) {
    OwnedFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
    if (!fd.is_open()) return fail_errno("cannot open for writing", path);
    return std::make_unique<SystemAppendFile>(std::move(fd), path);
}

Result<std::string> Files::read(const std::string& path, std::uint64_t offset,
                                std::uint64_t size_bytes) {
    std::string out;
    VD_TRY_DO(read_more(path, offset, size_bytes, out));
    return out;
}

Result<void> SystemFiles::read_more(const std::string& path, std::uint64_t offset,
                                    std::uint64_t size_bytes, std::string& buffer) {
    VD_TRY(const OwnedFd fd, open_for_reading(path));
    const std::size_t before = buffer.size();
    buffer.resize(before + size_bytes);
    std::size_t done = 0;
    Result<void> result;
    while (done < size_bytes) {
        const ssize_t got = ::pread(fd.get(), buffer.data() + before + done, size_bytes - done,
                                    static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) result = fail_errno("cannot read", path);
        if (got <= 0) break;
        done += static_cast<std::size_t>(got);
    }
    buffer.resize(before + done);
    return result;
}

Result<std::uint64_t> SystemFiles::size_bytes(const std::string& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return fail_errno("cannot look at", path);
    return static_cast<std::uint64_t>(info.st_size);
}

Result<std::vector<std::string>> SystemFiles::list(const std::string& folder) {
    std::error_code error;
    std::vector<std::string> names;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        names.push_back(entry->path().filename().string());
    }
    if (error) {
        errno = error.value();
        return fail_errno("cannot list", folder);
    }
    std::sort(names.begin(), names.end());
    return names;
}

Result<void> SystemFiles::make_folders(const std::string& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
        errno = error.value();
        return fail_errno("cannot make the folder", folder);
    }
    return {};
}

Result<void> SystemFiles::remove(const std::string& path) {
    if (::unlink(path.c_str()) != 0) return fail_errno("cannot remove", path);
    return {};
}

Result<void> SystemFiles::rename(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) return fail_errno("cannot rename to " + to, from);
    return {};
}

Result<void> SystemFiles::sync_folder(const std::string& folder) {
    const OwnedFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.is_open()) return fail_errno("cannot open", folder);
    if (::fsync(fd.get()) != 0) return fail_errno("cannot make durable", folder);
    return {};
}

Result<std::string> read_file(const std::string& path, std::uint64_t size_bytes_max) {
    SystemFiles files;
    VD_TRY(const std::uint64_t size, files.size_bytes(path));
    if (size > size_bytes_max) {
        return fail(ErrorCode::limit,
                    "the file has " + std::to_string(size) + " bytes, more than the allowed " +
                        std::to_string(size_bytes_max),
                    path);
    }
    return files.read(path, 0, size);
}

}  // namespace vedette::base
