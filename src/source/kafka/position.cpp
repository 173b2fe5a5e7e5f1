// SPDX-License-Identifier: Apache-2.0
#include "source/kafka/position.h"

#include "base/bytes.h"

namespace vedette::source::kafka {

namespace {
constexpr std::uint8_t kVersion = 1;
}

std::string encode_position(const Position& position) {
    std::string out;
    base::put(out, kVersion);
    base::put(out, position.next_offset);
    base::put_varint(out, position.parts_given);
    base::put_text(out, position.format);
    return out;
}

base::Result<Position> decode_position(std::string_view bytes) {
    base::ByteReader reader(bytes);
    const auto version = reader.get<std::uint8_t>();
    Position position;
    position.next_offset = reader.get<std::int64_t>();
    position.parts_given = reader.varint();
    position.format = reader.text();
    if (!reader.is_good() || !reader.is_at_end() || version != kVersion ||
        position.next_offset < 0) {
        return base::fail(base::ErrorCode::corrupt, "the position of a partition cannot be read");
    }
    return position;
}

}  // namespace vedette::source::kafka
