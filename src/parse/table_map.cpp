// SPDX-License-Identifier: Apache-2.0
#include "parse/table_map.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

namespace vedette::parse {

namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

/// Nothing if it is no number of seconds that fits into 63 bits of nanoseconds (292 years).
std::string nanoseconds(std::string_view seconds) {
    double value = 0;
    const char* const end = seconds.data() + seconds.size();
    const auto [stop, error] = std::from_chars(seconds.data(), end, value);
    constexpr double kSecondsMax = 9.2e9;
    if (error != std::errc() || stop != end || !(value >= 0 && value < kSecondsMax)) return {};
    return std::to_string(std::llround(value * 1e9));
}

}  // namespace

TableMap::TableMap(event::FieldDictionary& fields, std::span<const FieldRule> rules,
                   std::span<const FixedValue> values) {
    for (const FieldRule& rule : rules) {
        const auto source = fields.intern(rule.source);
        const auto target = fields.intern(rule.target);
        if (source && target) rules_.push_back({*source, target_of(*target), rule.convert});
    }
    for (const FixedValue& value : values) {
        if (const auto field = fields.intern(value.field)) {
            values_.push_back({target_of(*field), value.value});
        }
    }
}

std::size_t TableMap::target_of(event::FieldId field) {
    auto found = std::find(targets_.begin(), targets_.end(), field);
    if (found == targets_.end()) found = targets_.insert(targets_.end(), field);
    return static_cast<std::size_t>(found - targets_.begin());
}

void TableMap::begin(const event::Batch& batch) {
    cursors_.clear();
    for (const Rule& rule : rules_) cursors_.emplace_back(batch, rule.source);
    writers_.clear();
    for (const event::FieldId target : targets_) writers_.emplace_back(batch, target);
}

void TableMap::map(event::Batch& batch, std::uint32_t row) {
    for (std::size_t i = 0; i < rules_.size(); ++i) {
        const std::span<const event::Cell> cells = cursors_[i].all(row);
        if (cells.empty() || cells.front().size == 0) continue;
        if (writers_[rules_[i].target].wants(batch, row)) copy(batch, row, cells, rules_[i]);
    }
    for (const Value& value : values_) {
        LinkTarget& writer = writers_[value.target];
        if (writer.wants(batch, row)) writer.add(batch, row, value.text);
    }
}

void TableMap::copy(event::Batch& batch, std::uint32_t row, std::span<const event::Cell> cells,
                    const Rule& rule) {
    LinkTarget& writer = writers_[rule.target];
    for (const event::Cell cell : cells) {
        if (cell.kind == event::ValueKind::null || cell.size == 0) continue;
        if (rule.convert == Convert::none) {
            writer.link(batch, row, cell);
        } else if (rule.convert == Convert::lower) {
            writer.add(batch, row, lower(batch.text(cell)));
        } else if (const std::string ns = nanoseconds(batch.text(cell)); !ns.empty()) {
            writer.add(batch, row, ns, event::ValueKind::integer);
        }
    }
}

}  // namespace vedette::parse
