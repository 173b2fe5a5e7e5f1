// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::base {

/// A file descriptor that closes itself.
class OwnedFd {
  public:
    OwnedFd() = default;
    explicit OwnedFd(int fd) : fd_(fd) {}
    OwnedFd(OwnedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    OwnedFd& operator=(OwnedFd&& other) noexcept;
    OwnedFd(const OwnedFd&) = delete;
    OwnedFd& operator=(const OwnedFd&) = delete;
    ~OwnedFd();
    int get() const { return fd_; }
    bool is_open() const { return fd_ >= 0; }
    void reset();
    /// Gives the descriptor away: closing it is now the caller's.
    int release() { return std::exchange(fd_, -1); }

  private:
    int fd_ = -1;
};

/// A file that is written at its end and made durable on demand.
class AppendFile {
  public:
    virtual ~AppendFile() = default;
    /// All bytes or an error; after an error the file may hold a part of them.
    virtual Result<void> append(std::string_view bytes) = 0;
    /// Returns once the bytes appended before are on the disk (fdatasync).
    virtual Result<void> sync() = 0;
    virtual Result<void> truncate(std::uint64_t size_bytes) = 0;
};

/// The disk, as far as what must survive is concerned. Handed in, so that tests can fail the n-th
/// call or forget what was not synced.
class Files {
  public:
    virtual ~Files() = default;
    /// Opens for appending, creating it if missing.
    virtual Result<std::unique_ptr<AppendFile>> open_append(const std::string& path) = 0;
    /// Appends what the file has there to `buffer`: fewer bytes than asked for at its end. The
    /// buffer is the caller's so that it can be used again: fresh memory costs more than the read.
    virtual Result<void> read_more(const std::string& path, std::uint64_t offset,
                                   std::uint64_t size_bytes, std::string& buffer) = 0;
    Result<std::string> read(const std::string& path, std::uint64_t offset,
                             std::uint64_t size_bytes);
    virtual Result<std::uint64_t> size_bytes(const std::string& path) = 0;
    /// Names (not paths) in a folder, sorted.
    virtual Result<std::vector<std::string>> list(const std::string& folder) = 0;
    virtual Result<void> make_folders(const std::string& folder) = 0;
    virtual Result<void> remove(const std::string& path) = 0;
    virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
    /// Makes creations, renames and removals in the folder durable.
    virtual Result<void> sync_folder(const std::string& folder) = 0;
    /// Writes beside, syncs, renames over: afterwards the path holds the old or the new bytes
    /// whole.
    Result<void> replace(const std::string& path, std::string_view bytes);
};

/// The machine's file system.
class SystemFiles final : public Files {
  public:
    Result<std::unique_ptr<AppendFile>> open_append(const std::string& path) override;
    Result<void> read_more(const std::string& path, std::uint64_t offset, std::uint64_t size_bytes,
                           std::string& buffer) override;
    Result<std::uint64_t> size_bytes(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& folder) override;
    Result<void> make_folders(const std::string& folder) override;
    Result<void> remove(const std::string& path) override;
    Result<void> rename(const std::string& from, const std::string& to) override;
    Result<void> sync_folder(const std::string& folder) override;
};

/// Reads a whole file of at most `size_bytes_max`. Errors: limit if it is larger.
Result<std::string> read_file(const std::string& path, std::uint64_t size_bytes_max);

}  // namespace vedette::base
