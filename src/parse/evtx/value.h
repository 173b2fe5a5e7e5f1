// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "event/text_buffer.h"

namespace vedette::parse::evtx {

/// Types of BinXML values.   Source: [MS-EVEN6] 2.2.18; libfwevt, "Windows Event manifest binary
/// format", value types
enum class ValueType : std::uint8_t {
    null = 0x00,
    string = 0x01,
    ansi_string = 0x02,
    int8 = 0x03,
    uint8 = 0x04,
    int16 = 0x05,
    uint16 = 0x06,
    int32 = 0x07,
    uint32 = 0x08,
    int64 = 0x09,
    uint64 = 0x0A,
    real32 = 0x0B,
    real64 = 0x0C,
    boolean = 0x0D,
    binary = 0x0E,
    guid = 0x0F,
    size = 0x10,
    filetime = 0x11,
    systemtime = 0x12,
    sid = 0x13,
    hex_int32 = 0x14,
    hex_int64 = 0x15,
    handle = 0x20,
    bin_xml = 0x21,
    xml = 0x23,
};
/// Set in the type of a list of values.
inline constexpr std::uint8_t kListBit = 0x80;

/// One value of a record; its bytes lie in the chunk.
struct Value {
    std::uint8_t type = 0;
    std::string_view bytes;

    bool is_null() const { return type == 0; }
    bool is_list() const { return (type & kListBit) != 0; }
    ValueType item_type() const { return static_cast<ValueType>(type & 0x7F); }
};

/// Appends the value as Windows shows it, without escapes; a NUL becomes a blank. Bytes that do not
/// fit their type are shown in hexadecimal digits, an unknown type too: nothing is left out.
void append_value(event::TextBuffer& out, ValueType type, std::string_view bytes);

/// Appends little-endian UTF-16, without NULs at its end.
void append_utf16(event::TextBuffer& out, std::string_view utf16);

/// The first item of a list, which is taken off `bytes`: strings end with a NUL, security ids say
/// how long they are, the others have one size. What is left over at the end is an item too.
std::string_view take_item(ValueType type, std::string_view& bytes);

}  // namespace vedette::parse::evtx
