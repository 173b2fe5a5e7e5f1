// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/behaviour.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/check.h"
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

std::uint64_t entity_hash(event::EntityType type, std::string_view name) {
    return hash_with(static_cast<std::uint64_t>(type), name);
}

std::optional<double> number_of(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) {
        return std::nullopt;
    }
    return number;
}

base::Result<Behaviour> Behaviour::make(rule::analytic::Analytic analytic) {
    RowTests tests;
    for (const event::Placed* query : {&analytic.events, &analytic.of}) {
        VD_TRY_DO(tests.add(query->text));
    }
    for (const auto& part : analytic.parts) VD_TRY_DO(tests.add(part.of.text));
    return Behaviour(std::move(analytic));
}

void Behaviour::join(RowTests& tests) {
    const auto add = [&](const event::Placed& query) {
        auto added = tests.add(query.text);
        VD_CHECK(added.has_value());  // make() has tried it
        return std::move(*added);
    };
    events_ = add(analytic_.events);
    of_ = add(analytic_.of);
    for (std::size_t i = 0; i < parts_.size(); ++i) parts_[i].of = add(analytic_.parts[i].of);
}

Behaviour::Behaviour(rule::analytic::Analytic analytic) : analytic_(std::move(analytic)) {
    for (const auto& field : analytic_.entity_fields) entity_fields_.emplace_back(field.text);
    for (const auto& field : analytic_.fields) fields_.emplace_back(field.text);
    if (!analytic_.peers_by.text.empty()) peers_.emplace(analytic_.peers_by.text);
    for (const auto& part : analytic_.parts) {
        parts_.emplace_back();
        if (!part.field.text.empty()) parts_.back().field.emplace(part.field.text);
    }
    seen_.resize(parts_.size());
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
    for (const auto& part : analytic_.parts) add(words(part));
    hash_ = base::hash64(about);
}

std::uint64_t Behaviour::entity_hash(const std::vector<std::string>& names) const {
    std::uint64_t hash = static_cast<std::uint64_t>(analytic_.entity);
    std::string room;
    for (const std::string& name : names) hash = hash_with(hash, event::lower_case(name, room));
    return hash;
}

bool Behaviour::bind_fields(const event::Batch& batch, RowTests::Reach& reach) {
    const auto narrow = [&reach](const event::Column* column) {
        const bool is_rarer =
            reach.is_anywhere || (column != nullptr && reach.column != nullptr &&
                                  column->cells.size() < reach.column->cells.size());
        if (is_rarer || column == nullptr) reach = {false, column};
    };
    const auto bind_one = [&](FieldReader& field) {
        field.bind(batch);
        if (field.is_column()) narrow(field.column());
        return field.is_there();
    };
    bool is_wanted = true;
    for (FieldReader& field : entity_fields_) is_wanted = bind_one(field) && is_wanted;
    for (FieldReader& field : fields_) is_wanted = bind_one(field) && is_wanted;
    if (peers_) peers_->bind(batch);
    // A row need not have what each of its numbers is of.
    for (Part& part : parts_) {
        if (part.field) part.field->bind(batch);
    }
    for (const RowTests::Id test : events_) {
        const RowTests::Reach one = tests_->reach(test);
        if (!one.is_anywhere) narrow(one.column);
    }
    return is_wanted && (reach.is_anywhere || reach.column != nullptr);
}

std::span<const std::uint32_t> Behaviour::bind(const event::Batch& batch, RowTests& tests) {
    batch_ = &batch;
    tests_ = &tests;
    rows_.clear();
    RowTests::Reach reach;
    if (!bind_fields(batch, reach)) return {};
    const auto take = [&](std::uint32_t row) {
        if (hold(events_, row)) rows_.push_back(row);
    };
    if (reach.column == nullptr) {
        for (std::uint32_t row = 0; row < batch.row_count(); ++row) take(row);
        return rows_;
    }
    std::uint32_t next = 0;
    for (const event::Cell& cell : reach.column->cells) {
        if (cell.row < next) continue;  // another value of the same row
        next = cell.row + 1;
        take(cell.row);
    }
    return rows_;
}

std::optional<Observation> Behaviour::observe(std::uint32_t row) {
    Observation out;
    out.row = row_ = row;
    if (!read_entity(row, out) || !read_measure(row, out)) return std::nullopt;
    if (!of_.empty()) out.is_hit = hold(of_, row);
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
        case Measure::vector: read_parts(row); return true;
    }
    return false;
}

bool Behaviour::hold(const std::vector<RowTests::Id>& tests, std::uint32_t row) const {
    return std::all_of(tests.begin(), tests.end(),
                       [&](RowTests::Id test) { return tests_->holds(test, row); });
}

void Behaviour::read_parts(std::uint32_t row) {
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        Part& part = parts_[i];
        PartSeen& seen = seen_[i];
        seen = {!part.field, 0, 0, !part.of.empty() && hold(part.of, row)};
        if (!part.field) continue;
        const auto text = part.field->at(row);
        if (!text || text->empty()) continue;
        if (analytic_.parts[i].measure == Measure::distinct) {
            seen.value = hash_with(0, *text);
            seen.is_there = true;
        } else if (const auto number = number_of(*text)) {
            seen.number = *number;
            seen.is_there = true;
        }
    }
}

}  // namespace vedette::detect::baseline
