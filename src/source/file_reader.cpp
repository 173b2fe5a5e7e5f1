// SPDX-License-Identifier: Apache-2.0
#include "source/file_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

namespace vedette::source {

namespace {

using base::ErrorCode;
using base::Result;

constexpr std::size_t kBlockBytes = 1u << 18;
/// Records that a format is recognised by.
constexpr std::size_t kSampleRecordsMax = 64;
/// Bytes in which a text has no NUL.
constexpr std::size_t kTextCheckBytes = 4'096;

}  // namespace

Result<FileReader> FileReader::open(const std::string& path,
                                    const event::FormatDeclarations& formats,
                                    FileReaderOptions options) {
    base::OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.is_open()) return base::fail_errno("cannot open", path);
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) return base::fail_errno("cannot look at", path);
    if (!S_ISREG(info.st_mode)) {
        return base::fail(ErrorCode::unsupported, "this is not a regular file", path);
    }
    if (options.arrival.unix_ns == 0) {
        options.arrival.unix_ns = info.st_mtim.tv_sec * base::kNsPerSecond + info.st_mtim.tv_nsec;
    }
    FileReader reader(std::move(fd), path, std::move(options));
    reader.formats_ = &formats;
    reader.size_bytes_ = static_cast<std::uint64_t>(info.st_size);
    VD_TRY_DO(reader.read_block());
    if (reader.error_ && reader.error_->code == ErrorCode::unsupported) {
        return tl::unexpected<base::Error>(*reader.error_);
    }
    return reader;
}

Result<std::optional<event::Chunk>> FileReader::next() {
    while (ready_.empty() && !is_at_end_ && !error_) VD_TRY_DO(read_block());
    if (ready_.empty()) {
        if (error_) return tl::unexpected<base::Error>(*error_);
        return std::optional<event::Chunk>();
    }
    event::Chunk chunk = std::move(ready_.front());
    ready_.pop_front();
    return std::optional<event::Chunk>(std::move(chunk));
}

Result<void> FileReader::read_block() {
    std::string block(kBlockBytes, '\0');
    ssize_t got = 0;
    do {
        got = ::read(fd_.get(), block.data(), block.size());
    } while (got < 0 && errno == EINTR);
    if (got < 0) return base::fail_errno("cannot read", path_);
    read_bytes_ += static_cast<std::uint64_t>(got);
    const auto take = [&](std::string_view bytes) { return frame(bytes); };
    const auto opened =
        got > 0
            ? opener_.feed(std::string_view(block).substr(0, static_cast<std::size_t>(got)), take)
            : opener_.finish(take);
    if (!opened) error_ = opened.error();
    if (error_ && error_->where.empty()) error_->where = path_;
    if (got > 0 && opened) return {};
    is_at_end_ = true;
    while (!framer_.finish(chunk_)) end_chunk();
    end_chunk();
    return {};
}

Result<void> FileReader::check_is_text(std::string_view bytes) {
    was_checked_ = true;
    if (bytes.substr(0, kTextCheckBytes).find('\0') == std::string_view::npos) return {};
    return base::fail(ErrorCode::unsupported, "this is not a text", path_,
                      "formats that are not lines of text are not read yet");
}

Result<void> FileReader::frame(std::string_view bytes) {
    if (!was_checked_ && !bytes.empty()) VD_TRY_DO(check_is_text(bytes));
    while (!bytes.empty()) {
        bytes.remove_prefix(framer_.feed(bytes, chunk_));
        if (!bytes.empty()) end_chunk();
    }
    return {};
}

void FileReader::end_chunk() {
    if (chunk_.record_count() == 0) return;
    if (options_.format.empty()) {
        std::vector<std::string_view> sample;
        for (std::size_t i = 0; i < std::min(chunk_.record_count(), kSampleRecordsMax); ++i) {
            sample.push_back(chunk_.record(i));
        }
        options_.format = event::recognise(*formats_, sample).name;
    }
    chunk_.envelope.source = options_.source;
    chunk_.envelope.origin = path_;
    chunk_.envelope.format = options_.format;
    chunk_.envelope.arrival = options_.arrival;
    for (const event::FormatDeclaration& format : *formats_) {
        if (format.name == options_.format) chunk_.envelope.format_version = format.version;
    }
    ready_.push_back(std::exchange(chunk_, event::Chunk()));
}

Result<std::vector<std::string>> files_below(const std::string& path) {
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found) {
        return base::fail(ErrorCode::not_found, "there is no such file or folder", path);
    }
    std::vector<std::string> found;
    if (status.type() != fs::file_type::directory) {
        found.push_back(path);
        return found;
    }
    for (fs::recursive_directory_iterator
             entry(path, fs::directory_options::skip_permission_denied, error),
         end;
         !error && entry != end; entry.increment(error)) {
        if (entry->is_symlink(error) || !entry->is_regular_file(error)) continue;
        found.push_back(entry->path().string());
    }
    if (error) {
        errno = error.value();
        return base::fail_errno("cannot list", path);
    }
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace vedette::source
