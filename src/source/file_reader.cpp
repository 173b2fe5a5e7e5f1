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
    FileReader reader(std::move(fd), path, std::move(options), formats);
    reader.size_bytes_ = static_cast<std::uint64_t>(info.st_size);
    // The first chunk tells whether it is text at all.
    while (reader.ready_.empty() && !reader.is_at_end_ && !reader.error_) {
        VD_TRY_DO(reader.read_block());
    }
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
    if (got == 0) {
        end();
        return {};
    }
    std::string_view rest = std::string_view(block).substr(0, static_cast<std::size_t>(got));
    while (!rest.empty()) {
        const auto taken = input_->feed(rest);
        if (!taken) {
            fail_with(taken.error());
            return {};
        }
        rest.remove_prefix(*taken);
        take_chunks(false);
    }
    return {};
}

/// The input ends, or stops being readable: what is there is given out.
void FileReader::end() {
    is_at_end_ = true;
    for (bool is_done = false; !is_done;) {
        const auto done = input_->finish();
        take_chunks(true);
        if (!done && !error_) keep_error(done.error());
        is_done = !done || *done;
    }
    take_chunks(true);
}

void FileReader::fail_with(const base::Error& error) {
    keep_error(error);
    is_at_end_ = true;
    while (!input_->finish_record()) take_chunks(true);
    take_chunks(true);
}

void FileReader::keep_error(const base::Error& error) {
    error_ = error;
    if (error_->where.empty()) error_->where = path_;
}

void FileReader::take_chunks(bool also_partial) {
    while (auto taken = input_->take(also_partial)) {
        event::Chunk& chunk = taken->chunk;
        options_.format = chunk.envelope.format;
        chunk.envelope.source = options_.source;
        chunk.envelope.origin = path_;
        chunk.envelope.arrival = options_.arrival;
        ready_.push_back(std::move(chunk));
    }
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
