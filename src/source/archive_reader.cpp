// SPDX-License-Identifier: Apache-2.0
#include "source/archive_reader.h"

#include <sys/stat.h>

#include <algorithm>

#include "source/archive_job.h"
#include "source/limits.h"

namespace vedette::source {

namespace {

using base::ErrorCode;
using base::Result;
using namespace std::string_view_literals;

/// Of a member's head besides its name: kind and two numbers.
constexpr std::size_t kHeadBytesMost = 21;

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
        if (is_in_member_) return not_ours();
        is_in_member_ = true;
        head_.clear();
        return visitor_.member(text, number);
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

}  // namespace

bool looks_like_archive(std::string_view first) {
    constexpr std::size_t kTarMagicAt = 257;
    for (const std::string_view magic :
         {"PK\x03\x04"sv, "PK\x05\x06"sv, "7z\xBC\xAF\x27\x1C"sv, "\xFD\x37zXZ\0"sv, "BZh"sv,
          "\x04\x22\x4D\x18"sv, "\x1F\x8B"sv, "\x28\xB5\x2F\xFD"sv, "070701"sv, "070707"sv}) {
        if (first.starts_with(magic)) return true;
    }
    return first.size() > kTarMagicAt + 5 && first.substr(kTarMagicAt, 5) == "ustar";
}

Result<void> read_archive(sandbox::Pool& pool, int file, ArchiveVisitor& visitor) {
    struct stat info {};
    if (::fstat(file, &info) != 0) return base::fail_errno("cannot look at", "the archive");
    const auto size = static_cast<std::uint64_t>(info.st_size);
    StreamReader reader(visitor,
                        std::min(kArchiveBytesMax, kArchiveBytesAlways + size * kArchiveRatioMax));
    auto done = pool.run(kArchiveJob, {{}, {}, file},
                         [&](std::string_view piece) { return reader.feed(piece); });
    VD_TRY_DO(reader.finish(done ? std::string() : done.error().text));
    return done;
}

}  // namespace vedette::source
