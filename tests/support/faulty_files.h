// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"

namespace vedette::tests {

/// The real file system, but the n-th call that changes it fails, with half of an append written.
class FaultyFiles final : public base::Files {
  public:
    /// Fails `count` calls from the `fail_at`-th on (0-based).
    void fail_from(int fail_at, int count, int error_number) {
        fail_at_ = fail_at;
        fail_until_ = fail_at + count;
        error_number_ = error_number;
        calls_ = 0;
    }
    int calls() const { return calls_; }

    base::Result<std::unique_ptr<base::AppendFile>> open_append(const std::string& path) override {
        if (must_fail()) return failure("open", path);
        VD_TRY(auto real, real_.open_append(path));
        return std::make_unique<File>(*this, std::move(real), path);
    }
    base::Result<void> read_more(const std::string& path, std::uint64_t offset,
                                 std::uint64_t size_bytes, std::string& buffer) override {
        return real_.read_more(path, offset, size_bytes, buffer);
    }
    base::Result<std::uint64_t> size_bytes(const std::string& path) override {
        return real_.size_bytes(path);
    }
    base::Result<std::vector<std::string>> list(const std::string& folder) override {
        return real_.list(folder);
    }
    base::Result<void> make_folders(const std::string& folder) override {
        if (must_fail()) return failure("make", folder);
        return real_.make_folders(folder);
    }
    base::Result<void> remove(const std::string& path) override {
        if (must_fail()) return failure("remove", path);
        return real_.remove(path);
    }
    base::Result<void> rename(const std::string& from, const std::string& to) override {
        if (must_fail()) return failure("rename", from);
        return real_.rename(from, to);
    }
    base::Result<void> sync_folder(const std::string& folder) override {
        if (must_fail()) return failure("sync", folder);
        return real_.sync_folder(folder);
    }

  private:
    class File final : public base::AppendFile {
      public:
        File(FaultyFiles& owner, std::unique_ptr<base::AppendFile> real, std::string path)
            : owner_(owner), real_(std::move(real)), path_(std::move(path)) {}
        base::Result<void> append(std::string_view bytes) override {
            if (!owner_.must_fail()) return real_->append(bytes);
            static_cast<void>(real_->append(bytes.substr(0, bytes.size() / 2)));
            return owner_.failure("append", path_);
        }
        base::Result<void> sync() override {
            if (owner_.must_fail()) return owner_.failure("sync", path_);
            return real_->sync();
        }
        base::Result<void> truncate(std::uint64_t size_bytes) override {
            if (owner_.must_fail()) return owner_.failure("truncate", path_);
            return real_->truncate(size_bytes);
        }

      private:
        FaultyFiles& owner_;
        std::unique_ptr<base::AppendFile> real_;
        std::string path_;
    };

    bool must_fail() {
        const int call = calls_++;
        return call >= fail_at_ && call < fail_until_;
    }
    tl::unexpected<base::Error> failure(std::string_view action, const std::string& path) {
        errno = error_number_;
        return base::fail_errno(action, path);
    }

    base::SystemFiles real_;
    std::atomic<int> calls_{0};
    std::atomic<int> fail_at_{1 << 30}, fail_until_{1 << 30}, error_number_{ENOSPC};
};

}  // namespace vedette::tests
