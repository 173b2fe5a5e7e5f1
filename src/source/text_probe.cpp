// SPDX-License-Identifier: Apache-2.0
#include "source/text_probe.h"

#include <algorithm>
#include <array>

#include "source/limits.h"

namespace vedette::source {

namespace {

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    static constexpr std::string_view kInText = "\t\n\v\f\r\b\x1b";  // terminals' colours included
    return (byte < 0x20 || byte == 0x7F) && kInText.find(c) == std::string_view::npos;
}

bool begins_with(std::string_view text, std::string_view start) {
    return text.substr(0, start.size()) == start;
}

}  // namespace

bool is_binary(std::string_view head) {
    using namespace std::string_view_literals;
    // xz, bzip2, lz4, zip, 7z, ELF, PNG, PDF, SQLite, EVTX, pcap and pcapng: whatever else they
    // hold.
    static constexpr std::array kMarks{
        "\xFD"
        "7zXZ\0"sv,
        "BZh"sv,
        "\x04\x22\x4D\x18"sv,
        "PK\x03\x04"sv,
        "7z\xBC\xAF\x27\x1C"sv,
        "\x7F"
        "ELF"sv,
        "\x89PNG"sv,
        "%PDF-"sv,
        "SQLite format 3\0"sv,
        "ElfFile\0"sv,
        "\xD4\xC3\xB2\xA1"sv,
        "\x0A\x0D\x0D\x0A"sv};
    for (const std::string_view mark : kMarks) {
        if (begins_with(head, mark)) return true;
    }
    const auto controls =
        static_cast<std::size_t>(std::count_if(head.begin(), head.end(), is_control));
    return controls * 100 > head.size() * kControlPercentMax;
}

const event::FormatDeclaration& recognise_head(const event::FormatDeclarations& formats,
                                               std::string_view head) {
    if (const auto* const found = event::recognise_by_head(formats, head)) return *found;
    std::vector<std::string_view> records;
    while (!head.empty() && records.size() < kRecogniseRecordsMax) {
        const std::size_t end = head.find('\n');
        if (end == std::string_view::npos && !records.empty()) break;
        std::string_view line = head.substr(0, end);
        head.remove_prefix(std::min(head.size(), line.size() + 1));
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        if (!line.empty()) records.push_back(line);
    }
    return event::recognise(formats, records);
}

const event::FormatDeclaration* find_format(const event::FormatDeclarations& formats,
                                            std::string_view name) {
    for (const event::FormatDeclaration& format : formats) {
        if (format.name == name) return &format;
    }
    return nullptr;
}

}  // namespace vedette::source
