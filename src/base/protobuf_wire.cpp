// SPDX-License-Identifier: Apache-2.0
#include "base/protobuf_wire.h"

namespace vedette::base {

namespace {

constexpr int kVarintBytesMax = 10;
constexpr std::uint64_t kFieldNumberMax = (1u << 29) - 1;

}  // namespace

bool ProtobufReader::varint(std::uint64_t& value) {
    value = 0;
    for (int i = 0; i < kVarintBytesMax && !rest_.empty(); ++i) {
        const auto byte = static_cast<unsigned char>(rest_.front());
        rest_.remove_prefix(1);
        // The tenth byte has room for one bit.
        if (i == kVarintBytesMax - 1 && byte > 1) return false;
        value |= static_cast<std::uint64_t>(byte & 0x7F) << (7 * i);
        if (byte < 0x80) return true;
    }
    return false;
}

bool ProtobufReader::fixed(std::size_t size, std::uint64_t& value) {
    if (rest_.size() < size) return false;
    value = 0;
    for (std::size_t i = size; i-- > 0;) {
        value = value << 8 | static_cast<unsigned char>(rest_[i]);
    }
    rest_.remove_prefix(size);
    return true;
}

bool ProtobufReader::next(ProtobufField& field) {
    if (rest_.empty() || !is_good_) return false;
    const std::string_view begin = rest_;
    std::uint64_t tag = 0;
    is_good_ = varint(tag) && tag >> 3 != 0 && tag >> 3 <= kFieldNumberMax;
    if (!is_good_) return false;
    field.number = static_cast<std::uint32_t>(tag >> 3);
    field.wire = static_cast<ProtobufField::Wire>(tag & 7);
    field.value = 0;
    field.bytes = {};
    switch (field.wire) {
        case ProtobufField::Wire::varint: is_good_ = varint(field.value); break;
        case ProtobufField::Wire::fixed64: is_good_ = fixed(8, field.value); break;
        case ProtobufField::Wire::fixed32: is_good_ = fixed(4, field.value); break;
        case ProtobufField::Wire::bytes: {
            std::uint64_t size = 0;
            is_good_ = varint(size) && size <= rest_.size();
            if (!is_good_) return false;
            field.bytes = rest_.substr(0, size);
            rest_.remove_prefix(size);
            break;
        }
        default: is_good_ = false;
    }
    field.whole = begin.substr(0, begin.size() - rest_.size());
    return is_good_;
}

void append_protobuf_varint(std::string& out, std::uint64_t value) {
    while (value >= 0x80) {
        out.push_back(static_cast<char>(value | 0x80));
        value >>= 7;
    }
    out.push_back(static_cast<char>(value));
}

void append_protobuf_number(std::string& out, std::uint32_t field, std::uint64_t value) {
    append_protobuf_varint(out, std::uint64_t{field} << 3);
    append_protobuf_varint(out, value);
}

void append_protobuf_bytes(std::string& out, std::uint32_t field, std::string_view bytes) {
    append_protobuf_varint(out, std::uint64_t{field} << 3 | 2);
    append_protobuf_varint(out, bytes.size());
    out.append(bytes);
}

}  // namespace vedette::base
