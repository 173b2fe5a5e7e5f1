// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/bound_rule.h"

namespace vedette::rule::sigma {

namespace {

BoundCondition bind(const Condition& condition, const Rule& rule) {
    BoundCondition bound{condition.kind, {}, {}};
    for (const Condition& part : condition.parts) bound.parts.push_back(bind(part, rule));
    for (std::uint32_t i = 0; i < rule.selections.size(); ++i) {
        const bool is_named = condition.kind == Condition::Kind::selection
                                  ? condition.name == rule.selections[i].name
                                  : is_meant(condition.name, rule.selections[i].name);
        if (is_named && condition.parts.empty()) bound.selections.push_back(i);
    }
    return bound;
}

}  // namespace

BoundRule bind(const Rule& rule, FieldTable& table) {
    for_each_form(rule, [&](const ValueTest& form) {
        const auto* reference = std::get_if<ReferenceTest>(&form);
        if (reference != nullptr) table.intern(reference->field);
    });
    BoundRule bound;
    for (const Selection& selection : rule.selections) {
        BoundSelection blocks;
        for (const std::vector<FieldTest>& tests : selection.any_of) {
            Block block;
            for (const FieldTest& test : tests) {
                block.push_back({&test, test.field.empty() ? kNoSlot : table.intern(test.field)});
            }
            blocks.push_back(std::move(block));
        }
        bound.selections.push_back(std::move(blocks));
    }
    for (const Condition& condition : rule.conditions) {
        bound.conditions.push_back(bind(condition, rule));
    }
    return bound;
}

BoundWay bind(const LogSourceWay& way, FieldTable& table) {
    BoundWay bound;
    for (const LogSourceWay::Need& need : way.needs) {
        const Slot slot = need.field == "dataset" ? kNoSlot : table.intern(need.field);
        bound.needs.push_back({slot, need.any_of});
    }
    for (const auto& [from, to] : way.aliases) {
        bound.aliases.emplace_back(table.intern(from), table.intern(to));
    }
    return bound;
}

std::size_t memory_bytes(const Rule& rule) {
    std::size_t total = sizeof(Rule) + rule.description.size() + rule.title.size();
    for (const Selection& selection : rule.selections) {
        for (const auto& block : selection.any_of) {
            for (const FieldTest& test : block) {
                total += sizeof(FieldTest) + sizeof(BoundTest) + test.field.size();
                for (const RuleValue& value : test.values) {
                    // A form holds its text about twice, in a token and as what is searched.
                    total += sizeof(RuleValue) + value.written.size() +
                             value.any_of.size() * (sizeof(ValueTest) + 2 * value.written.size());
                }
            }
        }
    }
    return total;
}

}  // namespace vedette::rule::sigma
