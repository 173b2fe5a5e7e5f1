// SPDX-License-Identifier: Apache-2.0
#include "rule/search/aggregate.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/check.h"
#include "rule/search/limits.h"
#include "rule/search/table_steps.h"

namespace vedette::rule::search {

namespace {

using event::Batch;
using event::Cell;
using event::ValueKind;
using Function = Aggregate::Function;
using Billionths = Number::Billionths;

bool is_mark(std::string_view text) { return text == "null" || text == "[]" || text == "{}"; }

bool is_nothing(ValueKind kind) {
    return kind == ValueKind::null || kind == ValueKind::empty_list ||
           kind == ValueKind::empty_object;
}

struct Values {
    std::vector<std::pair<std::string_view, ValueKind>> cells;
    bool is_number_column = false, has_column = false;
};

// A single value that only the store's map has cannot be told from its marks for nothing.
std::vector<std::string> texts_of(const Values& values) {
    std::vector<std::string> out;
    const bool is_single = values.cells.size() == 1;
    for (const auto& [text, kind] : values.cells) {
        if (is_nothing(kind) || text.empty()) continue;
        if (is_single && values.is_number_column) {
            std::int64_t number = 0;
            const char* const end = text.data() + text.size();
            const auto [stop, code] = std::from_chars(text.data(), end, number);
            if (code == std::errc() && stop == end) {
                out.push_back(std::to_string(number));
                continue;
            }
        }
        const bool is_in_map = !values.has_column || values.is_number_column;
        if (is_single && is_in_map && is_mark(text)) continue;
        out.emplace_back(text);
    }
    return out;
}

std::vector<std::string> field_values(const FieldPlace& place, const Batch& batch,
                                      std::uint32_t row) {
    Values values;
    values.has_column = !place.column.empty();
    values.is_number_column = place.kind == FieldKind::number;
    event::FieldId id = place.id;
    if (id == event::kNoField) id = batch.fields().find(place.name).value_or(event::kNoField);
    if (id != event::kNoField) {
        for (const Cell& cell : batch.cells(id, row)) {
            values.cells.emplace_back(batch.text(cell), cell.kind);
        }
    }
    if (!values.cells.empty()) return texts_of(values);
    const auto& names = batch.overflow_names().cells;
    const auto& cells = batch.overflow_values().cells;
    const auto begin =
        std::lower_bound(names.begin(), names.end(), row,
                         [](const Cell& cell, std::uint32_t r) { return cell.row < r; });
    for (auto name = begin; name != names.end() && name->row == row; ++name) {
        if (batch.overflow_text(batch.overflow_names(), *name) != place.name) continue;
        const Cell& cell = cells[static_cast<std::size_t>(name - names.begin())];
        values.cells.emplace_back(batch.overflow_text(batch.overflow_values(), cell), cell.kind);
    }
    return texts_of(values);
}

/// What is known of one measure in one group.
struct Measure {
    std::uint64_t count = 0;
    Billionths sum = 0;
    std::optional<Billionths> least, greatest;
    std::optional<std::int64_t> first_ns, last_ns;
    std::vector<Billionths> numbers;  // of percentiles
    std::set<std::string> different;  // of distinct counts
};

using GroupKey = std::pair<std::int64_t, std::vector<std::string>>;  // bucket, keys

struct Group {
    std::uint64_t events = 0;
    std::vector<Measure> measures;
};

void merge(Group& into, const Group& from) {
    into.events += from.events;
    into.measures.resize(from.measures.size());
    for (std::size_t i = 0; i < from.measures.size(); ++i) {
        Measure& a = into.measures[i];
        const Measure& b = from.measures[i];
        a.count += b.count;
        a.sum += b.sum;
        if (b.least && (!a.least || *b.least < *a.least)) a.least = b.least;
        if (b.greatest && (!a.greatest || *b.greatest > *a.greatest)) a.greatest = b.greatest;
        if (b.first_ns && (!a.first_ns || *b.first_ns < *a.first_ns)) a.first_ns = b.first_ns;
        if (b.last_ns && (!a.last_ns || *b.last_ns > *a.last_ns)) a.last_ns = b.last_ns;
        a.numbers.insert(a.numbers.end(), b.numbers.begin(), b.numbers.end());
        a.different.insert(b.different.begin(), b.different.end());
    }
}

ResultCell percentile(std::vector<Billionths> numbers, int percent) {
    if (numbers.empty()) return {};
    const double level = percent / 100.0;
    const auto place = static_cast<std::ptrdiff_t>(std::min(
        static_cast<std::size_t>(level * static_cast<double>(numbers.size())), numbers.size() - 1));
    std::nth_element(numbers.begin(), numbers.begin() + place, numbers.end());
    return numbers[static_cast<std::size_t>(place)];
}

ResultCell whole(std::uint64_t count) { return static_cast<Billionths>(count) * 1'000'000'000; }

template <typename T>
ResultCell cell_of(const std::optional<T>& value) {
    return value ? ResultCell(*value) : ResultCell();
}

ResultCell time_cell(const std::optional<std::int64_t>& unix_ns) {
    return unix_ns ? ResultCell(base::Timestamp{*unix_ns}) : ResultCell();
}

ResultCell result_of(const PlannedAggregate& planned, const Group& group, const Measure& measure) {
    const bool is_time = planned.place.kind == FieldKind::meta_time;
    switch (planned.aggregate.function) {
        case Function::count:
            return whole(planned.aggregate.field.empty() ? group.events : measure.count);
        case Function::sum: return measure.sum;
        case Function::average:
            if (measure.count == 0) return {};
            return measure.sum / static_cast<Billionths>(measure.count);
        case Function::minimum:
            return is_time ? time_cell(measure.first_ns) : cell_of(measure.least);
        case Function::maximum:
            return is_time ? time_cell(measure.last_ns) : cell_of(measure.greatest);
        case Function::percentile: return percentile(measure.numbers, planned.aggregate.percent);
        case Function::distinct: return whole(measure.different.size());
    }
    return {};
}

}  // namespace

std::vector<std::string> values_of(const FieldPlace& place, const Batch& batch,
                                   std::uint32_t index) {
    const event::Row& row = batch.rows()[index];
    const std::string& column = place.column;
    switch (place.kind) {
        case FieldKind::meta_number:
            return {std::to_string(column == "line"     ? row.line
                                   : column == "offset" ? row.id.offset
                                                        : row.id.row)};
        case FieldKind::meta_text: {
            const event::Origin& origin = batch.origins()[row.origin];
            const std::string_view text = column == "source"   ? std::string_view(origin.source)
                                          : column == "origin" ? std::string_view(origin.path)
                                                               : batch.dataset(row.dataset);
            if (text.empty()) return {};
            return {std::string(text)};
        }
        case FieldKind::text:
        case FieldKind::keyword:
        case FieldKind::number:
        case FieldKind::ip: return field_values(place, batch, index);
        default: return {};
    }
}

struct Aggregator::State {
    std::map<GroupKey, Group> groups;
    std::size_t values_held = 0;
    std::uint64_t left_out = 0;

    void measure(const PlannedAggregate& planned, const Batch& batch, std::uint32_t row,
                 Measure& out);
    bool hold() {
        if (values_held >= kGroupedValuesMax) {
            ++left_out;
            return false;
        }
        ++values_held;
        return true;
    }
};

void Aggregator::State::measure(const PlannedAggregate& planned, const Batch& batch,
                                std::uint32_t row, Measure& out) {
    const Aggregate& aggregate = planned.aggregate;
    if (aggregate.field.empty()) return;
    if (planned.place.kind == FieldKind::meta_time) {
        const event::Row& its = batch.rows()[row];
        const base::Timestamp time = planned.place.column == "time" ? its.time : its.arrival;
        const std::int64_t stored = stored_time(time).unix_ns;
        ++out.count;
        out.first_ns = std::min(out.first_ns.value_or(stored), stored);
        out.last_ns = std::max(out.last_ns.value_or(stored), stored);
        return;
    }
    const std::vector<std::string> values = values_of(planned.place, batch, row);
    if (aggregate.function == Function::count) {
        out.count += values.empty() ? 0 : 1;
        return;
    }
    for (const std::string& value : values) {
        if (aggregate.function == Function::distinct) {
            if (!out.different.contains(value) && hold()) out.different.insert(value);
            continue;
        }
        const auto number = read_number(value);
        if (!number) continue;
        ++out.count;
        out.sum += number->billionths;
        out.least = std::min(out.least.value_or(number->billionths), number->billionths);
        out.greatest = std::max(out.greatest.value_or(number->billionths), number->billionths);
        if (aggregate.function == Function::percentile && hold()) {
            out.numbers.push_back(number->billionths);
        }
    }
}

Aggregator::Aggregator(const PipePlan& plan) : plan_(plan), state_(std::make_unique<State>()) {
    VD_CHECK(plan.is_table);
}
Aggregator::~Aggregator() = default;

void Aggregator::add(const Batch& batch, std::uint32_t row) {
    const Grouping& grouping = plan_.grouping;
    std::vector<GroupKey> keys(1);
    if (grouping.span_ns != 0) {
        keys.front().first = bucket_of(grouping, batch.rows()[row].time);
    }
    for (std::size_t i = 0; i < grouping.keys.size(); ++i) {
        std::vector<std::string> values;
        for (std::string& value : values_of(grouping.keys[i], batch, row)) {
            if (std::find(values.begin(), values.end(), value) == values.end()) {
                values.push_back(std::move(value));
            }
            if (values.size() == kGroupValuesMax[grouping.keys.size() - 1]) break;
        }
        if (values.empty() && grouping.needs_last_key && i + 1 == grouping.keys.size()) return;
        if (values.empty()) values.emplace_back();
        std::vector<GroupKey> longer;
        for (const GroupKey& key : keys) {
            for (const std::string& value : values) {
                longer.push_back(key);
                longer.back().second.push_back(value);
            }
        }
        keys = std::move(longer);
    }
    for (GroupKey& key : keys) {
        auto found = state_->groups.find(key);
        if (found == state_->groups.end()) {
            if (state_->groups.size() >= kGroupsMax) {
                ++state_->left_out;
                continue;
            }
            found = state_->groups.emplace(std::move(key), Group()).first;
            found->second.measures.resize(grouping.aggregates.size());
        }
        ++found->second.events;
        for (std::size_t i = 0; i < grouping.aggregates.size(); ++i) {
            state_->measure(grouping.aggregates[i], batch, row, found->second.measures[i]);
        }
    }
}

namespace {

/// The largest series keep their names, the others become one.
std::set<std::string> largest_series(const std::map<GroupKey, Group>& groups) {
    std::map<std::string, std::uint64_t> totals;
    for (const auto& [key, group] : groups) totals[key.second.front()] += group.events;
    std::vector<std::pair<std::string, std::uint64_t>> order(totals.begin(), totals.end());
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    if (order.size() > kSeriesMax) order.resize(kSeriesMax);
    std::set<std::string> out;
    for (const auto& [name, events] : order) out.insert(name);
    return out;
}

}  // namespace

Table Aggregator::table(std::size_t rows_max) const {
    const Grouping& grouping = plan_.grouping;
    const bool is_chart = grouping.span_ns != 0;
    const bool has_series = is_chart && !grouping.keys.empty();
    std::set<std::string> series;
    if (has_series) series = largest_series(state_->groups);
    std::map<std::pair<GroupKey, bool>, Group> groups;  // with whether it is that of the others
    for (const auto& [key, group] : state_->groups) {
        const bool is_other = has_series && !series.contains(key.second.front());
        GroupKey name = key;
        if (is_other) name.second.front() = kOtherSeries;
        merge(groups[{std::move(name), is_other}], group);
    }
    if (!is_chart && grouping.keys.empty() && groups.empty()) {
        groups[{}].measures.resize(grouping.aggregates.size());
    }
    WorkRows rows;
    for (const auto& [key, group] : groups) {
        WorkRow row;
        row.bucket = key.first.first;
        row.is_other = key.second;
        if (is_chart) row.cells.emplace_back(bucket_begin(grouping, row.bucket));
        for (const std::string& value : key.first.second) {
            row.cells.push_back(value.empty() ? ResultCell() : ResultCell(value));
        }
        for (std::size_t i = 0; i < grouping.aggregates.size(); ++i) {
            row.cells.push_back(result_of(grouping.aggregates[i], group, group.measures[i]));
        }
        rows.push_back(std::move(row));
    }
    return finish_table(plan_, std::move(rows), rows_max);
}

std::uint64_t Aggregator::left_out_count() const { return state_->left_out; }

}  // namespace vedette::rule::search
