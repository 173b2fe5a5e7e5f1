// SPDX-License-Identifier: Apache-2.0
#include "rule/search/match.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/check.h"
#include "rule/search/network.h"
#include "rule/search/regex.h"

namespace vedette::rule::search {

namespace {

using event::Batch;
using event::Cell;
using event::ValueKind;

struct CompiledCheck {
    Check check;
    std::optional<Regex> regex;
    std::optional<Network> network;
};

struct CompiledTest {
    FieldPlace place;
    std::vector<CompiledCheck> checks;
};

struct Step {
    Node::Kind kind;
    std::vector<Step> children;
    CompiledTest test;
};

CompiledTest compile(const PlanTest& test) {
    CompiledTest out{test.place, {}};
    for (const Check& check : test.checks) {
        CompiledCheck compiled{check, std::nullopt, std::nullopt};
        if (check.kind == Check::Kind::lower_regex || check.kind == Check::Kind::regex) {
            compiled.regex.emplace(check.text);
        }
        if (check.kind == Check::Kind::network) {
            compiled.network = read_network(check.text);
            VD_CHECK(compiled.network.has_value());
        }
        out.checks.push_back(std::move(compiled));
    }
    return out;
}

Step compile(const PlanNode& node) {
    Step step{node.kind, {}, {}};
    for (const PlanNode& child : node.children) step.children.push_back(compile(child));
    if (node.kind == Node::Kind::test) step.test = compile(node.test);
    return step;
}

bool is_between(const Number& value, const Check& check) {
    const auto& [low, high] = std::tie(check.number_low, check.number_high);
    if (low && !(low->is_inclusive ? value.billionths >= low->number.billionths
                                   : value.billionths > low->number.billionths)) {
        return false;
    }
    return !high || (high->is_inclusive ? value.billionths <= high->number.billionths
                                        : value.billionths < high->number.billionths);
}

bool is_between(const std::string& value, const Check& check) {
    const auto& [low, high] = std::tie(check.text_low, check.text_high);
    if (low && !(low->is_inclusive ? value >= low->text : value > low->text)) return false;
    return !high || (high->is_inclusive ? value <= high->text : value < high->text);
}

bool fits(const CompiledCheck& compiled, std::string_view value, base::Timestamp time) {
    const Check& check = compiled.check;
    switch (check.kind) {
        case Check::Kind::equals: return lower_case(value) == check.text;
        case Check::Kind::lower_regex: return compiled.regex->is_in(lower_case(value));
        case Check::Kind::regex: return compiled.regex->is_in(value);
        case Check::Kind::network: {
            const auto address = read_address(value);
            return address && compiled.network->has(*address);
        }
        case Check::Kind::number_range: {
            const auto number = read_number(value);
            return number && is_between(*number, check);
        }
        case Check::Kind::text_range: return is_between(lower_case(value), check);
        case Check::Kind::exists: return value != "null" && value != "[]" && value != "{}";
        case Check::Kind::time_range: return false;  // only rows have times
        case Check::Kind::list: return check.list->find(value, time).has_value();
    }
    return false;
}

bool fits_any(const CompiledTest& test, std::string_view value, base::Timestamp time) {
    return std::any_of(test.checks.begin(), test.checks.end(),
                       [&](const CompiledCheck& check) { return fits(check, value, time); });
}

std::string_view text_of(const Batch& batch, const Cell& cell) {
    switch (cell.kind) {
        case ValueKind::null: return "null";
        case ValueKind::empty_list: return "[]";
        case ValueKind::empty_object: return "{}";
        default: return batch.text(cell);
    }
}

bool fits_overflow(const CompiledTest& test, const Batch& batch, std::uint32_t row) {
    const auto& names = batch.overflow_names().cells;
    const auto& values = batch.overflow_values().cells;
    const auto begin =
        std::lower_bound(names.begin(), names.end(), row,
                         [](const Cell& cell, std::uint32_t r) { return cell.row < r; });
    for (auto name = begin; name != names.end() && name->row == row; ++name) {
        if (batch.overflow_text(batch.overflow_names(), *name) != test.place.name) continue;
        const Cell& cell = values[static_cast<std::size_t>(name - names.begin())];
        const bool is_plain = cell.kind != ValueKind::null && cell.kind != ValueKind::empty_list &&
                              cell.kind != ValueKind::empty_object;
        const std::string_view text =
            is_plain ? batch.overflow_text(batch.overflow_values(), cell) : text_of(batch, cell);
        if (fits_any(test, text, batch.rows()[row].time)) return true;
    }
    return false;
}

/// As the store has the values of a number's column: the first one as a number, so that 05 is 5,
/// and all as they are written where that does not say everything.
bool fits_number(const CompiledTest& test, const Batch& batch, std::span<const Cell> cells,
                 base::Timestamp time) {
    const auto first = std::find_if(cells.begin(), cells.end(), [](const Cell& cell) {
        return cell.kind != ValueKind::null && cell.kind != ValueKind::empty_list &&
               cell.kind != ValueKind::empty_object;
    });
    bool is_number = false;
    if (first != cells.end()) {
        const std::string_view text = batch.text(*first);
        std::int64_t number = 0;
        const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), number);
        is_number = code == std::errc() && stop == text.data() + text.size();
        if (is_number && fits_any(test, std::to_string(number), time)) return true;
    }
    if (is_number && cells.size() == 1) return false;
    return std::any_of(cells.begin(), cells.end(), [&](const Cell& cell) {
        return fits_any(test, text_of(batch, cell), time);
    });
}

bool fits_field(const CompiledTest& test, const Batch& batch, std::uint32_t row) {
    event::FieldId id = test.place.id;
    if (id == event::kNoField) id = batch.fields().find(test.place.name).value_or(event::kNoField);
    if (id != event::kNoField) {
        const auto cells = batch.cells(id, row);
        const base::Timestamp time = batch.rows()[row].time;
        const auto fits_cell = [&](const Cell& cell) {
            return fits_any(test, text_of(batch, cell), time);
        };
        const bool does_fit = test.place.kind == FieldKind::number
                                  ? fits_number(test, batch, cells, time)
                                  : std::any_of(cells.begin(), cells.end(), fits_cell);
        if (does_fit) return true;
    }
    return fits_overflow(test, batch, row);
}

bool fits_time(const CompiledTest& test, base::Timestamp time) {
    return std::any_of(test.checks.begin(), test.checks.end(), [&](const CompiledCheck& compiled) {
        const Check& check = compiled.check;
        return check.kind == Check::Kind::exists ||
               (time >= check.times.from && time < check.times.to);
    });
}

bool fits_row(const CompiledTest& test, const Batch& batch, std::uint32_t index) {
    const event::Row& row = batch.rows()[index];
    const std::string& column = test.place.column;
    switch (test.place.kind) {
        case FieldKind::anywhere: return fits_any(test, row.raw, row.time);
        case FieldKind::meta_time:
            return fits_time(test, column == "time" ? row.time : row.arrival);
        case FieldKind::meta_number:
            return fits_any(test,
                            std::to_string(column == "line"     ? row.line
                                           : column == "offset" ? row.id.offset
                                                                : row.id.row),
                            row.time);
        case FieldKind::meta_text: {
            const event::Origin& origin = batch.origins()[row.origin];
            return fits_any(test,
                            column == "source"   ? std::string_view(origin.source)
                            : column == "origin" ? std::string_view(origin.path)
                                                 : batch.dataset(row.dataset),
                            row.time);
        }
        default: return fits_field(test, batch, index);
    }
}

bool fits_cell(const CompiledTest& test, const ResultCell& cell) {
    if (std::holds_alternative<std::monostate>(cell)) return false;
    if (const auto* time = std::get_if<base::Timestamp>(&cell)) return fits_time(test, *time);
    if (const auto* text = std::get_if<std::string>(&cell)) return fits_any(test, *text, {});
    const Number number{std::get<Number::Billionths>(cell), {}, false};
    return std::any_of(test.checks.begin(), test.checks.end(), [&](const CompiledCheck& compiled) {
        return compiled.check.kind == Check::Kind::exists || is_between(number, compiled.check);
    });
}

template <typename FitsTest>
bool fits(const Step& step, const FitsTest& fits_test) {
    const auto fits_child = [&](const Step& child) { return fits(child, fits_test); };
    switch (step.kind) {
        case Node::Kind::everything: return true;
        case Node::Kind::test: return fits_test(step.test);
        case Node::Kind::negation: return !fits_child(step.children.front());
        case Node::Kind::all_of:
            return std::all_of(step.children.begin(), step.children.end(), fits_child);
        case Node::Kind::any_of:
            return std::any_of(step.children.begin(), step.children.end(), fits_child);
    }
    return false;
}

}  // namespace

struct Matcher::Program {
    Step step;
};

Matcher::Matcher(const PlanNode& plan)
    : program_(std::make_unique<const Program>(Program{compile(plan)})) {}
Matcher::~Matcher() = default;
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher& Matcher::operator=(Matcher&&) noexcept = default;

bool Matcher::matches(const Batch& batch, std::uint32_t row) const {
    return fits(program_->step,
                [&](const CompiledTest& test) { return fits_row(test, batch, row); });
}

bool Matcher::matches(const std::vector<ResultCell>& row) const {
    return fits(program_->step,
                [&](const CompiledTest& test) { return fits_cell(test, row[test.place.id]); });
}

base::Result<Matcher> make_matcher(std::string_view query, base::Timestamp now,
                                   const event::LookupSet& lists) {
    const auto node = parse_query(query);
    if (!node) return tl::unexpected(to_error(query, node.error()));
    const auto plan = plan_query(*node, now, lists);
    if (!plan) return tl::unexpected(to_error(query, plan.error()));
    return Matcher(*plan);
}

}  // namespace vedette::rule::search
