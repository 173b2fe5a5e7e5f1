// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "rule/sigma/logsource.h"
#include "rule/sigma/rule.h"
#include "rule/sigma/value_match.h"

namespace vedette::rule::sigma {

// A rule whose field names are slots and whose search identifiers are indexes. Borrows from the
// rule.

using Block = std::vector<BoundTest>;
using BoundSelection = std::vector<Block>;

/// A condition whose names are indexes of selections.
struct BoundCondition {
    Condition::Kind kind = Condition::Kind::selection;
    std::vector<std::uint32_t> selections;
    std::vector<BoundCondition> parts;
};

struct BoundRule {
    std::vector<BoundSelection> selections;
    std::vector<BoundCondition> conditions;
};

struct BoundNeed {
    Slot slot = kNoSlot;  ///< kNoSlot for the data set
    std::vector<Wildcard> any_of;
};

struct BoundWay {
    std::vector<BoundNeed> needs;
    EventView::Aliases aliases;
};

/// A log source of the rule set and the rules that name it.
struct BoundSource {
    std::vector<BoundWay> ways;
    std::vector<std::uint32_t> rules;
};

BoundRule bind(const Rule& rule, FieldTable& table);
BoundWay bind(const LogSourceWay& way, FieldTable& table);

/// What a rule takes, estimated.
std::size_t memory_bytes(const Rule& rule);

/// Calls back for every form of every value of a rule.
template <typename Callback>
void for_each_form(const Rule& rule, const Callback& callback) {
    for (const Selection& selection : rule.selections) {
        for (const std::vector<FieldTest>& block : selection.any_of) {
            for (const FieldTest& test : block) {
                for (const RuleValue& value : test.values) {
                    for (const ValueTest& form : value.any_of) callback(form);
                }
            }
        }
    }
}

}  // namespace vedette::rule::sigma
