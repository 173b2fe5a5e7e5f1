// SPDX-License-Identifier: Apache-2.0
#include "parse/time_zone.h"

#include <algorithm>

namespace vedette::parse {

using base::ErrorCode;
using base::Result;

namespace {

constexpr std::size_t kHeaderBytes = 44;
constexpr std::int64_t kOffsetSecondsMax = 26 * 3600;  // RFC 8536 section 3.2

struct Counts {
    std::size_t utc_flags = 0, standard_flags = 0, leaps = 0, changes = 0, types = 0, names = 0;
    std::size_t data_bytes(std::size_t time_bytes) const {
        return changes * (time_bytes + 1) + types * 6 + names + leaps * (time_bytes + 4) +
               standard_flags + utc_flags;
    }
};

std::int64_t big_endian(std::string_view bytes, std::size_t at, std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
        value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    }
    if (size == 4) return static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
    return static_cast<std::int64_t>(value);
}

/// Nothing if the header is no header. Counts past the bytes are found out by who uses them.
bool read_header(std::string_view bytes, Counts& out) {
    if (bytes.size() < kHeaderBytes || !bytes.starts_with("TZif") || bytes[4] < '2') return false;
    std::size_t* const counts[] = {&out.utc_flags, &out.standard_flags, &out.leaps,
                                   &out.changes,   &out.types,          &out.names};
    for (std::size_t i = 0; i < 6; ++i) {
        *counts[i] = static_cast<std::uint32_t>(big_endian(bytes, 20 + i * 4, 4));
        if (*counts[i] > bytes.size()) return false;
    }
    return true;
}

}  // namespace

Result<TimeZone> TimeZone::read(std::string_view bytes, std::string_view where) {
    const auto wrong = [&] {
        return base::fail(ErrorCode::bad_input, "this is no file of the zone database",
                          std::string(where), "name a zone like Europe/Berlin, or +02:00");
    };
    Counts old, counts;
    if (!read_header(bytes, old)) return wrong();
    const std::size_t skipped = kHeaderBytes + old.data_bytes(4);
    if (skipped > bytes.size() || !read_header(bytes.substr(skipped), counts)) return wrong();
    bytes.remove_prefix(skipped + kHeaderBytes);
    if (counts.data_bytes(8) > bytes.size() || counts.types == 0) return wrong();
    const std::size_t indexes = counts.changes * 8, types = indexes + counts.changes;
    const auto offset_of = [&](std::size_t type) { return big_endian(bytes, types + type * 6, 4); };
    TimeZone out;
    out.first_offset_s_ = offset_of(0);
    for (std::size_t i = 0; i < counts.changes; ++i) {
        const auto type = static_cast<unsigned char>(bytes[indexes + i]);
        if (type >= counts.types) return wrong();
        out.changes_.push_back({big_endian(bytes, i * 8, 8), offset_of(type)});
    }
    const auto is_wild = [](std::int64_t offset_s) {
        return offset_s > kOffsetSecondsMax || offset_s < -kOffsetSecondsMax;
    };
    bool is_bad = is_wild(out.first_offset_s_);
    for (std::size_t i = 0; i < out.changes_.size(); ++i) {
        is_bad = is_bad || is_wild(out.changes_[i].offset_s) ||
                 (i > 0 && out.changes_[i].utc_s <= out.changes_[i - 1].utc_s);
    }
    if (is_bad) return wrong();
    const std::string_view rule = bytes.substr(counts.data_bytes(8));
    constexpr std::int64_t k2037 = 2'114'380'800;
    const bool has_rule = rule.find(',') != std::string_view::npos;
    if (has_rule && (out.changes_.empty() || out.changes_.back().utc_s < k2037)) {
        return base::fail(ErrorCode::unsupported,
                          "this zone's file leaves out the changes of the coming years",
                          std::string(where), "install Debian's tzdata, or name an offset: +02:00");
    }
    return out;
}

TimeZone TimeZone::fixed(std::int64_t offset_s) {
    TimeZone out;
    out.first_offset_s_ = offset_s;
    return out;
}

std::int64_t TimeZone::to_utc_s(std::int64_t local_s) const {
    if (changes_.empty()) return local_s - first_offset_s_;
    // An offset is less than two days, so only changes near the moment can matter.
    const auto later = std::upper_bound(
        changes_.begin(), changes_.end(), local_s - 2 * kOffsetSecondsMax,
        [](std::int64_t moment, const Change& change) { return moment < change.utc_s; });
    std::int64_t offset_s = later == changes_.begin() ? first_offset_s_ : (later - 1)->offset_s;
    for (auto next = later; next != changes_.end(); ++next) {
        if (local_s - offset_s < next->utc_s) break;
        offset_s = next->offset_s;
    }
    return local_s - offset_s;
}

std::int64_t TimeZone::offset_s_at(std::int64_t utc_s) const {
    const auto later = std::upper_bound(
        changes_.begin(), changes_.end(), utc_s,
        [](std::int64_t moment, const Change& change) { return moment < change.utc_s; });
    return later == changes_.begin() ? first_offset_s_ : (later - 1)->offset_s;
}

bool is_zone_name(std::string_view name) {
    const bool has_bytes = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '+' || c == '-' || c == '/';
    });
    return has_bytes && !name.empty() && name.size() <= 64 && name[0] != '/' && name.back() != '/';
}

}  // namespace vedette::parse
