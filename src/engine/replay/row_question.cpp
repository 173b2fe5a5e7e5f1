// SPDX-License-Identifier: Apache-2.0
#include "engine/replay/row_question.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "event/schema.h"
#include "rule/sigma/bound_rule.h"

namespace vedette::engine::replay {

namespace {

using rule::sigma::FieldTest;
using rule::sigma::LogSourceWay;
using rule::sigma::Rule;
using rule::sigma::Wildcard;

/// What people look at in a noisy event; columns of few different values cost next to nothing.
constexpr std::string_view kShownFields[] = {"host.name", "user.name", "source.ip", "process.name",
                                             "process.parent.name"};

bool is_anywhere(const rule::sigma::ValueTest& form) {
    const auto* text = std::get_if<rule::sigma::TextTest>(&form);
    if (text == nullptr) return false;
    const auto& tokens = text->pattern.tokens();
    return tokens.size() >= 2 && tokens.front().kind == Wildcard::Token::Kind::many &&
           tokens.back().kind == Wildcard::Token::Kind::many;
}

struct Asked {
    std::map<std::string, bool> fields;  ///< name -> whether fields below it count
    bool has_keywords = false, has_odd_keywords = false;
};

void ask(const FieldTest& test, Asked& asked) {
    for (const auto& value : test.values) {
        for (const auto& form : value.any_of) {
            if (test.field.empty()) {
                asked.has_keywords = true;
                asked.has_odd_keywords = asked.has_odd_keywords || !is_anywhere(form);
                continue;
            }
            const bool asks_below = std::holds_alternative<rule::sigma::NullTest>(form) ||
                                    std::holds_alternative<rule::sigma::ExistsTest>(form);
            bool& below = asked.fields[test.field];
            below = below || asks_below;
            if (const auto* reference = std::get_if<rule::sigma::ReferenceTest>(&form)) {
                asked.fields.try_emplace(reference->field, false);
            }
        }
    }
}

}  // namespace

RowQuestion::RowQuestion() : is_whole_(true) {}

RowQuestion::RowQuestion(const Rule& rule, const std::vector<LogSourceWay>& ways,
                         std::uint64_t mapped_fields) {
    Asked asked;
    for (const auto& selection : rule.selections) {
        for (const auto& block : selection.any_of) {
            for (const FieldTest& test : block) ask(test, asked);
        }
    }
    is_whole_ = asked.has_keywords;
    needs_record_ = asked.has_odd_keywords;
    if (is_whole_) return;
    for (const LogSourceWay& way : ways) {
        for (const auto& need : way.needs) {
            if (need.field != "dataset") asked.fields.try_emplace(need.field, false);
        }
        for (const auto& [from, to] : way.aliases) {
            const auto known = asked.fields.find(from);
            if (known != asked.fields.end()) asked.fields.try_emplace(to, false);
        }
    }
    for (const std::string_view field : kShownFields) {
        asked.fields.try_emplace(std::string(field), false);
    }
    for (const auto& [field, below] : asked.fields) add(field, below, mapped_fields);
}

void RowQuestion::add(const std::string& field, bool asks_below, std::uint64_t mapped_fields) {
    Place place;
    place.field = field;
    place.asks_below = asks_below;
    const auto fields = event::schema_fields();
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (fields[i].name != field) continue;
        place.column = fields[i].column();
        place.is_number = fields[i].type == event::StoreType::number;
        place.is_in_map = ((mapped_fields >> i) & 1) != 0;
        if (!place.is_in_map) relies_on_ |= std::uint64_t{1} << i;
    }
    below_names_.push_back(field + std::string(kBelow));
    places_.push_back(std::move(place));
}

std::string RowQuestion::columns(rule::search::SqlWriter& writer) const {
    std::string out = "offset, row, time, dataset, flags";
    if (is_whole_) {
        out += ", source, origin, line";
        for (const event::SchemaField& field : event::schema_fields()) {
            out += ", `" + field.column() + '`';
        }
        return out + ", fields, raw";
    }
    for (const Place& place : places_) {
        if (!place.column.empty()) out += ", `" + place.column + '`';
        if (place.is_in_map) {
            const auto value = writer.map_field(place.field);
            out += ", toUInt8(" + value.is_there + "), " + value.text;
        }
        if (!place.asks_below) continue;
        out += ", toUInt8(arrayExists(k -> startsWith(k, " +
               writer.param("String", place.field + ".") + "), mapKeys(fields))";
        for (const event::SchemaField& field : event::schema_fields()) {
            if (!field.name.starts_with(place.field + ".")) continue;
            out += " OR " + (field.type == event::StoreType::number
                                 ? "isNotNull(`" + field.column() + "`)"
                                 : "`" + field.column() + "` != ''");
        }
        out += ")";
    }
    return out;
}

void RowQuestion::read(base::ByteReader& in, StoredRow& row) const {
    row.values.clear();
    row.numbers.clear();
    row.raw = {};
    row.id.offset = in.get<std::uint64_t>();
    row.id.row = in.get<std::uint32_t>();
    row.time.unix_ns = in.get<std::int64_t>();
    row.dataset = in.text();
    row.flags = in.get<std::uint16_t>();
    if (is_whole_) return read_whole(in, row);
    for (std::size_t i = 0; i < places_.size(); ++i) {
        read_place(in, places_[i], row);
        if (places_[i].asks_below && in.get<std::uint8_t>() != 0) {
            row.values.push_back({below_names_[i], "x", false});
        }
    }
}

void RowQuestion::read_place(base::ByteReader& in, const Place& place, StoredRow& row) const {
    StoredValue value{place.field, {}, false};
    bool has_value = false;
    if (place.is_number) {
        if (in.get<std::uint8_t>() == 0) {
            has_value = true;
            value.text = row.numbers.emplace_back(std::to_string(in.get<std::int64_t>()));
        }
    } else if (!place.column.empty()) {
        value.text = in.text();
        has_value = !value.text.empty();
    }
    if (place.is_in_map) {
        const bool is_there = in.get<std::uint8_t>() != 0;
        const std::string_view text = in.text();
        if (is_there) {
            // Has all of several values, and what the column cannot tell.
            value.text = text;
            value.is_in_map = has_value = true;
        }
    }
    if (has_value) row.values.push_back(value);
}

void RowQuestion::read_whole(base::ByteReader& in, StoredRow& row) const {
    row.source = in.text();
    row.origin = in.text();
    row.line = in.get<std::uint64_t>();
    for (const event::SchemaField& field : event::schema_fields()) {
        if (field.type != event::StoreType::number) {
            const std::string_view text = in.text();
            if (!text.empty()) row.values.push_back({field.name, text, false});
        } else if (in.get<std::uint8_t>() == 0) {
            const auto number = std::to_string(in.get<std::int64_t>());
            row.values.push_back({field.name, row.numbers.emplace_back(number), false});
        }
    }
    const std::size_t columns = row.values.size();
    const std::uint64_t count = in.varint();
    for (std::uint64_t i = 0; i < count && in.is_good(); ++i) {
        const std::string_view name = in.text();
        const StoredValue value{name, in.text(), true};
        const auto end = row.values.begin() + static_cast<std::ptrdiff_t>(columns);
        const auto known = std::find_if(row.values.begin(), end,
                                        [&](const auto& one) { return one.field == name; });
        if (known != end) {
            *known = value;
        } else {
            row.values.push_back(value);
        }
    }
    row.raw = in.text();
}

}  // namespace vedette::engine::replay
