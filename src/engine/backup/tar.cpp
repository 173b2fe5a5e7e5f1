// SPDX-License-Identifier: Apache-2.0
#include "engine/backup/tar.h"

#include <algorithm>
#include <cstring>

#include "engine/backup/limits.h"
#include "engine/backup/manifest.h"

namespace vedette::engine::backup {

namespace {

using base::ErrorCode;
using base::Result;

struct Place {
    std::size_t at, size;
};
constexpr Place kName{0, 100}, kMode{100, 8}, kOwner{108, 8}, kGroup{116, 8}, kSize{124, 12},
    kTime{136, 12}, kChecksum{148, 8}, kType{156, 1}, kLink{157, 100}, kMagic{257, 8},
    kPrefix{345, 155};
constexpr std::string_view kUstar("ustar\00000", 8);
constexpr std::uint64_t kOctalMax = (1ull << 33) - 1;
constexpr unsigned char kBase256 = 0x80;

auto corrupt(std::string text) {
    return base::fail(ErrorCode::corrupt, std::move(text), "the archive",
                      "only an archive that `vedette backup` wrote can be restored");
}

void put(std::string& head, Place place, std::string_view text) {
    std::copy(text.begin(), text.end(), head.begin() + static_cast<std::ptrdiff_t>(place.at));
}

/// Octal digits and a final zero byte.
void put_octal(std::string& head, Place place, std::uint64_t number) {
    for (std::size_t i = place.size - 1; i-- > 0; number /= 8) {
        head[place.at + i] = static_cast<char>('0' + number % 8);
    }
}

std::string_view field(std::string_view head, Place place) {
    return head.substr(place.at, place.size);
}

/// Up to the first zero byte.
std::string_view text_field(std::string_view head, Place place) {
    const std::string_view whole = field(head, place);
    return whole.substr(0, whole.find('\0'));
}

std::optional<std::uint64_t> octal(std::string_view text) {
    std::uint64_t number = 0;
    const std::string_view digits = text.substr(0, text.find('\0'));
    if (digits.empty() || digits.find_first_not_of("01234567") != std::string_view::npos) {
        return std::nullopt;
    }
    for (const char digit : digits) number = number * 8 + static_cast<std::uint64_t>(digit - '0');
    return number;
}

std::optional<std::uint64_t> size_of(std::string_view head) {
    const std::string_view text = field(head, kSize);
    if (static_cast<unsigned char>(text[0]) != kBase256) return octal(text);
    std::uint64_t number = 0;
    if (text.substr(1, 3) != std::string_view("\0\0\0", 3)) return std::nullopt;
    for (const char byte : text.substr(4)) number = number << 8 | static_cast<unsigned char>(byte);
    return number;
}

/// The sum of all bytes, those of the checksum taken as blanks.
std::uint64_t checksum(std::string_view head) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < head.size(); ++i) {
        const bool is_sum = i >= kChecksum.at && i < kChecksum.at + kChecksum.size;
        sum += is_sum ? ' ' : static_cast<unsigned char>(head[i]);
    }
    return sum;
}

bool is_zero(std::string_view bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == '\0'; });
}

/// Where a name that is too long for its own field is cut into prefix and name; npos: nowhere.
std::size_t cut_of(std::string_view name) {
    if (name.size() <= kName.size) return 0;
    const std::size_t at = name.find('/', name.size() - kName.size - 1);
    return at == std::string_view::npos || at > kPrefix.size ? std::string_view::npos : at;
}

}  // namespace

Result<std::string> tar_head(std::string_view name, std::uint64_t size_bytes) {
    std::string head(kTarBlockBytes, '\0');
    const std::size_t cut = cut_of(name);
    if (cut == std::string_view::npos) {
        return base::fail(ErrorCode::limit, "the file's name is too long for an archive",
                          std::string(name), "back up to a folder");
    }
    if (cut > 0) put(head, kPrefix, name.substr(0, cut));
    put(head, kName, cut > 0 ? name.substr(cut + 1) : name);
    put_octal(head, kMode, 0600);
    put_octal(head, kOwner, 0);
    put_octal(head, kGroup, 0);
    put_octal(head, kTime, 0);
    if (size_bytes <= kOctalMax) {
        put_octal(head, kSize, size_bytes);
    } else {
        head[kSize.at] = static_cast<char>(kBase256);
        for (std::size_t i = 0; i < 8; ++i) {
            head[kSize.at + 4 + i] = static_cast<char>(size_bytes >> (8 * (7 - i)));
        }
    }
    head[kType.at] = '0';
    put(head, kMagic, kUstar);
    put_octal(head, {kChecksum.at, kChecksum.size - 1}, checksum(head));
    head[kChecksum.at + kChecksum.size - 1] = ' ';
    return head;
}

std::string tar_padding(std::uint64_t size_bytes) {
    return std::string((kTarBlockBytes - size_bytes % kTarBlockBytes) % kTarBlockBytes, '\0');
}

std::string tar_end() { return std::string(2 * kTarBlockBytes, '\0'); }

Result<void> TarReader::end_file() {
    is_in_file_ = false;
    return sink_.end();
}

Result<void> TarReader::take_head() {
    const std::string_view head = head_;
    if (is_zero(head)) {
        ++zero_blocks_;
        return {};
    }
    if (zero_blocks_ > 0) return corrupt("something stands behind the end of the archive");
    if (field(head, kMagic) != kUstar || head[kChecksum.at + kChecksum.size - 1] != ' ' ||
        octal(field(head, kChecksum).substr(0, 7)) != checksum(head)) {
        return corrupt("this is no head of a file");
    }
    if (head[kType.at] != '0' || !is_zero(field(head, kLink))) {
        return corrupt("the archive holds something that is no plain file");
    }
    const auto size = size_of(head);
    if (!size || *size > kFileBytesMax) return corrupt("a file's size is none");
    std::string name(text_field(head, kPrefix));
    if (!name.empty()) name += '/';
    name += text_field(head, kName);
    if (!is_good_name(name)) return corrupt("a file of a backup may not have this name");
    VD_TRY_DO(sink_.begin(name, *size));
    left_ = *size;
    padding_left_ = tar_padding(*size).size();
    is_in_file_ = true;
    return left_ == 0 ? end_file() : Result<void>();
}

Result<void> TarReader::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        if (left_ > 0) {
            const std::string_view piece = bytes.substr(0, left_);
            VD_TRY_DO(sink_.bytes(piece));
            left_ -= piece.size();
            bytes.remove_prefix(piece.size());
            if (left_ == 0) VD_TRY_DO(end_file());
        } else if (padding_left_ > 0) {
            const std::string_view piece = bytes.substr(0, padding_left_);
            if (!is_zero(piece)) return corrupt("a file's last block is not filled with zeros");
            padding_left_ -= piece.size();
            bytes.remove_prefix(piece.size());
        } else {
            const std::size_t taken = std::min(kTarBlockBytes - head_.size(), bytes.size());
            head_.append(bytes.substr(0, taken));
            bytes.remove_prefix(taken);
            if (head_.size() < kTarBlockBytes) return {};
            VD_TRY_DO(take_head());
            head_.clear();
        }
    }
    return {};
}

Result<void> TarReader::finish() const {
    if (zero_blocks_ >= 2 && head_.empty() && !is_in_file_) return {};
    return corrupt("the archive ends before its end");
}

}  // namespace vedette::engine::backup
