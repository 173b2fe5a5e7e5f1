// SPDX-License-Identifier: Apache-2.0
#include "event/record.h"

#include "base/bytes.h"
#include "event/limits.h"

namespace vedette::event {

namespace {

using base::ByteReader;
using base::ErrorCode;

// First byte of every chunk; raised when the form changes, and older forms stay readable. A chunk
// that names neither enrichment nor clock has the first form still.
constexpr std::uint8_t kPlainVersion = 1;
constexpr std::uint8_t kToldVersion = 2;

bool is_told(const Envelope& envelope) {
    return !envelope.enrichment.empty() || !envelope.clock.empty();
}

void put_envelope(std::string& out, const Envelope& envelope) {
    base::put_text(out, envelope.source);
    base::put_text(out, envelope.origin);
    base::put_text(out, envelope.format);
    base::put(out, envelope.format_version);
    base::put(out, envelope.arrival.unix_ns);
    base::put_text(out, envelope.context);
    base::put_varint(out, envelope.first_line);
    if (!is_told(envelope)) return;
    base::put_text(out, envelope.enrichment);
    base::put_text(out, envelope.clock);
}

/// Reads the version as well; a reader that is not good afterwards had none.
Envelope get_envelope(ByteReader& in) {
    Envelope envelope;
    const auto version = in.get<std::uint8_t>();
    if (version != kPlainVersion && version != kToldVersion) in.take(in.remaining() + 1);
    envelope.source = in.text();
    envelope.origin = in.text();
    envelope.format = in.text();
    envelope.format_version = in.get<std::uint16_t>();
    envelope.arrival.unix_ns = in.get<std::int64_t>();
    envelope.context = in.text();
    envelope.first_line = in.varint();
    if (version == kToldVersion) {
        envelope.enrichment = in.text();
        envelope.clock = in.text();
        if (!is_told(envelope)) in.take(in.remaining() + 1);  // that is the other version
    }
    return envelope;
}

std::vector<std::string> get_keys(ByteReader& in, std::size_t record_count) {
    const std::uint64_t count = in.varint();
    std::vector<std::string> keys;
    if (count != 0 && count != record_count) in.take(in.remaining() + 1);  // turns the reader bad
    if (count != record_count || !in.is_good()) return keys;
    keys.reserve(count);
    for (std::uint64_t i = 0; i < count && in.is_good(); ++i) keys.emplace_back(in.text());
    return keys;
}

auto damaged() { return base::fail(ErrorCode::corrupt, "the bytes are not a whole chunk"); }

}  // namespace

std::string encode(const Chunk& chunk) {
    std::string out;
    out.reserve(chunk.bytes.size() + chunk.ends.size() * 3 + 256);
    base::put(out, is_told(chunk.envelope) ? kToldVersion : kPlainVersion);
    put_envelope(out, chunk.envelope);
    base::put_text(out, chunk.position);
    base::put_varint(out, chunk.ends.size());
    base::put_varint(out, chunk.keys.size());
    for (const std::string& key : chunk.keys) base::put_text(out, key);
    base::put_varint(out, chunk.flags.size());
    for (const std::uint16_t flags : chunk.flags) base::put_varint(out, flags);
    std::uint32_t begin = 0;
    for (const std::uint32_t end : chunk.ends) {
        base::put_varint(out, end - begin);
        begin = end;
    }
    base::put_text(out, chunk.bytes);
    return out;
}

base::Result<Chunk> decode_chunk(std::string& bytes) {
    ByteReader in(bytes);
    Chunk chunk;
    chunk.envelope = get_envelope(in);
    chunk.position = in.text();
    const std::uint64_t count = in.varint();
    if (!in.is_good() || count > bytes.size()) return damaged();
    chunk.keys = get_keys(in, count);
    const std::uint64_t flag_count = in.varint();
    if (flag_count != 0 && flag_count != count) return damaged();
    for (std::uint64_t i = 0; i < flag_count; ++i) {
        chunk.flags.push_back(static_cast<std::uint16_t>(in.varint()));
    }
    chunk.ends.reserve(count);
    std::uint64_t end = 0;
    for (std::uint64_t i = 0; i < count && in.is_good(); ++i) {
        const std::uint64_t size = in.varint();
        if (size > bytes.size() - end) return damaged();
        end += size;
        chunk.ends.push_back(static_cast<std::uint32_t>(end));
    }
    const std::string_view records = in.text();
    if (!in.is_good() || !in.is_at_end() || end != records.size()) return damaged();
    bytes.erase(0, bytes.size() - records.size());
    chunk.bytes = std::move(bytes);
    return chunk;
}

base::Result<ChunkHead> decode_chunk_head(std::string_view bytes) {
    ByteReader in(bytes);
    ChunkHead head;
    head.envelope = get_envelope(in);
    head.position = in.text();
    head.record_count = in.varint();
    if (!in.is_good() || head.record_count > bytes.size()) return damaged();
    head.keys = get_keys(in, head.record_count);
    if (!in.is_good()) return damaged();
    return head;
}

}  // namespace vedette::event
