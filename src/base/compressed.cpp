// SPDX-License-Identifier: Apache-2.0
#include "base/compressed.h"

#include <algorithm>

#include "base/check.h"
#include "base/compressed_streams.h"
#include "base/limits.h"

namespace vedette::base {

std::string_view name(Compression compression) {
    switch (compression) {
        case Compression::none: return "none";
        case Compression::gzip: return "gzip";
        case Compression::zlib: return "zlib";
        case Compression::zstd: return "zstd";
        case Compression::bzip2: return "bzip2";
        case Compression::xz: return "xz";
        case Compression::utf16le: return "UTF-16LE";
        case Compression::utf16be: return "UTF-16BE";
    }
    return "none";
}

namespace {

enum class Match { no, yes, more };

Match match(std::string_view head, std::string_view mark) {
    const std::size_t size = std::min(head.size(), mark.size());
    if (head.substr(0, size) != mark.substr(0, size)) return Match::no;
    return size == mark.size() ? Match::yes : Match::more;
}

// A skippable frame begins with 50..5f 2a 4d 18. Source: RFC 8878 section 3.1.2
Match match_skippable_frame(std::string_view head) {
    if (head.empty()) return Match::more;
    if ((static_cast<unsigned char>(head[0]) & 0xF0) != 0x50) return Match::no;
    return match(head.substr(1), "\x2A\x4D\x18");
}

// "BZh", the size of blocks, then the mark of the first block or of the end.
Match match_bzip2(std::string_view head) {
    constexpr std::size_t kSizeAt = 3;
    if (const Match begin = match(head, "BZh"); begin != Match::yes) return begin;
    if (head.size() == kSizeAt) return Match::more;
    if (head[kSizeAt] < '1' || head[kSizeAt] > '9') return Match::no;
    const std::string_view mark = head.substr(kSizeAt + 1);
    const Match block = match(mark, "\x31\x41\x59\x26\x53\x59");
    return block == Match::no ? match(mark, "\x17\x72\x45\x38\x50\x90") : block;
}

// UTF-32 begins with the mark of little-endian UTF-16 and a unit of zero.
Match match_utf16le(std::string_view head, bool is_end) {
    using namespace std::string_view_literals;
    const Match mark = match(head, "\xFF\xFE");
    if (mark != Match::yes || match(head, "\xFF\xFE\0\0"sv) == Match::no) return mark;
    if (head.size() >= 4) return Match::no;
    return is_end ? Match::yes : Match::more;
}

bool is_text(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte < 0x7F) || (byte >= '\t' && byte <= '\r');
}

// zlib's mark is 'x' and one byte that may be text ("x^2"), so the bytes behind it must inflate
// too, and must not read as text.
Match match_zlib(std::string_view head, bool is_end) {
    if (head.empty()) return Match::more;
    if (head[0] != 'x') return Match::no;
    if (head.size() == 1) return Match::more;
    if (std::string_view("\x01\x5E\x9C\xDA").find(head[1]) == std::string_view::npos) {
        return Match::no;
    }
    if (head.size() < kZlibProbeBytes && !is_end) return Match::more;
    head = head.substr(0, kZlibProbeBytes);  // the answer must not depend on how much came at once
    const bool is_all_text = std::all_of(head.begin(), head.end(), is_text);
    return !is_all_text && begins_like_zlib(head) ? Match::yes : Match::no;
}

}  // namespace

std::optional<Compression> detect_compression(std::string_view head, bool is_end) {
    const std::pair<Match, Compression> candidates[] = {
        {match(head, "\x1F\x8B\x08"), Compression::gzip},
        {match(head, "\x28\xB5\x2F\xFD"), Compression::zstd},
        {match_skippable_frame(head), Compression::zstd},
        {match_bzip2(head), Compression::bzip2},
        {match(head, std::string_view("\xFD\x37zXZ\0", 6)), Compression::xz},
        {match_zlib(head, is_end), Compression::zlib},
        {match_utf16le(head, is_end), Compression::utf16le},
        {match(head, "\xFE\xFF"), Compression::utf16be},
    };
    bool needs_more = false;
    for (const auto& [how, what] : candidates) {
        if (how == Match::yes) return what;
        needs_more = needs_more || how == Match::more;
    }
    if (needs_more && !is_end) return std::nullopt;
    return Compression::none;
}

Decompressor::Decompressor(DecompressLimits limits) : limits_(limits) {}
Decompressor::~Decompressor() = default;
Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor& Decompressor::operator=(Decompressor&&) noexcept = default;

Result<void> Decompressor::feed(std::string_view bytes, const BytesSink& sink) {
    if (error_) return tl::unexpected(*error_);
    bytes_in_ += bytes.size();
    if (compression_) return keep_error(pass_on(bytes, sink));
    head_.append(bytes);
    if (auto found = detect(false); !found) return keep_error(std::move(found));
    if (!compression_) return {};
    return keep_error(pass_on(std::exchange(head_, {}), sink));
}

Result<void> Decompressor::finish(const BytesSink& sink) {
    if (error_) return tl::unexpected(*error_);
    if (!compression_) {
        if (auto found = detect(true); !found) return keep_error(std::move(found));
        if (auto passed = pass_on(std::exchange(head_, {}), sink); !passed) {
            return keep_error(std::move(passed));
        }
    }
    if (stream_ == nullptr || stream_->is_between()) return {};
    Error error{ErrorCode::corrupt,
                "the " + std::string(name(*compression_)) + " data end early, after " +
                    std::to_string(bytes_out_) + " readable bytes",
                {},
                "the file may still be in writing, or was cut when it was copied",
                true};
    return keep_error(tl::unexpected(std::move(error)));
}

Result<void> Decompressor::detect(bool is_end) {
    compression_ = detect_compression(head_, is_end);
    if (!compression_ || *compression_ == Compression::none) return {};
    VD_TRY(stream_, make_stream(*compression_));
    return {};
}

Result<void> Decompressor::pass_on(std::string_view bytes, const BytesSink& sink) {
    if (bytes.empty()) return {};
    const auto out = [&](std::string_view block) { return give(block, sink); };
    return stream_ == nullptr ? out(bytes) : stream_->feed(bytes, out);
}

Result<void> Decompressor::give(std::string_view bytes, const BytesSink& sink) {
    const bool is_limited = limits_.total_bytes_max != 0;
    const std::uint64_t room =
        is_limited ? limits_.total_bytes_max - bytes_out_ : std::uint64_t{bytes.size()};
    const std::string_view allowed = bytes.substr(0, std::min<std::uint64_t>(room, bytes.size()));
    bytes_out_ += allowed.size();
    if (!allowed.empty()) VD_TRY_DO(sink(allowed));
    if (allowed.size() < bytes.size()) {
        return fail(ErrorCode::limit, "the input becomes more than " +
                                          std::to_string(limits_.total_bytes_max) +
                                          " bytes when it is decompressed");
    }
    if (limits_.ratio_max != 0 && bytes_out_ > kDecompressRatioFreeBytes &&
        bytes_out_ / limits_.ratio_max > bytes_in_) {
        return fail(ErrorCode::limit, "the input becomes more than " +
                                          std::to_string(limits_.ratio_max) +
                                          " times larger when it is decompressed");
    }
    return {};
}

Result<void> Decompressor::keep_error(Result<void> result) {
    if (!result) error_ = result.error();
    return result;
}

}  // namespace vedette::base
