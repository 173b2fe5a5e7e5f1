// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vedette::tests {

/// The plain files of a tar archive (POSIX ustar with GNU's long names) as (name, content), for
/// data packs of tests; stops at the first damage.
inline std::vector<std::pair<std::string, std::string>> tar_files(std::string_view archive) {
    constexpr std::size_t kBlock = 512;
    std::vector<std::pair<std::string, std::string>> files;
    std::string long_name;
    while (archive.size() >= kBlock && archive[0] != '\0') {
        const auto text = [&](std::size_t at, std::size_t size) {
            const std::string_view field = archive.substr(at, size);
            return std::string(field.substr(0, field.find('\0')));
        };
        const std::size_t size = std::strtoul(text(124, 12).c_str(), nullptr, 8);
        const char type = archive[156];
        std::string name = text(0, 100);
        if (text(257, 6) == "ustar" && !text(345, 155).empty()) name = text(345, 155) + "/" + name;
        archive.remove_prefix(kBlock);
        if (archive.size() < size) break;
        const std::string_view content = archive.substr(0, size);
        if (type == 'L') {
            long_name = content.substr(0, content.find('\0'));
        } else {
            if (!long_name.empty()) name = std::exchange(long_name, {});
            if (type == '0' || type == '\0') files.emplace_back(std::move(name), content);
        }
        archive.remove_prefix(std::min(archive.size(), (size + kBlock - 1) / kBlock * kBlock));
    }
    return files;
}

/// A tar archive (POSIX ustar) of plain files as (name, content), all changed at 1,700,000,000.
inline std::string tar_of(const std::vector<std::pair<std::string, std::string>>& files) {
    constexpr std::size_t kBlock = 512;
    std::string out;
    for (const auto& [name, content] : files) {
        std::string head(kBlock, '\0');
        const auto put = [&](std::size_t at, const std::string& text) {
            head.replace(at, text.size(), text);
        };
        const auto octal = [](std::size_t number, std::size_t digits) {
            std::string text(digits, '0');
            for (std::size_t i = digits; i > 0 && number > 0; number /= 8)
                text[--i] = static_cast<char>('0' + number % 8);
            return text;
        };
        put(0, name);
        put(100, "0000644");
        put(124, octal(content.size(), 11));
        put(136, octal(1'700'000'000, 11));
        put(148, std::string(8, ' '));
        put(156, "0");
        put(257, std::string("ustar\0"
                             "00",
                             8));
        std::size_t sum = 0;
        for (const char c : head) sum += static_cast<unsigned char>(c);
        put(148, octal(sum, 6) + std::string("\0 ", 2));
        out += head + content;
        out.resize((out.size() + kBlock - 1) / kBlock * kBlock);
    }
    return out + std::string(2 * kBlock, '\0');
}

}  // namespace vedette::tests
