// SPDX-License-Identifier: Apache-2.0
#include "rule/search/table_steps.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "rule/search/limits.h"
#include "rule/search/match.h"

namespace vedette::rule::search {

namespace {

/// -1, 0, 1; none comes last in both directions.
int compared(const ResultCell& a, const ResultCell& b, bool is_descending) {
    const bool has_a = a.index() != 0, has_b = b.index() != 0;
    if (!has_a || !has_b) return has_a == has_b ? 0 : has_a ? -1 : 1;
    if (a == b) return 0;
    return (a < b) != is_descending ? -1 : 1;
}

bool is_before(const PipePlan& plan, const WorkRow& a, const WorkRow& b) {
    using Order = Grouping::Order;
    const Grouping& grouping = plan.grouping;
    const std::size_t first_key = grouping.span_ns != 0 ? 1 : 0;
    const std::size_t first_measure = first_key + grouping.keys.size();
    const auto column = [&](std::size_t at, bool is_descending) {
        return compared(a.cells[at], b.cells[at], is_descending);
    };
    if (grouping.order == Order::by_time) {
        if (const int order = column(0, false); order != 0) return order < 0;
        if (a.is_other != b.is_other) return b.is_other;
    }
    // Of top and rare: the groups first.
    std::size_t key = first_key;
    if (grouping.rows_per_group != 0) {
        for (; key + 1 < first_measure; ++key) {
            if (const int order = column(key, false); order != 0) return order < 0;
        }
    }
    if (grouping.order == Order::largest_first || grouping.order == Order::smallest_first) {
        const int order = column(first_measure, grouping.order == Order::largest_first);
        if (order != 0) return order < 0;
    }
    for (; key < first_measure; ++key) {
        if (const int order = column(key, false); order != 0) return order < 0;
    }
    return false;
}

void keep_rows_per_group(const PipePlan& plan, WorkRows& rows) {
    if (plan.grouping.rows_per_group == 0) return;
    std::map<ResultRow, std::size_t> counts;
    const auto group_size = static_cast<std::ptrdiff_t>(plan.grouping.keys.size() - 1);
    std::erase_if(rows, [&](const WorkRow& row) {
        const ResultRow group(row.cells.begin(), row.cells.begin() + group_size);
        return ++counts[group] > plan.grouping.rows_per_group;
    });
}

ResultCell empty_measure(const PlannedAggregate& planned) {
    switch (planned.aggregate.function) {
        case Aggregate::Function::count:
        case Aggregate::Function::sum:
        case Aggregate::Function::distinct: return Number::Billionths{0};
        default: return {};
    }
}

/// Buckets without events, where the chart has room for all.
void fill_buckets(const PipePlan& plan, WorkRows& rows) {
    const Grouping& grouping = plan.grouping;
    if (grouping.span_ns == 0) return;
    std::map<std::pair<bool, ResultRow>, std::set<std::int64_t>> series;
    std::int64_t first = grouping.has_first_bucket() ? grouping.first_bucket : INT64_MAX;
    std::int64_t last = grouping.has_last_bucket() ? grouping.last_bucket : INT64_MIN;
    const auto key_count = static_cast<std::ptrdiff_t>(grouping.keys.size());
    for (const WorkRow& row : rows) {
        const auto begin = row.cells.begin() + 1;
        series[{row.is_other, ResultRow(begin, begin + key_count)}].insert(row.bucket);
        if (!grouping.has_first_bucket()) first = std::min(first, row.bucket);
        if (!grouping.has_last_bucket()) last = std::max(last, row.bucket);
    }
    if (grouping.keys.empty()) series[{}];
    if (first > last || last - first >= kBucketsMax) return;
    for (const auto& [name, buckets] : series) {
        for (std::int64_t bucket = first; bucket <= last; ++bucket) {
            if (buckets.contains(bucket)) continue;
            WorkRow row{{}, bucket, name.first};
            row.cells.emplace_back(bucket_begin(grouping, bucket));
            row.cells.insert(row.cells.end(), name.second.begin(), name.second.end());
            for (const PlannedAggregate& one : grouping.aggregates) {
                row.cells.push_back(empty_measure(one));
            }
            rows.push_back(std::move(row));
        }
    }
}

struct StepRunner {
    WorkRows& rows;

    void operator()(const TableStep::Where& where) const {
        const Matcher matcher(where.condition);
        std::erase_if(rows, [&](const WorkRow& row) { return !matcher.matches(row.cells); });
    }
    void operator()(const TableStep::Sort& sort) const {
        std::stable_sort(rows.begin(), rows.end(), [&](const WorkRow& a, const WorkRow& b) {
            for (const auto& key : sort.keys) {
                const int order =
                    compared(a.cells[key.column], b.cells[key.column], key.is_descending);
                if (order != 0) return order < 0;
            }
            return false;
        });
    }
    void operator()(const TableStep::Limit& limit) const {
        if (rows.size() > limit.rows) rows.resize(limit.rows);
    }
};

}  // namespace

Table finish_table(const PipePlan& plan, WorkRows rows, std::size_t rows_max) {
    fill_buckets(plan, rows);
    std::sort(rows.begin(), rows.end(),
              [&](const WorkRow& a, const WorkRow& b) { return is_before(plan, a, b); });
    keep_rows_per_group(plan, rows);
    for (const TableStep& step : plan.steps) std::visit(StepRunner{rows}, step.what);
    Table out;
    out.is_cut = rows.size() > rows_max;
    if (out.is_cut) rows.resize(rows_max);
    for (const std::size_t place : plan.visible) out.columns.push_back(plan.columns[place]);
    for (WorkRow& row : rows) {
        ResultRow shown;
        for (const std::size_t place : plan.visible) shown.push_back(row.cells[place]);
        out.rows.push_back(std::move(shown));
    }
    out.has_gaps = has_gaps(plan, out.rows);
    return out;
}

}  // namespace vedette::rule::search
