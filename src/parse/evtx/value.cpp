// SPDX-License-Identifier: Apache-2.0
#include "parse/evtx/value.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/utf16.h"

namespace vedette::parse::evtx {

namespace {

using event::TextBuffer;

constexpr std::size_t kNumberBytesMax = 32;
constexpr std::uint64_t kTicksPerSecond = 10'000'000;
/// 9999-12-31T23:59:59.9999999: behind it a year has more than four digits.
constexpr std::uint64_t kTicksMax = 2'650'467'743'999'999'999;

template <typename Integer>
Integer read_plain(std::string_view bytes, std::size_t at = 0) {
    Integer value{};
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

/// A number of 1, 2, 4 or 8 bytes.
bool read_unsigned(std::string_view bytes, std::uint64_t& value) {
    switch (bytes.size()) {
        case 1: value = read_plain<std::uint8_t>(bytes); return true;
        case 2: value = read_plain<std::uint16_t>(bytes); return true;
        case 4: value = read_plain<std::uint32_t>(bytes); return true;
        case 8: value = read_plain<std::uint64_t>(bytes); return true;
        default: return false;
    }
}

template <typename Number>
void append_number(TextBuffer& out, Number value) {
    char* const begin = out.grow(kNumberBytesMax);
    out.commit(
        static_cast<std::size_t>(std::to_chars(begin, begin + kNumberBytesMax, value).ptr - begin));
}

void append_hex_number(TextBuffer& out, std::uint64_t value) {
    out.append("0x");
    char* const begin = out.grow(kNumberBytesMax);
    out.commit(static_cast<std::size_t>(
        std::to_chars(begin, begin + kNumberBytesMax, value, 16).ptr - begin));
}

constexpr char kDigits[] = "0123456789ABCDEF";

void append_hex(TextBuffer& out, std::string_view bytes) {
    char* at = out.grow(2 * bytes.size());
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        *at++ = kDigits[byte >> 4];
        *at++ = kDigits[byte & 0xF];
    }
    out.commit(2 * bytes.size());
}

void append_padded(TextBuffer& out, std::uint64_t value, int digits) {
    char* const begin = out.grow(static_cast<std::size_t>(digits));
    for (int i = digits - 1; i >= 0; --i) {
        begin[i] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
    out.commit(static_cast<std::size_t>(digits));
}

void append_date_time(TextBuffer& out, std::uint64_t year, std::uint64_t month, std::uint64_t day,
                      std::uint64_t second_of_day) {
    append_padded(out, year, 4);
    out.push_back('-');
    append_padded(out, month, 2);
    out.push_back('-');
    append_padded(out, day, 2);
    out.push_back('T');
    append_padded(out, second_of_day / 3'600, 2);
    out.push_back(':');
    append_padded(out, second_of_day / 60 % 60, 2);
    out.push_back(':');
    append_padded(out, second_of_day % 60, 2);
}

// Source: Howard Hinnant, "chrono-compatible low-level date algorithms", civil_from_days; days are
// counted from 0000-03-01.
void append_filetime(TextBuffer& out, std::uint64_t ticks) {
    if (ticks > kTicksMax) {
        append_hex_number(out, ticks);
        return;
    }
    constexpr std::uint64_t kSecondsPerDay = 86'400;
    constexpr std::uint64_t kDaysTo1601 = 584'694;
    const std::uint64_t seconds = ticks / kTicksPerSecond;
    const std::uint64_t days = seconds / kSecondsPerDay + kDaysTo1601;
    const std::uint64_t era = days / 146'097;
    const std::uint64_t day_of_era = days % 146'097;
    const std::uint64_t year_of_era =
        (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const std::uint64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::uint64_t month_from_march = (5 * day_of_year + 2) / 153;
    const std::uint64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    const std::uint64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    const std::uint64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
    append_date_time(out, year, month, day, seconds % kSecondsPerDay);
    out.push_back('.');
    append_padded(out, ticks % kTicksPerSecond * 100, 9);
    out.push_back('Z');
}

// Year, month, day of week, day, hour, minute, second, millisecond.
bool append_systemtime(TextBuffer& out, std::string_view bytes) {
    if (bytes.size() != 16) return false;
    const auto part = [&](std::size_t index) {
        return std::uint64_t{read_plain<std::uint16_t>(bytes, 2 * index)};
    };
    if (part(0) > 9'999 || part(1) > 12 || part(3) > 31 || part(4) > 23 || part(5) > 59 ||
        part(6) > 59 || part(7) > 999) {
        return false;
    }
    append_date_time(out, part(0), part(1), part(3), part(4) * 3'600 + part(5) * 60 + part(6));
    out.push_back('.');
    append_padded(out, part(7), 3);
    out.push_back('Z');
    return true;
}

bool append_guid(TextBuffer& out, std::string_view bytes) {
    if (bytes.size() != 16) return false;
    // The first three groups are little-endian numbers, the rest are bytes.
    constexpr int kOrder[] = {3, 2, 1, 0, -1, 5, 4, -1, 7, 6, -1, 8, 9, -1, 10, 11, 12, 13, 14, 15};
    char* at = out.grow(38);
    *at++ = '{';
    for (const int index : kOrder) {
        if (index < 0) {
            *at++ = '-';
            continue;
        }
        const auto byte = static_cast<unsigned char>(bytes[static_cast<std::size_t>(index)]);
        *at++ = kDigits[byte >> 4];
        *at++ = kDigits[byte & 0xF];
    }
    *at = '}';
    out.commit(38);
    return true;
}

std::size_t sid_size(std::string_view bytes) {
    return bytes.size() < 8 ? bytes.size()
                            : 8 + 4 * std::size_t{read_plain<std::uint8_t>(bytes, 1)};
}

// Source: [MS-DTYP] 2.4.2.1 and 2.4.2.2
bool append_sid(TextBuffer& out, std::string_view bytes) {
    if (bytes.size() < 8 || bytes.size() != sid_size(bytes)) return false;
    out.append("S-");
    append_number(out, read_plain<std::uint8_t>(bytes));
    std::uint64_t authority = 0;
    for (std::size_t i = 2; i < 8; ++i)
        authority = authority << 8 | read_plain<std::uint8_t>(bytes, i);
    out.push_back('-');
    append_number(out, authority);
    for (std::size_t at = 8; at < bytes.size(); at += 4) {
        out.push_back('-');
        append_number(out, read_plain<std::uint32_t>(bytes, at));
    }
    return true;
}

// Windows writes these in the code page of the machine, which the file does not name: Latin-1 is
// right for ASCII and, but for quotation marks, for Western Europe.
void append_ansi(TextBuffer& out, std::string_view bytes) {
    bytes = bytes.substr(0, bytes.find_last_not_of('\0') + 1);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            out.push_back(c == '\0' ? ' ' : c);
        } else {
            out.push_back(static_cast<char>(0xC0 | byte >> 6));
            out.push_back(static_cast<char>(0x80 | (byte & 0x3F)));
        }
    }
}

bool append_signed(TextBuffer& out, std::string_view bytes) {
    switch (bytes.size()) {
        case 1: append_number(out, int{read_plain<std::int8_t>(bytes)}); return true;
        case 2: append_number(out, read_plain<std::int16_t>(bytes)); return true;
        case 4: append_number(out, read_plain<std::int32_t>(bytes)); return true;
        case 8: append_number(out, read_plain<std::int64_t>(bytes)); return true;
        default: return false;
    }
}

bool append_real(TextBuffer& out, std::string_view bytes) {
    if (bytes.size() == 4) append_number(out, read_plain<float>(bytes));
    if (bytes.size() == 8) append_number(out, read_plain<double>(bytes));
    return bytes.size() == 4 || bytes.size() == 8;
}

bool append_fixed(TextBuffer& out, ValueType type, std::string_view bytes) {
    std::uint64_t number = 0;
    switch (type) {
        case ValueType::int8:
        case ValueType::int16:
        case ValueType::int32:
        case ValueType::int64: return append_signed(out, bytes);
        case ValueType::uint8:
        case ValueType::uint16:
        case ValueType::uint32:
        case ValueType::uint64:
            if (!read_unsigned(bytes, number)) return false;
            append_number(out, number);
            return true;
        case ValueType::real32:
        case ValueType::real64: return append_real(out, bytes);
        case ValueType::boolean:
            if (!read_unsigned(bytes, number)) return false;
            out.append(number == 0 ? "false" : "true");
            return true;
        case ValueType::guid: return append_guid(out, bytes);
        case ValueType::filetime:
            if (bytes.size() != 8) return false;
            append_filetime(out, read_plain<std::uint64_t>(bytes));
            return true;
        case ValueType::systemtime: return append_systemtime(out, bytes);
        case ValueType::sid: return append_sid(out, bytes);
        case ValueType::size:
        case ValueType::hex_int32:
        case ValueType::hex_int64:
            if (!read_unsigned(bytes, number)) return false;
            append_hex_number(out, number);
            return true;
        default: return false;
    }
}

}  // namespace

void append_value(TextBuffer& out, ValueType type, std::string_view bytes) {
    switch (type) {
        case ValueType::null: return;
        case ValueType::string:
        case ValueType::xml: append_utf16(out, bytes); return;
        case ValueType::ansi_string: append_ansi(out, bytes); return;
        default: break;
    }
    if (!append_fixed(out, type, bytes)) append_hex(out, bytes);
}

void append_utf16(TextBuffer& out, std::string_view utf16) {
    std::size_t units = utf16.size() / 2;
    while (units > 0 && utf16[2 * units - 1] == '\0' && utf16[2 * units - 2] == '\0') --units;
    char* const begin = out.grow(units * base::kUtf8BytesPerUnitMax);
    const std::size_t size = base::utf16le_to_utf8(utf16.data(), units, begin);
    // A NUL separates values in a batch.
    for (char* at = begin; (at = static_cast<char*>(std::memchr(
                                at, '\0', static_cast<std::size_t>(begin + size - at)))) != nullptr;
         ++at) {
        *at = ' ';
    }
    out.commit(size);
}

std::string_view take_item(ValueType type, std::string_view& bytes) {
    std::size_t size = bytes.size(), skip = bytes.size();
    const auto fixed = [&](std::size_t wanted) { size = skip = std::min(wanted, bytes.size()); };
    switch (type) {
        case ValueType::string:
        case ValueType::xml:
            for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) {
                if (bytes[at] != '\0' || bytes[at + 1] != '\0') continue;
                size = at;
                skip = at + 2;
                break;
            }
            break;
        case ValueType::ansi_string:
            size = std::min(bytes.find('\0'), bytes.size());
            skip = std::min(size + 1, bytes.size());
            break;
        case ValueType::int8:
        case ValueType::uint8: fixed(1); break;
        case ValueType::int16:
        case ValueType::uint16: fixed(2); break;
        case ValueType::int32:
        case ValueType::uint32:
        case ValueType::real32:
        case ValueType::hex_int32:
        case ValueType::boolean: fixed(4); break;
        case ValueType::int64:
        case ValueType::uint64:
        case ValueType::real64:
        case ValueType::filetime:
        case ValueType::hex_int64:
        case ValueType::size: fixed(8); break;
        case ValueType::guid:
        case ValueType::systemtime: fixed(16); break;
        case ValueType::sid: fixed(sid_size(bytes)); break;
        default: break;
    }
    const std::string_view item = bytes.substr(0, size);
    bytes.remove_prefix(skip);
    return item;
}

}  // namespace vedette::parse::evtx
