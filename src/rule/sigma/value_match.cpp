// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/value_match.h"

#include <algorithm>

#include "rule/sigma/measure.h"

namespace vedette::rule::sigma {

bool stands_in(ReferenceTest::Position position, std::string_view text, std::string_view other) {
    switch (position) {
        case ReferenceTest::Position::whole: return text == other;
        case ReferenceTest::Position::start: return text.starts_with(other);
        case ReferenceTest::Position::end: return text.ends_with(other);
        case ReferenceTest::Position::anywhere: return text.find(other) != std::string_view::npos;
    }
    return false;
}

namespace {

/// Asks one element of a field.
struct AskElement {
    FieldValue& value;
    const FieldTable& table;
    EventView& event;

    bool operator()(const TextTest& test) const {
        return test.pattern.matches(test.is_cased ? value.text : std::string_view(value.folded()));
    }
    bool operator()(const RegexTest& test) const { return test.regex->matches(value.text); }
    bool operator()(const NetworkTest& test) const {
        const auto address = parse_address(value.text);
        return address && test.network.contains(*address);
    }
    bool operator()(const NumberTest& test) const { return sigma::meets(test, value.text); }
    bool operator()(const ReferenceTest& test) const {
        const auto slot = table.find(test.field);
        if (!slot) return false;
        for (FieldValue& other : event.values(*slot)) {
            if (!other.has_text()) continue;
            const bool is_equal = test.is_cased
                                      ? stands_in(test.position, value.text, other.text)
                                      : stands_in(test.position, value.folded(), other.folded());
            if (is_equal) return true;
        }
        return false;
    }
    // Asked of the whole field, not of an element.
    bool operator()(const NullTest&) const { return false; }
    bool operator()(const ExistsTest&) const { return false; }
};

std::span<FieldValue> elements(const BoundTest& bound, EventView& event) {
    return bound.slot == kNoSlot ? event.all_values() : event.values(bound.slot);
}

/// null and exists, which ask about the field itself.
bool is_met_by_field(const BoundTest& bound, const ValueTest& test, EventView& event) {
    if (const auto* exists = std::get_if<ExistsTest>(&test)) {
        return event.is_present(bound.slot) == exists->is_wanted;
    }
    if (!std::holds_alternative<NullTest>(test)) return false;
    const std::span<FieldValue> values = event.values(bound.slot);
    const bool has_null = std::any_of(values.begin(), values.end(),
                                      [](const FieldValue& value) { return value.is_null(); });
    return has_null || !event.is_present(bound.slot);
}

bool has_value(const BoundTest& bound, EventView& event) {
    if (bound.slot == kNoSlot) return true;
    const std::span<FieldValue> values = event.values(bound.slot);
    return std::any_of(values.begin(), values.end(),
                       [](const FieldValue& value) { return value.has_text(); });
}

/// fieldref with neq is a comparison of two fields: both must have values.
bool has_other_fields(const BoundTest& bound, const FieldTable& table, EventView& event) {
    for (const RuleValue& value : bound.test->values) {
        for (const ValueTest& test : value.any_of) {
            const auto* reference = std::get_if<ReferenceTest>(&test);
            if (reference == nullptr) continue;
            const auto slot = table.find(reference->field);
            if (!slot || !has_value({bound.test, *slot}, event)) return false;
        }
    }
    return true;
}

}  // namespace

FieldValue* find_met(const BoundTest& bound, const RuleValue& value, const FieldTable& table,
                     EventView& event) {
    for (FieldValue& element : elements(bound, event)) {
        if (!element.has_text()) continue;
        for (const ValueTest& test : value.any_of) {
            if (std::visit(AskElement{element, table, event}, test)) return &element;
        }
    }
    return nullptr;
}

bool is_met(const BoundTest& bound, const RuleValue& value, const FieldTable& table,
            EventView& event) {
    const bool by_field =
        bound.slot != kNoSlot &&
        std::any_of(value.any_of.begin(), value.any_of.end(),
                    [&](const ValueTest& test) { return is_met_by_field(bound, test, event); });
    return by_field || find_met(bound, value, table, event) != nullptr;
}

bool meets(const BoundTest& bound, const FieldTable& table, EventView& event) {
    const std::vector<RuleValue>& values = bound.test->values;
    const auto met = [&](const RuleValue& value) { return is_met(bound, value, table, event); };
    const bool is_list_met = bound.test->needs_all ? std::all_of(values.begin(), values.end(), met)
                                                   : std::any_of(values.begin(), values.end(), met);
    if (!bound.test->is_negated) return is_list_met;
    return !is_list_met && has_value(bound, event) && has_other_fields(bound, table, event);
}

}  // namespace vedette::rule::sigma
