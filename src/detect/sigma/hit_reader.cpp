// SPDX-License-Identifier: Apache-2.0
#include "detect/sigma/hit_reader.h"

#include <algorithm>

#include "detect/sigma/limits.h"

namespace vedette::detect::sigma {

HitReader::HitReader(const CorrelationPlan& plan, const std::vector<rule::sigma::Rule>& rules,
                     const rule::sigma::LogSourceMap& sources, event::FieldDictionary& fields)
    : fields_(rules.size()) {
    const auto name_of = [&](const std::string& text) {
        return Name{text, fields.intern(text).value_or(event::kNoField)};
    };
    for (std::uint32_t rule = 0; rule < rules.size(); ++rule) {
        if (plan.users_of_rule(rule).empty()) continue;
        const auto ways = sources.find(rules[rule].logsource);
        if (!ways) continue;
        for (const rule::sigma::LogSourceWay& way : *ways) {
            std::vector<Field>& some = fields_[rule].emplace_back();
            for (const std::string& wanted : plan.fields_of(rule)) {
                Field field{name_of(wanted), {}};
                const auto alias = way.aliases.find(wanted);
                if (alias != way.aliases.end()) field.alias = name_of(alias->second);
                some.push_back(std::move(field));
            }
        }
    }
}

std::vector<std::string> HitReader::values_of(const event::Batch& batch, std::uint32_t row,
                                              const Name& name) {
    std::vector<std::string> out;
    const auto add = [&](std::string_view text, event::ValueKind kind) {
        const bool has_text = kind != event::ValueKind::null &&
                              kind != event::ValueKind::empty_list &&
                              kind != event::ValueKind::empty_object;
        if (has_text && out.size() < kHitValuesMax) {
            out.emplace_back(text.substr(0, kHitValueBytesMax));
        }
    };
    if (name.text.empty()) return out;
    if (name.field != event::kNoField) {
        for (const event::Cell& cell : batch.cells(name.field, row)) {
            add(batch.text(cell), cell.kind);
        }
    }
    if (!out.empty() || (batch.rows()[row].flags & event::kRowOverflow) == 0) return out;
    const event::Column& names = batch.overflow_names();
    const event::Column& values = batch.overflow_values();
    const auto begin = std::lower_bound(
        names.cells.begin(), names.cells.end(), row,
        [](const event::Cell& cell, std::uint32_t wanted) { return cell.row < wanted; });
    for (auto cell = begin; cell != names.cells.end() && cell->row == row; ++cell) {
        if (batch.overflow_text(names, *cell) != name.text) continue;
        const event::Cell& value =
            values.cells[static_cast<std::size_t>(cell - names.cells.begin())];
        add(batch.overflow_text(values, value), value.kind);
    }
    return out;
}

HitRecord HitReader::read(const event::Batch& batch, const rule::sigma::Matcher::Hit& hit) const {
    const event::Row& row = batch.rows()[hit.row];
    HitRecord out;
    out.rule = hit.rule;
    out.id = row.id;
    out.time = row.time;
    std::int64_t latest = 0;
    if (__builtin_add_overflow(row.arrival.unix_ns, kFutureAllowedNs, &latest)) latest = INT64_MAX;
    out.due.unix_ns = std::min(row.time.unix_ns, latest);
    for (const Field& field : fields_[hit.rule].at(hit.way)) {
        std::vector<std::string> values = values_of(batch, hit.row, field.own);
        if (values.empty()) values = values_of(batch, hit.row, field.alias);
        out.values.push_back(std::move(values));
    }
    out.entities = event::entities_of(batch, hit.row);
    if (row.origin < batch.origins().size()) {
        out.source = batch.origins()[row.origin].source;
        out.origin = batch.origins()[row.origin].path;
    }
    out.raw = row.raw.substr(0, kHitRawBytesMax);
    out.line = row.line;
    return out;
}

}  // namespace vedette::detect::sigma
