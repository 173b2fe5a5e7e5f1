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

constexpr std::size_t kReadBlockBytes = 1u << 18;

base::Error keep_path(base::Error error, const std::string& path) {
    if (error.where.empty()) error.where = path;
    return error;
}

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
    if (reader.options_.workers != nullptr && holds_archive(reader.fd_.get())) {
        reader.archive_ =
            std::make_unique<OpenedArchive>(*reader.options_.workers, std::move(reader.fd_));
        return reader;
    }
    reader.begin_input(path, reader.options_.arrival);
    // The first chunk tells whether it is text at all.
    while (reader.ready_.empty() && !reader.is_at_end_) VD_TRY_DO(reader.read_block());
    if (reader.error_ && reader.error_->code == ErrorCode::unsupported) {
        return tl::unexpected<base::Error>(*reader.error_);
    }
    return reader;
}

Result<std::optional<event::Chunk>> FileReader::next() {
    while (ready_.empty() && !is_at_end_) {
        if (archive_) {
            VD_TRY_DO(read_part());
        } else {
            VD_TRY_DO(read_block());
        }
    }
    if (ready_.empty()) {
        if (error_) return tl::unexpected<base::Error>(*error_);
        return std::optional<event::Chunk>();
    }
    event::Chunk chunk = std::move(ready_.front());
    ready_.pop_front();
    return std::optional<event::Chunk>(std::move(chunk));
}

Result<void> FileReader::read_block() {
    std::string block(kReadBlockBytes, '\0');
    ssize_t got = 0;
    do {
        got = ::read(fd_.get(), block.data(), block.size());
    } while (got < 0 && errno == EINTR);
    if (got < 0) return base::fail_errno("cannot read", path_);
    read_bytes_ += static_cast<std::uint64_t>(got);
    feed(std::string_view(block).substr(0, static_cast<std::size_t>(got)));
    if (got == 0) end_input({});
    is_at_end_ = input_ == nullptr;
    return {};
}

Result<void> FileReader::read_part() {
    auto part = archive_->next();
    if (!part) error_ = keep_path(part.error(), path_);
    is_at_end_ = !part || !part->has_value();
    if (is_at_end_) return {};
    MemberTap* const tap = options_.tap;
    if (const auto* const member = std::get_if<ArchiveMember>(&**part)) {
        begin_input(path_ + "!" + member->name,
                    member->changed.unix_ns == 0 ? options_.arrival : member->changed);
        if (tap != nullptr) tap->member(current_.origin, arrival_);
    } else if (const auto* const bytes = std::get_if<std::string>(&**part)) {
        read_bytes_ += bytes->size();
        if (tap != nullptr) tap->bytes(*bytes);
        feed(*bytes);
    } else {
        const std::string& why_broken = std::get<ArchiveMemberEnd>(**part).why_broken;
        if (tap != nullptr) tap->end(why_broken.empty());
        end_input(why_broken);
    }
    return {};
}

void FileReader::begin_input(std::string origin, base::Timestamp arrival) {
    current_ = {std::move(origin), {}, {}};
    arrival_ = arrival;
    input_ = std::make_unique<FramedInput>(*formats_, FramedInputStart{options_.format});
}

void FileReader::feed(std::string_view bytes) {
    while (input_ && !bytes.empty()) {
        const auto taken = input_->feed(bytes);
        if (taken) {
            bytes.remove_prefix(*taken);
            take_chunks(false);
            continue;
        }
        while (!input_->finish_record()) take_chunks(true);
        take_chunks(true);
        close_input(taken.error());
    }
}

/// The input ends: what is there is given out. `why_broken`: it ends before its end.
void FileReader::end_input(const std::string& why_broken) {
    while (input_) {
        const auto done = input_->finish();
        take_chunks(true);
        if (done && !*done) continue;
        if (!done) return close_input(done.error());
        if (!why_broken.empty())
            return close_input({ErrorCode::corrupt, why_broken, {}, {}, false});
        inputs_.push_back(std::move(current_));
        input_.reset();
    }
}

void FileReader::close_input(const base::Error& error) {
    if (!archive_) error_ = keep_path(error, path_);
    current_.why_unread = error.text;
    inputs_.push_back(std::move(current_));
    input_.reset();
}

void FileReader::take_chunks(bool also_partial) {
    while (auto taken = input_->take(also_partial)) {
        event::Chunk& chunk = taken->chunk;
        current_.format = chunk.envelope.format;
        chunk.envelope.source = options_.source;
        chunk.envelope.origin = current_.origin;
        chunk.envelope.arrival = arrival_;
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
