// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/behaviour.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/hash.h"
#include "detect/baseline/limits.h"
#include "event/lower_case.h"

namespace vedette::detect::baseline {

using rule::analytic::Measure;

namespace {

/// Between the parts of a name or a value.
constexpr std::string_view kBetween = " > ";

/// Names that stand for nobody in particular.
bool is_nobody(std::string_view name) {
    return name.empty() || name == "-" || name == "n/a" || name == "0.0.0.0" || name == "::";
}

/// At most `size_max` bytes, cut between characters.
void append_cut(std::string& out, std::string_view text, std::size_t size_max) {
    if (out.size() + text.size() > size_max) {
        std::size_t room = size_max > out.size() ? size_max - out.size() : 0;
        while (room > 0 && (static_cast<unsigned char>(text[room]) & 0xC0) == 0x80) --room;
        text = text.substr(0, room);
    }
    out += text;
}

std::uint64_t hash_with(std::uint64_t before, std::string_view text) {
    // Each part is hashed by itself, so that "a" + "bc" is not "ab" + "c".
    const std::uint64_t parts[2] = {before, base::hash64(text)};
    return base::hash64({reinterpret_cast<const char*>(parts), sizeof parts});
}

}  // namespace

std::optional<double> number_of(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) {
        return std::nullopt;
    }
    return number;
}

base::Result<Behaviour> Behaviour::make(rule::analytic::Analytic analytic) {
    const auto compiled =
        [](const event::Placed& query) -> base::Result<std::optional<rule::search::Matcher>> {
        if (query.text.empty()) return std::optional<rule::search::Matcher>();
        VD_TRY(auto matcher, rule::search::make_matcher(query.text, base::Timestamp()));
        return std::optional(std::move(matcher));
    };
    VD_TRY(auto events, compiled(analytic.events));
    VD_TRY(auto of, compiled(analytic.of));
    return Behaviour(std::move(analytic), std::move(events), std::move(of));
}

Behaviour::Behaviour(rule::analytic::Analytic analytic, std::optional<rule::search::Matcher> events,
                     std::optional<rule::search::Matcher> of)
    : analytic_(std::move(analytic)), events_(std::move(events)), of_(std::move(of)) {
    for (const auto& field : analytic_.entity_fields) entity_fields_.emplace_back(field.text);
    for (const auto& field : analytic_.fields) fields_.emplace_back(field.text);
    if (!analytic_.peers_by.text.empty()) peers_.emplace(analytic_.peers_by.text);
    std::string about = analytic_.id.text;
    const auto add = [&](std::string_view text) { about.append(1, '\0').append(text); };
    add(name(analytic_.measure));
    add(event::name(analytic_.entity));
    for (const auto& field : analytic_.entity_fields) add(field.text);
    add("fields");
    for (const auto& field : analytic_.fields) add(field.text);
    add("windows");
    for (const std::int64_t window_ms : analytic_.windows_ms) add(std::to_string(window_ms));
    add(analytic_.events.text);
    add(analytic_.of.text);
    add(analytic_.peers_by.text);
    hash_ = base::hash64(about);
}

bool Behaviour::bind(const event::Batch& batch) {
    batch_ = &batch;
    bool is_wanted = true;
    for (FieldReader& field : entity_fields_) {
        field.bind(batch);
        is_wanted &= field.is_there();
    }
    for (FieldReader& field : fields_) {
        field.bind(batch);
        is_wanted &= field.is_there();
    }
    if (peers_) peers_->bind(batch);
    return is_wanted;
}

std::optional<Observation> Behaviour::observe(std::uint32_t row) {
    Observation out;
    out.row = row_ = row;
    // In the order of cost: most rows have no such entity or value.
    if (!read_entity(row, out) || !read_measure(row, out)) return std::nullopt;
    if (events_ && !events_->matches(*batch_, row)) return std::nullopt;
    if (of_) out.is_hit = of_->matches(*batch_, row);
    if (peers_) {
        if (const auto group = peers_->at(row)) out.peers = base::hash64(*group);
    }
    return out;
}

std::string Behaviour::entity_name() {
    const std::size_t size_max = is_series(analytic_.measure) ? kSeriesNameBytesMax : kNameBytesMax;
    std::string out;
    for (FieldReader& field : entity_fields_) {
        if (!out.empty()) append_cut(out, kBetween, size_max);
        const auto text = field.at(row_);
        if (text) append_cut(out, event::lower_case(*text, room_), size_max);
    }
    return out;
}

std::string Behaviour::value_text() {
    std::string out;
    for (FieldReader& field : fields_) {
        if (!out.empty()) append_cut(out, kBetween, kValueBytesMax);
        if (const auto text = field.at(row_)) append_cut(out, *text, kValueBytesMax);
    }
    return out;
}

bool Behaviour::read_entity(std::uint32_t row, Observation& out) {
    std::uint64_t hash = static_cast<std::uint64_t>(analytic_.entity);
    for (FieldReader& field : entity_fields_) {
        const auto text = field.at(row);
        if (!text || is_nobody(*text)) return false;
        hash = hash_with(hash, event::lower_case(*text, room_));
    }
    out.entity = hash;
    return true;
}

bool Behaviour::read_measure(std::uint32_t row, Observation& out) {
    switch (analytic_.measure) {
        case Measure::count:
        case Measure::rate:
        case Measure::ratio:
        case Measure::time_of_day:
        case Measure::regularity: return true;
        case Measure::sum:
        case Measure::value:
        case Measure::series:
        case Measure::series_rate: {
            const auto text = fields_[0].at(row);
            const auto number = text ? number_of(*text) : std::nullopt;
            if (!number) return false;
            out.number = *number;
            return true;
        }
        case Measure::travel_speed: {
            const auto latitude = fields_[0].at(row), longitude = fields_[1].at(row);
            const auto north = latitude ? number_of(*latitude) : std::nullopt;
            const auto east = longitude ? number_of(*longitude) : std::nullopt;
            if (!north || !east || std::abs(*north) > 90 || std::abs(*east) > 180) return false;
            out.latitude = *north;
            out.longitude = *east;
            return true;
        }
        case Measure::distinct:
        case Measure::new_value:
        case Measure::rare_value:
        case Measure::rare_combination:
        case Measure::sequence: {
            for (FieldReader& field : fields_) {
                const auto text = field.at(row);
                if (!text || text->empty()) return false;
                out.value = hash_with(out.value, *text);
            }
            return true;
        }
        case Measure::vector: return false;
    }
    return false;
}

}  // namespace vedette::detect::baseline
