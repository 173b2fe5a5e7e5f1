// SPDX-License-Identifier: Apache-2.0
#include "rule/search/measure_sql.h"

#include <string_view>

#include "rule/search/value_sql.h"

namespace vedette::rule::search {

namespace {

using Function = Aggregate::Function;

constexpr std::string_view kDecimal = "Decimal(38, 9)";

std::string level_of(int percent) {
    return "(0." + std::string(percent < 10 ? "0" : "") + std::to_string(percent) + ")";
}

}  // namespace

std::vector<StateSql> states_of(const PlannedAggregate& planned, SqlWriter& writer) {
    const Aggregate& aggregate = planned.aggregate;
    if (aggregate.field.empty()) return {{"count()", "sum"}};
    if (planned.place.kind == FieldKind::meta_time) {
        const std::string column = '`' + planned.place.column + '`';
        if (aggregate.function == Function::count) return {{"count()", "sum"}};
        return aggregate.function == Function::minimum
                   ? std::vector<StateSql>{{"minOrNull(" + column + ")", "min"}}
                   : std::vector<StateSql>{{"maxOrNull(" + column + ")", "max"}};
    }
    const FieldSql field = field_sql(planned.place, writer);
    const std::string numbers = numbers_array(field);
    const bool is_plain = !field.number.empty();
    const auto extreme = [&](const std::string& name, const std::string& of_array) {
        const std::string value =
            is_plain ? field.number
                     : "if(empty(" + numbers + "), NULL, " + of_array + "(" + numbers + "))";
        return std::vector<StateSql>{{name + "OrNull(" + value + ")", name}};
    };
    const StateSql sum{is_plain ? "sum(" + field.number + ")" : "sumArray(" + numbers + ")", "sum"};
    switch (aggregate.function) {
        case Function::count: return {{"countIf(" + has_value(field) + ")", "sum"}};
        case Function::sum: return {sum};
        case Function::average:
            return {
                sum,
                {is_plain ? "count(" + field.number + ")" : "sum(length(" + numbers + "))", "sum"}};
        case Function::minimum: return extreme("min", "arrayMin");
        case Function::maximum: return extreme("max", "arrayMax");
        case Function::percentile: {
            const std::string level = level_of(aggregate.percent);
            return {{"quantileExactArrayState" + level + "(" + numbers + ")",
                     "quantileExactArrayMergeState" + level},
                    {"sum(length(" + numbers + "))", "sum"}};
        }
        case Function::distinct:
            return {
                {"uniqExactArrayState(" + values_array(field) + ")", "uniqExactArrayMergeState"}};
    }
    return {};
}

std::string result_of(const PlannedAggregate& planned, const std::vector<std::string>& states) {
    const Aggregate& aggregate = planned.aggregate;
    const std::string& first = states.front();
    const auto decimal = [](const std::string& value) {
        return "CAST(" + value + ", 'Nullable(" + std::string(kDecimal) + ")')";
    };
    if (planned.place.kind == FieldKind::meta_time && aggregate.function != Function::count) {
        return first;
    }
    switch (aggregate.function) {
        case Function::count: return "toUInt64(" + first + ")";
        case Function::sum:
            return "CAST(ifNull(" + first + ", 0), '" + std::string(kDecimal) + "')";
        case Function::average: return decimal(first + " / nullIf(" + states[1] + ", 0)");
        case Function::minimum:
        case Function::maximum: return decimal(first);
        case Function::percentile:
            return "if(" + states[1] + " = 0, NULL, " +
                   decimal("finalizeAggregation(" + first + ")") + ")";
        case Function::distinct: return "finalizeAggregation(" + first + ")";
    }
    return {};
}

std::string empty_measure(const PlannedAggregate& planned) {
    const bool is_time = planned.place.kind == FieldKind::meta_time;
    switch (planned.aggregate.function) {
        case Function::count:
        case Function::distinct: return "toUInt64(0)";
        case Function::sum: return "CAST(0, '" + std::string(kDecimal) + "')";
        default: break;
    }
    return is_time ? "CAST(NULL, 'Nullable(DateTime64(9, \\'UTC\\'))')"
                   : "CAST(NULL, 'Nullable(" + std::string(kDecimal) + ")')";
}

}  // namespace vedette::rule::search
