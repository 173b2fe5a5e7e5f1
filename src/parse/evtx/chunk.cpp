// SPDX-License-Identifier: Apache-2.0
#include "parse/evtx/chunk.h"

#include <algorithm>

#include "base/crc32.h"
#include "parse/evtx/cursor.h"
#include "parse/evtx/limits.h"

namespace vedette::parse::evtx {

namespace {

constexpr std::string_view kRecordMagic{"**\0\0", 4};
/// The header's checksum covers these bytes and the tables behind itself.
constexpr std::size_t kHeaderChecked = 120, kHeaderFields = 128;

template <typename Integer>
Integer read(std::string_view chunk, std::size_t at) {
    return Cursor(chunk, at, chunk.size()).get<Integer>();
}

}  // namespace

ChunkHeader read_chunk_header(std::string_view chunk) {
    ChunkHeader header;
    if (chunk.size() < kChunkHeaderBytes || !chunk.starts_with(kChunkMagic)) return header;
    const std::uint32_t sum =
        base::crc32(chunk.substr(kHeaderFields, kChunkHeaderBytes - kHeaderFields),
                    base::crc32(chunk.substr(0, kHeaderChecked)));
    header.last_id = read<std::uint64_t>(chunk, 32);
    header.content_end = read<std::uint32_t>(chunk, 48);
    header.is_sound = sum == read<std::uint32_t>(chunk, 124) &&
                      header.content_end >= kChunkHeaderBytes && header.content_end <= kChunkBytes;
    if (!header.is_sound || header.content_end > chunk.size()) return header;
    const std::string_view content =
        chunk.substr(kChunkHeaderBytes, header.content_end - kChunkHeaderBytes);
    header.is_content_wrong = base::crc32(content) != read<std::uint32_t>(chunk, 52);
    return header;
}

RecordWalk::RecordWalk(std::string_view chunk, const ChunkHeader& header)
    : chunk_(chunk),
      header_(header),
      at_(chunk.starts_with(kChunkMagic) ? std::min(kChunkHeaderBytes, chunk.size()) : 0),
      end_(header.is_sound ? std::min(header.content_end, chunk.size()) : chunk.size()) {}

std::optional<RecordPlace> RecordWalk::next() {
    const auto place = whole_at(at_);
    if (at_ >= end_) {
        const bool goes_on =
            header_.is_sound && place && last_id_ != 0 && place->id == last_id_ + 1;
        if (!goes_on) return std::nullopt;
    }
    if (place) {
        at_ += place->size;
        last_id_ = place->id;
        return place;
    }
    for (std::size_t at = chunk_.find(kRecordMagic, at_ + 1); at < end_;
         at = chunk_.find(kRecordMagic, at + 1)) {
        if (whole_at(at)) return damaged_until(at);
    }
    return damaged_until(end_);
}

// Nothing if the record is not there in full: header, end, and the copy of its size.
std::optional<RecordPlace> RecordWalk::whole_at(std::size_t at) const {
    if (at > chunk_.size() || chunk_.substr(at, kRecordMagic.size()) != kRecordMagic) {
        return std::nullopt;
    }
    Cursor cursor(chunk_, at + kRecordMagic.size(), chunk_.size());
    RecordPlace place;
    place.begin = at;
    place.size = cursor.get<std::uint32_t>();
    place.id = cursor.get<std::uint64_t>();
    place.written = cursor.get<std::uint64_t>();
    if (!cursor.is_good() || place.size < kRecordBytesMin || place.size > chunk_.size() - at ||
        read<std::uint32_t>(chunk_, at + place.size - 4) != place.size) {
        return std::nullopt;
    }
    return place;
}

// The bytes from here to `end` are no record; room that was never written is no damage.
std::optional<RecordPlace> RecordWalk::damaged_until(std::size_t end) {
    RecordPlace place;
    place.begin = at_;
    place.size = end - at_;
    at_ = end;
    if (chunk_.substr(place.begin, place.size).find_first_not_of('\0') == std::string_view::npos) {
        return next();
    }
    place.damage = "there is no whole record";
    if (chunk_.substr(place.begin).starts_with(kRecordMagic)) {
        place.id = read<std::uint64_t>(chunk_, place.begin + 8);
        place.written = read<std::uint64_t>(chunk_, place.begin + 16);
        place.damage = "the record is cut or its size is wrong";
    }
    return place;
}

}  // namespace vedette::parse::evtx
