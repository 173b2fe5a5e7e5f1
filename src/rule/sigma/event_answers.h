// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "event/batch.h"
#include "rule/sigma/condition_graph.h"
#include "rule/sigma/event_view.h"

namespace vedette::rule::sigma {

/// Answers questions about the fields of one row of a batch, straight from its columns: what few
/// conditions ask, and only of few rows.
/// Threads: one.
class BatchAnswers final : public EventAnswers {
  public:
    explicit BatchAnswers(const FieldTable& table) : table_(table) {}

    void bind(const event::Batch& batch);
    void move_to(std::uint32_t row, const EventView::Aliases& aliases) {
        row_ = row;
        aliases_ = &aliases;
    }

    bool answer(const FieldQuestion& question) override;

  private:
    struct Value {
        std::string_view text;
        event::ValueKind kind;
    };
    /// The values of a field or, if it has none, those of its alias.
    std::vector<Value> values(Slot slot) const;
    std::vector<Value> own_values(Slot slot) const;
    bool has_field_below(Slot slot);
    bool refers(const FieldQuestion& question) const;

    const FieldTable& table_;
    const event::Batch* batch_ = nullptr;
    std::uint32_t row_ = 0;
    const EventView::Aliases* aliases_ = nullptr;
    std::unordered_map<Slot, std::vector<event::FieldId>> below_;  // of this batch
};

}  // namespace vedette::rule::sigma
