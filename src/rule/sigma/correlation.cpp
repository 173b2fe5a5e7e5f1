// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/correlation.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "rule/sigma/measure.h"

namespace vedette::rule::sigma {

namespace {

using Type = Correlation::Type;
using Comparison = Correlation::Comparison;

/// Twenty-four digits before the point leave room for adding up a thousand billions of them.
constexpr long double kNumberMax = 1e24L;

bool holds(const Correlation::Bound& bound, Millionths value) {
    switch (bound.comparison) {
        case Comparison::gt: return value > bound.number;
        case Comparison::gte: return value >= bound.number;
        case Comparison::lt: return value < bound.number;
        case Comparison::lte: return value <= bound.number;
        case Comparison::eq: return value == bound.number;
        case Comparison::neq: return value != bound.number;
    }
    return false;
}

std::string_view words(Comparison comparison) {
    switch (comparison) {
        case Comparison::gt: return "more than ";
        case Comparison::gte: return "at least ";
        case Comparison::lt: return "less than ";
        case Comparison::lte: return "at most ";
        case Comparison::eq: return "exactly ";
        case Comparison::neq: return "not ";
    }
    return "";
}

}  // namespace

std::optional<Millionths> millionths_in(std::string_view text) {
    const auto number = number_in(text);
    if (!number || std::fabs(*number) >= kNumberMax) return std::nullopt;
    // Apart, because a long double holds eighteen digits and not eighteen and six.
    const long double whole = std::trunc(*number);
    return static_cast<Millionths>(whole) * kMillionth +
           static_cast<Millionths>(std::round((*number - whole) * kMillionth));
}

std::string text_of(Millionths number) {
    const bool is_negative = number < 0;
    if (is_negative) number = -number;
    Millionths whole = number / kMillionth;
    std::string digits;
    for (; whole > 0; whole /= 10) digits.push_back(static_cast<char>('0' + int(whole % 10)));
    if (digits.empty()) digits = "0";
    std::reverse(digits.begin(), digits.end());
    std::string decimals = std::to_string(static_cast<std::int64_t>(number % kMillionth));
    decimals.insert(0, 6 - decimals.size(), '0');
    decimals.erase(decimals.find_last_not_of('0') + 1);
    return (is_negative ? "-" : "") + digits + (decimals.empty() ? "" : "." + decimals);
}

bool Correlation::is_immediate() const {
    if (type == Type::value_avg || type == Type::value_percentile) return false;
    return std::all_of(condition.begin(), condition.end(), [](const Bound& bound) {
        return bound.comparison == Comparison::gt || bound.comparison == Comparison::gte;
    });
}

bool Correlation::is_met(Millionths value) const {
    return std::all_of(condition.begin(), condition.end(),
                       [&](const Bound& bound) { return holds(bound, value); });
}

std::string Correlation::condition_words() const {
    std::string out;
    for (const Bound& bound : condition) {
        if (!out.empty()) out += " and ";
        out += words(bound.comparison);
        out += text_of(bound.number);
    }
    return out;
}

std::string_view name(Correlation::Type type) {
    switch (type) {
        case Type::event_count: return "event_count";
        case Type::value_count: return "value_count";
        case Type::value_sum: return "value_sum";
        case Type::value_avg: return "value_avg";
        case Type::value_percentile: return "value_percentile";
        case Type::temporal: return "temporal";
        case Type::temporal_ordered: return "temporal_ordered";
    }
    return "unknown";
}

std::string duration_words(std::int64_t ns) {
    struct Unit {
        std::int64_t seconds;
        const char* name;
    };
    static constexpr std::array kUnits = {Unit{86'400, " d"}, Unit{3'600, " h"}, Unit{60, " min"},
                                          Unit{1, " s"}};
    std::int64_t left = ns / 1'000'000'000;
    std::string out;
    for (const Unit& unit : kUnits) {
        const std::int64_t count = left / unit.seconds;
        left %= unit.seconds;
        if (count == 0) continue;
        if (!out.empty()) out += ' ';
        out += std::to_string(count) + unit.name;
    }
    return out.empty() ? "less than 1 s" : out;
}

}  // namespace vedette::rule::sigma
