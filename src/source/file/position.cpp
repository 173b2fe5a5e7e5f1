// SPDX-License-Identifier: Apache-2.0
#include "source/file/position.h"

#include "base/bytes.h"
#include "source/file/limits.h"

namespace vedette::source::file {

namespace {

/// Version 1 had no header lines; it is still read.
constexpr std::uint8_t kVersion = 2;
enum Flags : std::uint8_t { kCompressed = 1, kFinished = 2, kInsideLonger = 4, kHeaderOpen = 8 };

void put_state(std::string& out, const FileState& state) {
    base::put_varint(out, state.identity.device);
    base::put_varint(out, state.identity.inode);
    base::put(out, state.identity.birth_ns);
    base::put_varint(out, state.fingerprint.head_bytes);
    base::put(out, state.fingerprint.head.high);
    base::put(out, state.fingerprint.head.low);
    base::put_varint(out, state.fingerprint.tail_bytes);
    base::put(out, state.fingerprint.tail);
    base::put_text(out, state.format);
    base::put_varint(out, state.framer.position);
    base::put_varint(out, state.framer.record_count);
    base::put(out, state.since_ns);
    base::put(out, static_cast<std::uint8_t>((state.is_compressed ? kCompressed : 0) |
                                             (state.is_finished ? kFinished : 0) |
                                             (state.framer.is_inside_longer ? kInsideLonger : 0) |
                                             (state.framer.header.is_open ? kHeaderOpen : 0)));
    base::put_text(out, state.framer.header.text);
}

FileState get_state(base::ByteReader& reader, std::uint8_t version) {
    FileState state;
    state.identity.device = reader.varint();
    state.identity.inode = reader.varint();
    state.identity.birth_ns = reader.get<std::int64_t>();
    state.fingerprint.head_bytes = static_cast<std::uint32_t>(reader.varint());
    state.fingerprint.head.high = reader.get<std::uint64_t>();
    state.fingerprint.head.low = reader.get<std::uint64_t>();
    state.fingerprint.tail_bytes = static_cast<std::uint32_t>(reader.varint());
    state.fingerprint.tail = reader.get<std::uint64_t>();
    state.format = reader.text();
    state.framer.position = reader.varint();
    state.framer.record_count = reader.varint();
    state.since_ns = reader.get<std::int64_t>();
    const auto flags = reader.get<std::uint8_t>();
    state.is_compressed = (flags & kCompressed) != 0;
    state.is_finished = (flags & kFinished) != 0;
    state.framer.is_inside_longer = (flags & kInsideLonger) != 0;
    state.framer.header.is_open = (flags & kHeaderOpen) != 0;
    if (version > 1) state.framer.header.text = reader.text();
    return state;
}

bool is_possible(const FileState& state) {
    return state.fingerprint.head_bytes <= kHeadBytes &&
           state.fingerprint.tail_bytes <= kTailBytes &&
           state.fingerprint.tail_bytes <= state.framer.position;
}

}  // namespace

std::string encode_position(const std::vector<FileState>& states) {
    std::string out;
    base::put(out, kVersion);
    base::put_varint(out, states.size());
    for (const FileState& state : states) put_state(out, state);
    return out;
}

base::Result<std::vector<FileState>> decode_position(std::string_view bytes) {
    base::ByteReader reader(bytes);
    const auto version = reader.get<std::uint8_t>();
    const std::uint64_t count = reader.varint();
    std::vector<FileState> states;
    bool is_good = (version == kVersion || version == 1) && count <= kRememberedPerOriginMax;
    for (std::uint64_t i = 0; is_good && i < count; ++i) {
        states.push_back(get_state(reader, version));
        is_good = reader.is_good() && is_possible(states.back());
    }
    if (!is_good || !reader.is_good() || !reader.is_at_end()) {
        return base::fail(base::ErrorCode::corrupt, "the position of a file cannot be read");
    }
    return states;
}

}  // namespace vedette::source::file
