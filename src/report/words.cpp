// SPDX-License-Identifier: Apache-2.0
#include "report/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <numeric>
#include <tuple>

namespace vedette::report {

namespace {

struct Wall {
    std::string date, time, zone;
};

/// The moment on the reader's wall. Seconds are enough to find it again; the formats for programs
/// have all nine digits.
Wall wall_of(base::Timestamp time, Zone zone) {
    std::int64_t offset_s = 0;
    if (zone == Zone::local) {
        const auto seconds = static_cast<std::time_t>(time.unix_ns / base::kNsPerSecond -
                                                      (time.unix_ns % base::kNsPerSecond < 0));
        std::tm local{};
        if (::localtime_r(&seconds, &local) != nullptr) offset_s = local.tm_gmtoff;
    }
    // The last hours of the range stay in UTC instead of running over.
    base::Timestamp shifted;
    if (__builtin_add_overflow(time.unix_ns, offset_s * base::kNsPerSecond, &shifted.unix_ns)) {
        shifted = time;
        offset_s = 0;
    }
    const std::string text = base::format_rfc3339(shifted, 0);
    const std::int64_t minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;
    return {text.substr(0, 10), text.substr(11, 8),
            zone == Zone::utc ? "UTC"
                              : fmt::format("{}{:02}:{:02}", offset_s < 0 ? '-' : '+', minutes / 60,
                                            minutes % 60)};
}

/// How the value may be written in the record: as it is, or as JSON escapes it.
std::vector<std::string> written_forms(const std::string& value) {
    std::vector<std::string> forms{value};
    std::string json;
    for (const char c : value) {
        if (c == '"' || c == '\\') json += '\\';
        json += c;
    }
    if (json != value) forms.push_back(std::move(json));
    return forms;
}

/// The last part of a field's name, which is how records spell it.
std::string_view own_name(std::string_view field) {
    const std::size_t dot = field.rfind('.');
    return dot == std::string_view::npos ? field : field.substr(dot + 1);
}

}  // namespace

std::string count_text(std::uint64_t count) {
    std::string digits = std::to_string(count);
    for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
    return digits;
}

std::string count_text(std::uint64_t count, std::string_view noun) {
    return count_text(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string bytes_text(std::uint64_t bytes) {
    if (bytes < 1'000) return count_text(bytes, "byte");
    static constexpr std::array<std::string_view, 6> kUnits = {"kB", "MB", "GB", "TB", "PB", "EB"};
    double value = static_cast<double>(bytes) / 1'000;
    std::size_t unit = 0;
    // 999.95 would be printed as 1000.0.
    while (value >= 999.95 && unit + 1 < kUnits.size()) {
        value /= 1'000;
        ++unit;
    }
    return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string duration_text(double seconds) {
    if (seconds < 10) return fmt::format("{:.2f} s", std::max(seconds, 0.0));
    if (seconds < 120) return fmt::format("{:.0f} s", seconds);
    // A clock that went mad must not overflow the cast.
    const auto whole = static_cast<std::uint64_t>(std::min(seconds, 1e15));
    if (whole < 7'200) return fmt::format("{} min {} s", whole / 60, whole % 60);
    return fmt::format("{} h {} min", count_text(whole / 3'600), whole / 60 % 60);
}

std::string bits_text(double bits) {
    return fmt::format("{:.1f} bit{}", bits, bits == 1 ? "" : "s");
}

std::string time_text(base::Timestamp time, Zone zone) {
    const Wall wall = wall_of(time, zone);
    return wall.date + " " + wall.time + " " + wall.zone;
}

std::string span_text(base::Timestamp first, base::Timestamp last, Zone zone) {
    const Wall begin = wall_of(first, zone), end = wall_of(last, zone);
    if (begin.zone != end.zone) return time_text(first, zone) + " to " + time_text(last, zone);
    std::string out = begin.date + " " + begin.time;
    if (end.date != begin.date) {
        out += " to " + end.date + " " + end.time;
    } else if (end.time != begin.time) {
        out += " to " + end.time;
    }
    return out + " " + begin.zone;
}

std::string_view level_word(cases::Severity severity) {
    switch (severity) {
        case cases::Severity::informational: return "INFO";
        case cases::Severity::low: return "LOW";
        case cases::Severity::medium: return "MEDIUM";
        case cases::Severity::high: return "HIGH";
        case cases::Severity::critical: return "CRITICAL";
    }
    return "UNKNOWN";
}

std::string_view plural(event::EntityType type) {
    switch (type) {
        case event::EntityType::user: return "users";
        case event::EntityType::host: return "hosts";
        case event::EntityType::ip: return "addresses";
        case event::EntityType::device: return "devices";
        case event::EntityType::account: return "accounts";
        case event::EntityType::mailbox: return "mailboxes";
        case event::EntityType::domain: return "domains";
        case event::EntityType::file: return "files";
        case event::EntityType::process: return "processes";
        case event::EntityType::series: return "series";
    }
    return "others";
}

std::string levels_text(const std::vector<std::uint64_t>& counts) {
    std::string out;
    for (std::size_t level = counts.size(); level-- > 0;) {
        if (counts[level] == 0) continue;
        if (!out.empty()) out += ", ";
        out += count_text(counts[level]) + " ";
        out += name(static_cast<cases::Severity>(level));
    }
    return out;
}

ReasonWords words_of(const cases::Reason& reason) {
    ReasonWords words{reason.feature, reason.observed, {}, reason.expected};
    if (reason.against == "rule") {
        // A rule that asks for just this value need not be quoted.
        if (reason.expected == reason.observed ||
            reason.expected == "is \"" + reason.observed + "\"") {
            words.expected = {};
        }
        words.link = words.expected.empty() ? ", as the rule asks" : ", as the rule asks:";
    } else if (reason.expected.empty()) {
        words.link = {};
    } else if (reason.against == "self") {
        words.link = "; usual for itself is";
    } else if (reason.against == "peers") {
        words.link = "; usual for its peers is";
    } else {
        words.link = "; usual for everybody is";
    }
    return words;
}

std::vector<const cases::Reason*> strongest_reasons(const std::vector<cases::Reason>& reasons,
                                                    std::size_t count_max) {
    std::vector<const cases::Reason*> out;
    for (const cases::Reason& reason : reasons) out.push_back(&reason);
    std::stable_sort(out.begin(), out.end(), [](const cases::Reason* a, const cases::Reason* b) {
        return a->bits > b->bits;
    });
    if (out.size() > count_max) out.resize(count_max);
    return out;
}

std::string ledger_text(const cases::Incident& incident) {
    if (fmt::format("{:.1f}", incident.evidence_bits) == fmt::format("{:.1f}", incident.bits)) {
        return {};
    }
    return fmt::format("{:.1f} in the ledger", incident.evidence_bits);
}

std::vector<const cases::Incident*> in_order_of_weight(
    const std::vector<cases::Incident>& incidents) {
    std::vector<const cases::Incident*> out;
    for (const cases::Incident& incident : incidents) out.push_back(&incident);
    std::sort(out.begin(), out.end(), [](const cases::Incident* a, const cases::Incident* b) {
        if (a->evidence_bits != b->evidence_bits) return a->evidence_bits > b->evidence_bits;
        if (a->severity != b->severity) return a->severity > b->severity;
        if (a->bits != b->bits) return a->bits > b->bits;
        return std::tie(a->first_seen, a->id) < std::tie(b->first_seen, b->id);
    });
    return out;
}

std::vector<Span> matched_spans(std::string_view raw, const std::vector<cases::Reason>& reasons) {
    // Shorter values say something only where their field's name stands before them.
    constexpr std::size_t kSpeakingSize = 4, kNearBytes = 8;
    std::vector<Span> found;
    for (const cases::Reason& reason : reasons) {
        for (const std::string& form : written_forms(reason.observed)) {
            if (form.empty() || form.size() > raw.size()) continue;
            const std::string_view field = own_name(reason.feature);
            const std::size_t field_at = field.empty() ? raw.npos : raw.find(field);
            const std::size_t behind = field_at == raw.npos ? raw.npos : field_at + field.size();
            std::size_t at = behind == raw.npos ? raw.npos : raw.find(form, behind);
            if (form.size() < kSpeakingSize) {
                if (at != raw.npos && at > behind + kNearBytes) at = raw.npos;
            } else if (at == raw.npos) {
                at = raw.find(form);
            }
            if (at == raw.npos) continue;
            found.push_back({at, form.size()});
            break;
        }
    }
    std::sort(found.begin(), found.end(), [](const Span& a, const Span& b) {
        return std::tie(a.begin, b.size) < std::tie(b.begin, a.size);
    });
    std::vector<Span> out;
    for (const Span& span : found) {
        if (out.empty() || span.begin >= out.back().begin + out.back().size) out.push_back(span);
    }
    return out;
}

}  // namespace vedette::report
