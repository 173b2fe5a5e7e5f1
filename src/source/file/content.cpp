// SPDX-License-Identifier: Apache-2.0
#include "source/file/content.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/compressed.h"
#include "source/file/limits.h"
#include "source/limits.h"

namespace vedette::source::file {

namespace {

bool has_head(std::string_view head, const Fingerprint& wanted) {
    return head.size() >= wanted.head_bytes &&
           base::hash128(head.substr(0, wanted.head_bytes)) == wanted.head;
}

/// Keeps of a stream only its head and the bytes before one position.
struct Collector {
    explicit Collector(const FileState& state)
        : position(state.framer.position), tail_from(position - state.fingerprint.tail_bytes) {}

    void add(std::string_view bytes) {
        if (head.size() < kHeadBytes) head.append(bytes.substr(0, kHeadBytes - head.size()));
        const std::uint64_t begin = std::max(seen, tail_from);
        const std::uint64_t end = std::min(seen + bytes.size(), position);
        if (begin < end) tail.append(bytes.substr(begin - seen, end - begin));
        seen += bytes.size();
    }

    std::uint64_t position, tail_from, seen = 0;
    std::string head, tail;
};

ContentMatch compare_compressed(int fd, const FileState& state) {
    Collector collector(state);
    base::Decompressor opener;
    const auto keep = [&](std::string_view bytes) -> base::Result<void> {
        collector.add(bytes);
        return {};
    };
    std::uint64_t at = 0;
    bool is_whole = false;
    const std::uint64_t wanted_bytes = std::max<std::uint64_t>(state.framer.position, kHeadBytes);
    while (collector.seen < wanted_bytes || state.is_finished) {
        const std::string block = read_at(fd, at, kReadBytes);
        at += block.size();
        if (block.empty()) {
            is_whole = opener.finish(keep).has_value();
            break;
        }
        if (!opener.feed(block, keep)) break;
        const bool has_all_of_head = collector.head.size() >= state.fingerprint.head_bytes;
        if (has_all_of_head && !has_head(collector.head, state.fingerprint)) {
            return ContentMatch::different;
        }
    }
    if (!has_head(collector.head, state.fingerprint)) {
        // Too little was readable to tell, unless the file says that it is whole.
        return is_whole ? ContentMatch::different : ContentMatch::unclear;
    }
    if (collector.seen < state.framer.position) {
        return is_whole ? ContentMatch::different : ContentMatch::unclear;
    }
    if (state.is_finished && collector.seen > state.framer.position) return ContentMatch::different;
    const bool is_tail_same =
        state.fingerprint.tail_bytes == 0 || base::hash64(collector.tail) == state.fingerprint.tail;
    return is_tail_same ? ContentMatch::same : ContentMatch::different;
}

}  // namespace

bool has_other_head(std::string_view head, const Fingerprint& wanted) {
    return head.size() >= wanted.head_bytes && !has_head(head, wanted);
}

std::string read_at(int fd, std::uint64_t offset, std::size_t size) {
    std::string out(size, '\0');
    ssize_t got;
    do {
        got = ::pread(fd, out.data(), size, static_cast<off_t>(offset));
    } while (got < 0 && errno == EINTR);
    out.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return out;
}

std::string opened_head(int fd, std::size_t size_bytes) {
    if (!is_compressed_file(fd)) return read_at(fd, 0, size_bytes);
    std::string head;
    base::Decompressor opener;
    const auto keep = [&](std::string_view bytes) -> base::Result<void> {
        head.append(bytes.substr(0, size_bytes - std::min(size_bytes, head.size())));
        return {};
    };
    for (std::uint64_t at = 0; head.size() < size_bytes;) {
        const std::string block = read_at(fd, at, kHeadBytes);
        at += block.size();
        if (block.empty() || !opener.feed(block, keep)) break;
    }
    return head;
}

bool is_compressed_file(int fd) {
    const auto found = base::detect_compression(read_at(fd, 0, kHeadBytes), true);
    switch (found.value_or(base::Compression::none)) {
        case base::Compression::none:
        case base::Compression::zlib:
        // A log in UTF-16 grows like any other; it is not followed (README.md).
        case base::Compression::utf16le:
        case base::Compression::utf16be: return false;
        default: return true;
    }
}

Fingerprint fingerprint_of(int fd, std::uint64_t position) {
    Fingerprint out;
    const std::string head =
        read_at(fd, 0, static_cast<std::size_t>(std::min<std::uint64_t>(kHeadBytes, position)));
    const auto tail_bytes = static_cast<std::size_t>(std::min<std::uint64_t>(kTailBytes, position));
    const std::string tail = read_at(fd, position - tail_bytes, tail_bytes);
    out.head_bytes = static_cast<std::uint32_t>(head.size());
    out.head = base::hash128(head);
    out.tail_bytes = static_cast<std::uint32_t>(tail.size());
    out.tail = base::hash64(tail);
    return out;
}

ContentMatch compare_content(int fd, const FileState& state) {
    if (is_compressed_file(fd)) return compare_compressed(fd, state);
    if (state.is_compressed) return ContentMatch::different;
    const Fingerprint& wanted = state.fingerprint;
    const std::string head = read_at(fd, 0, wanted.head_bytes);
    if (head.size() < wanted.head_bytes) {
        return ContentMatch::unclear;  // even shorter than what we know of its beginning
    }
    if (!has_head(head, wanted)) return ContentMatch::different;
    const std::string tail =
        read_at(fd, state.framer.position - wanted.tail_bytes, wanted.tail_bytes);
    if (tail.size() < wanted.tail_bytes) return ContentMatch::unclear;
    if (state.is_finished && !read_at(fd, state.framer.position, 1).empty()) {
        return ContentMatch::different;
    }
    return base::hash64(tail) == wanted.tail ? ContentMatch::same : ContentMatch::different;
}

}  // namespace vedette::source::file
