// SPDX-License-Identifier: Apache-2.0
#include "source/archive_reader.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/compressed.h"
#include "source/archive_job.h"
#include "source/limits.h"

namespace vedette::source {

namespace {

using base::ErrorCode;
using base::Result;
using namespace std::string_view_literals;

/// Of a member's head besides its name: kind and three numbers.
constexpr std::size_t kHeadBytesMost = 31;
/// Enough for a tar's mark.
constexpr std::size_t kArchiveHeadBytes = 512;
constexpr std::size_t kHeadReadBytes = 16u << 10;
/// What is opened to see it: nothing comes out of bzip2 before a block of 900 KB is whole.
constexpr std::size_t kCompressedHeadBytesMax = 1u << 20;
/// Seconds; later than this (the year 2242) no member was changed, and it fits into a Timestamp.
constexpr std::uint64_t kLatestChange = 1ull << 33;
/// Workers that die at one place of the stream. Somebody may kill one; three in a row nobody does.
constexpr int kArchiveDeathsMax = 3;

tl::unexpected<base::Error> not_ours() {
    return base::fail(ErrorCode::corrupt, "the worker's answer is no list of members");
}

/// Reads the job's stream, of which any number of bytes may come at a time.
class StreamReader {
  public:
    StreamReader(ArchiveVisitor& visitor, std::uint64_t bytes_max)
        : visitor_(visitor), bytes_left_(bytes_max) {}

    Result<void> feed(std::string_view piece) {
        while (!piece.empty()) {
            if (data_left_ > 0) {
                const std::string_view data = piece.substr(0, data_left_);
                data_left_ -= data.size();
                piece.remove_prefix(data.size());
                VD_TRY_DO(visitor_.bytes(data));
                continue;
            }
            head_ += piece.front();
            piece.remove_prefix(1);
            if (head_.size() > kArchiveNameBytesMax + kHeadBytesMost) return not_ours();
            VD_TRY_DO(try_head());
        }
        return {};
    }

    /// The stream is over; a member that was cut off is told as such.
    Result<void> finish(const std::string& why) {
        if (!is_in_member_) return {};
        is_in_member_ = false;
        return visitor_.end(why.empty() ? "the archive ends within it" : why);
    }

  private:
    /// Acts on the head if it is whole.
    Result<void> try_head() {
        const char kind = head_[0];
        std::size_t at = 1;
        std::uint64_t number = 0;
        const auto varint = [&]() {
            number = 0;
            for (int shift = 0; at < head_.size() && shift < 64; shift += 7) {
                const auto byte = static_cast<unsigned char>(head_[at++]);
                number |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
                if (byte < 0x80) return true;
            }
            return false;
        };
        if (kind == 'E') return end_member({});
        if (kind == 'D') {
            if (!varint()) return {};
            return begin_data(number);
        }
        if (kind != 'M' && kind != 'X') return not_ours();
        if (!varint()) return {};
        if (number > kArchiveNameBytesMax) return not_ours();
        if (head_.size() - at < number) return {};
        const std::string text = head_.substr(at, number);
        at += number;
        if (kind == 'X') return end_member(text.empty() ? "it cannot be read" : text);
        if (!varint()) return {};
        ArchiveMember member{text, number, {}};
        if (!varint()) return {};
        if (is_in_member_ || number > kLatestChange) return not_ours();
        member.changed.unix_ns = static_cast<std::int64_t>(number) * base::kNsPerSecond;
        is_in_member_ = true;
        head_.clear();
        return visitor_.member(member);
    }

    Result<void> begin_data(std::uint64_t size) {
        head_.clear();
        if (!is_in_member_) return not_ours();
        if (size > bytes_left_) {
            return base::fail(ErrorCode::limit, "more comes out of the archive than is believable",
                              {}, "open it by hand if it is what it should be");
        }
        bytes_left_ -= size;
        data_left_ = size;
        return {};
    }

    Result<void> end_member(const std::string& why) {
        head_.clear();
        if (!is_in_member_) return not_ours();
        is_in_member_ = false;
        return visitor_.end(why);
    }

    ArchiveVisitor& visitor_;
    std::string head_;
    std::uint64_t data_left_ = 0;
    std::uint64_t bytes_left_;
    bool is_in_member_ = false;
};

std::string read_at(int file, std::size_t offset) {
    std::string out(kHeadReadBytes, '\0');
    const ssize_t got = ::pread(file, out.data(), out.size(), static_cast<off_t>(offset));
    out.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return out;
}

/// The first bytes, opened if they are compressed, as far as they go.
std::string opened_head(int file) {
    std::string head;
    base::Decompressor opener;
    const auto keep = [&](std::string_view bytes) -> Result<void> {
        head.append(bytes.substr(0, kArchiveHeadBytes - std::min(kArchiveHeadBytes, head.size())));
        if (head.size() < kArchiveHeadBytes) return {};
        return base::fail(ErrorCode::cancelled, "this is enough");
    };
    for (std::size_t at = 0; at < kCompressedHeadBytesMax; at += kHeadReadBytes) {
        const std::string bytes = read_at(file, at);
        // Damage shows when the file is read.
        if (!opener.feed(bytes, keep)) break;
        if (bytes.size() < kHeadReadBytes) {
            static_cast<void>(opener.finish(keep));
            break;
        }
    }
    return head;
}

/// A line of a log may begin with a date that looks like cpio's mark, 070701; in cpio digits
/// follow.
bool begins_like_cpio(std::string_view head) {
    constexpr std::size_t kDigits = 76;  // of the older kind, whose digits are octal
    if (!head.starts_with("070701") && !head.starts_with("070702") && !head.starts_with("070707"))
        return false;
    return head.size() >= kDigits &&
           head.substr(0, kDigits).find_first_not_of("0123456789abcdefABCDEF") ==
               std::string_view::npos;
}

}  // namespace

bool holds_archive(int file) {
    const std::string begin = read_at(file, 0);
    for (const std::string_view magic :
         {"PK\x03\x04"sv, "PK\x05\x06"sv, "7z\xBC\xAF\x27\x1C"sv, "\x04\x22\x4D\x18"sv}) {
        if (begin.starts_with(magic)) return true;
    }
    const std::string head = opened_head(file);
    constexpr std::size_t kTarMagicAt = 257;
    if (head.size() > kTarMagicAt &&
        std::string_view(head).substr(kTarMagicAt).starts_with("ustar"))
        return true;
    return begins_like_cpio(head);
}

Result<void> read_archive(sandbox::Pool& pool, int file, ArchiveVisitor& visitor) {
    struct stat info {};
    if (::fstat(file, &info) != 0) return base::fail_errno("cannot look at", "the archive");
    const auto size = static_cast<std::uint64_t>(info.st_size);
    StreamReader reader(visitor,
                        std::min(kArchiveBytesMax, kArchiveBytesAlways + size * kArchiveRatioMax));
    std::uint64_t given = 0;
    for (int deaths_here = 0;;) {
        const std::uint64_t given_before = given;
        std::uint64_t seen = 0;
        auto done = pool.run(kArchiveJob, {{}, {}, file}, [&](std::string_view piece) {
            // What an earlier worker gave is passed over: the same file gives the same bytes.
            const auto known = static_cast<std::size_t>(
                std::min<std::uint64_t>(piece.size(), given > seen ? given - seen : 0));
            seen += piece.size();
            given = std::max(given, seen);
            return reader.feed(piece.substr(known));
        });
        const bool has_died = !done && done.error().code == ErrorCode::unavailable;
        deaths_here = given > given_before ? 1 : deaths_here + 1;
        if (has_died && deaths_here < kArchiveDeathsMax) continue;
        VD_TRY_DO(reader.finish(done ? std::string() : done.error().text));
        return done;
    }
}

}  // namespace vedette::source
