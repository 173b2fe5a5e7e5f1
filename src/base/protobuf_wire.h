// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vedette::base {

/// One field of a protobuf message as it stands on the wire.
struct ProtobufField {
    enum class Wire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };
    std::uint32_t number = 0;
    Wire wire = Wire::varint;
    std::uint64_t value = 0;      ///< of varint, fixed64 and fixed32
    std::string_view bytes = {};  ///< of bytes
    std::string_view whole = {};  ///< tag, size and all: what to write to hand the field on
};

/// Reads the fields of one message in the order in which they stand. Knows no schema: a message
/// inside is `bytes`, to be read by a reader of its own, so depth is the caller's to bound. Groups
/// (wire types 3 and 4), which no message of proto3 has, are taken for damage.
/// Lives: views into the message.   Cost: some ns a field.
/// Source: Protocol Buffers, "Encoding"
class ProtobufReader {
  public:
    explicit ProtobufReader(std::string_view message) : rest_(message) {}

    /// The next field. False at the end, and at damage, which is_good() tells apart.
    bool next(ProtobufField& field);
    bool is_good() const { return is_good_; }

  private:
    bool varint(std::uint64_t& value);
    bool fixed(std::size_t size, std::uint64_t& value);

    std::string_view rest_;
    bool is_good_ = true;
};

/// For what we write ourselves: answers, and parts of requests put together anew.
void append_protobuf_varint(std::string& out, std::uint64_t value);
void append_protobuf_number(std::string& out, std::uint32_t field, std::uint64_t value);
void append_protobuf_bytes(std::string& out, std::uint32_t field, std::string_view bytes);

}  // namespace vedette::base
