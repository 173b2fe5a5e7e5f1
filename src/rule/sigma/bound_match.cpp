// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/bound_match.h"

#include <algorithm>

#include "rule/sigma/fold.h"
#include "rule/sigma/limits.h"

namespace vedette::rule::sigma {

namespace {

bool fits_any(const std::vector<Wildcard>& patterns, std::string_view folded) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const Wildcard& pattern) { return pattern.matches(folded); });
}

/// The part of a value to show: its beginning, or what lies around the text that was found.
std::string shown(FieldValue& value, const RuleValue& asked) {
    if (value.text.size() <= kShownBytesMax) return std::string(value.text);
    std::size_t at = 0;
    for (const ValueTest& form : asked.any_of) {
        const auto* text = std::get_if<TextTest>(&form);
        if (text == nullptr) continue;
        for (const Wildcard::Token& token : text->pattern.tokens()) {
            if (token.text.empty()) continue;
            const std::size_t found = value.folded().find(fold(token.text));
            if (found != std::string::npos) at = std::max(at, found);
        }
        if (at > 0) break;
    }
    std::size_t begin = std::min(at, value.text.size());
    begin = begin > kShownBytesMax / 4 ? begin - kShownBytesMax / 4 : 0;
    while (begin > 0 && (static_cast<unsigned char>(value.text[begin]) & 0xC0) == 0x80) --begin;
    return (begin > 0 ? "..." : "") + cut_text(value.text.substr(begin), kShownBytesMax);
}

/// Asks the current event, part by part.
class Asked {
  public:
    Asked(const BoundRule& rule, const FieldTable& table, EventView& event)
        : rule_(rule), table_(table), event_(event) {}

    bool meets_condition(const BoundCondition& condition) {
        const auto selection = [&](std::uint32_t index) { return meets_selection(index); };
        const auto part = [&](const BoundCondition& inner) { return meets_condition(inner); };
        const auto& selections = condition.selections;
        const auto& parts = condition.parts;
        switch (condition.kind) {
            case Condition::Kind::selection:
            case Condition::Kind::some_of:
                return std::any_of(selections.begin(), selections.end(), selection);
            case Condition::Kind::all_of:
                return std::all_of(selections.begin(), selections.end(), selection);
            case Condition::Kind::negation: return !part(parts.front());
            case Condition::Kind::both: return std::all_of(parts.begin(), parts.end(), part);
            case Condition::Kind::either: return std::any_of(parts.begin(), parts.end(), part);
        }
        return false;
    }

    void explain_condition(const BoundCondition& condition, std::vector<MatchedTest>& lines) {
        const bool is_first_only =
            condition.kind == Condition::Kind::some_of || condition.kind == Condition::Kind::either;
        if (condition.kind == Condition::Kind::negation) return;
        for (const std::uint32_t index : condition.selections) {
            if (is_first_only && !meets_selection(index)) continue;
            explain_selection(index, lines);
            if (is_first_only) return;
        }
        for (const BoundCondition& part : condition.parts) {
            if (is_first_only && !meets_condition(part)) continue;
            explain_condition(part, lines);
            if (is_first_only) return;
        }
    }

  private:
    bool meets_block(const Block& block) {
        return std::all_of(block.begin(), block.end(), [&](const BoundTest& test) {
            return sigma::meets(test, table_, event_);
        });
    }

    bool meets_selection(std::uint32_t index) {
        const BoundSelection& blocks = rule_.selections[index];
        return std::any_of(blocks.begin(), blocks.end(),
                           [&](const Block& block) { return meets_block(block); });
    }

    void explain_selection(std::uint32_t index, std::vector<MatchedTest>& lines) {
        for (const Block& block : rule_.selections[index]) {
            if (!meets_block(block)) continue;
            for (const BoundTest& test : block) explain_test(test, lines);
            return;
        }
    }

    void explain_test(const BoundTest& bound, std::vector<MatchedTest>& lines) {
        for (const RuleValue& value : bound.test->values) {
            if (!bound.test->is_negated && !is_met(bound, value, table_, event_)) continue;
            FieldValue* element = find_met(bound, value, table_, event_);
            if (element == nullptr && bound.slot != kNoSlot && !event_.values(bound.slot).empty()) {
                element = &event_.values(bound.slot).front();
            }
            if (lines.size() < kMatchedTestsMax) {
                const std::string field = bound.slot != kNoSlot ? bound.test->field
                                          : element != nullptr  ? std::string(element->field)
                                                                : "keywords";
                lines.push_back({field, element == nullptr ? "(absent)" : shown(*element, value),
                                 bound.test->words(value)});
            }
            if (!bound.test->needs_all && !bound.test->is_negated) return;
        }
    }

    const BoundRule& rule_;
    const FieldTable& table_;
    EventView& event_;
};

}  // namespace

bool fits(const BoundWay& way, EventView& event) {
    return std::all_of(way.needs.begin(), way.needs.end(), [&](const BoundNeed& need) {
        if (need.slot == kNoSlot) return fits_any(need.any_of, event.folded_dataset());
        const std::span<FieldValue> values = event.values(need.slot);
        return std::any_of(values.begin(), values.end(), [&](FieldValue& value) {
            return value.has_text() && fits_any(need.any_of, value.folded());
        });
    });
}

bool meets(const BoundRule& bound, const FieldTable& table, EventView& event) {
    Asked asked(bound, table, event);
    return std::any_of(
        bound.conditions.begin(), bound.conditions.end(),
        [&](const BoundCondition& condition) { return asked.meets_condition(condition); });
}

std::vector<MatchedTest> explain(const Rule& rule, const BoundRule& bound, const FieldTable& table,
                                 EventView& event) {
    Asked asked(bound, table, event);
    std::vector<MatchedTest> lines;
    for (std::size_t i = 0; i < bound.conditions.size(); ++i) {
        if (!asked.meets_condition(bound.conditions[i])) continue;
        asked.explain_condition(bound.conditions[i], lines);
        if (lines.empty()) lines.push_back({"condition", "true", rule.condition_texts[i]});
        break;
    }
    return lines;
}

}  // namespace vedette::rule::sigma
