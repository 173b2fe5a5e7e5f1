// SPDX-License-Identifier: Apache-2.0
#include "parse/journald/export_reader.h"

#include <algorithm>
#include <cstdint>

namespace vedette::parse::journald {

namespace {

constexpr std::size_t kSizeBytes = 8;

std::uint64_t little_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) {
        value = value << 8 | static_cast<unsigned char>(bytes[i]);
    }
    return value;
}

bool is_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
}

}  // namespace

bool read_export(std::string_view text, Entry& entry) {
    entry.clear();
    while (!text.empty()) {
        const std::size_t line_end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, line_end);
        text.remove_prefix(std::min(line_end + 1, text.size()));
        const std::size_t equals = line.find('=');
        const std::string_view name = line.substr(0, equals);
        if (!is_name(name)) {
            entry.set_truncated();
            continue;
        }
        if (equals != line.npos) {
            entry.add(name, line.substr(equals + 1));
            continue;
        }
        const bool has_size = text.size() >= kSizeBytes;
        const std::uint64_t size = has_size ? little_endian(text.substr(0, kSizeBytes)) : 0;
        const std::size_t rest = has_size ? text.size() - kSizeBytes : 0;
        // The record ends before the line end of its last field.
        const bool is_whole =
            has_size && (size == rest || (size < rest && text[kSizeBytes + size] == '\n'));
        if (!is_whole) {
            entry.set_truncated();
            continue;
        }
        entry.add(name, text.substr(kSizeBytes, size));
        text.remove_prefix(std::min<std::size_t>(kSizeBytes + size + 1, text.size()));
    }
    return !entry.fields().empty();
}

}  // namespace vedette::parse::journald
