// SPDX-License-Identifier: Apache-2.0
#include "journal/segments/record_codec.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "journal/limits.h"

namespace vedette::journal {

namespace {

constexpr std::size_t kChecksumAt = 16;

/// Payload hash mixed with the head, so that a head that was moved or changed does not fit.
std::uint64_t checksum(std::string_view head, std::string_view payload) {
    const std::uint64_t of_payload = base::hash64(payload);
    std::string mixed(head.substr(0, kChecksumAt));
    base::put(mixed, of_payload);
    return base::hash64(mixed);
}

}  // namespace

void append_record(std::string& out, RecordKind kind, Offset offset, std::string_view payload) {
    std::string head;
    base::put(head, static_cast<std::uint32_t>(payload.size()));
    base::put(head, static_cast<std::uint8_t>(kind));
    head.append(3, '\0');
    base::put(head, offset);
    base::put(head, checksum(head, payload));
    out += head;
    out += payload;
}

Decoded decode_record(std::string_view bytes) {
    if (bytes.size() < kRecordHeadBytes) {
        return {Decoded::State::needs_more, 0, {}, {}, kRecordHeadBytes};
    }
    base::ByteReader in(bytes);
    Decoded out;
    const auto size = in.get<std::uint32_t>();
    out.kind = static_cast<RecordKind>(in.get<std::uint8_t>());
    const std::string_view padding = in.take(3);
    out.offset = in.get<Offset>();
    const auto sum = in.get<std::uint64_t>();
    const bool has_known_kind = out.kind == RecordKind::chunk || out.kind == RecordKind::tick ||
                                out.kind == RecordKind::control;
    if (!has_known_kind || padding != std::string_view("\0\0\0", 3) || size > kRecordBytesMax ||
        out.offset == 0) {
        return out;
    }
    out.size_bytes = kRecordHeadBytes + size;
    if (bytes.size() < out.size_bytes) {
        out.state = Decoded::State::needs_more;
        return out;
    }
    out.payload = bytes.substr(kRecordHeadBytes, size);
    if (checksum(bytes.substr(0, kChecksumAt), out.payload) == sum)
        out.state = Decoded::State::whole;
    return out;
}

std::optional<std::size_t> find_next_record(std::string_view bytes, Offset after) {
    for (std::size_t at = 1; at + kRecordHeadBytes <= bytes.size(); ++at) {
        // The three zero bytes and the small kind turn away nearly every position cheaply.
        const char kind = bytes[at + 4];
        if (kind < 1 || kind > 3 || bytes[at + 5] != 0 || bytes[at + 6] != 0 ||
            bytes[at + 7] != 0) {
            continue;
        }
        const Decoded found = decode_record(bytes.substr(at));
        if (found.state == Decoded::State::whole && found.offset > after) return at;
    }
    return std::nullopt;
}

}  // namespace vedette::journal
