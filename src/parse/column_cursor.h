// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "event/batch.h"

namespace vedette::parse {

/// Reads one column row by row, so that a mapping pass goes through a batch once and writes its
/// targets in row order. Cost: O(cells) for all rows together.
/// Lives: nothing may be added to the column as long as the cursor is used.
class ColumnCursor {
  public:
    ColumnCursor() = default;
    ColumnCursor(const event::Batch& batch, event::FieldId field) {
        const event::Column* const column = batch.column(field);
        if (column == nullptr) return;
        next_ = column->cells.data();
        end_ = next_ + column->cells.size();
    }

    bool is_at_end() const { return next_ == end_; }

    /// The first value of the row that is not null, or nullptr. Rows must not descend between
    /// calls.
    const event::Cell* at(std::uint32_t row) {
        while (next_ != end_ && next_->row < row) ++next_;
        const event::Cell* cell = next_;
        while (cell != end_ && cell->row == row) {
            if (cell->kind != event::ValueKind::null) return cell;
            ++cell;
        }
        return nullptr;
    }

    /// All values of the row, null ones included. Rows must not descend between calls.
    std::span<const event::Cell> all(std::uint32_t row) {
        while (next_ != end_ && next_->row < row) ++next_;
        const event::Cell* cell = next_;
        while (cell != end_ && cell->row == row) ++cell;
        return {next_, cell};
    }

  private:
    const event::Cell* next_ = nullptr;
    const event::Cell* end_ = nullptr;
};

/// Writes one ECS field of many rows by linking. What a record says under the ECS name itself
/// stands, and the first value given for a row is the one that stays.
class LinkTarget {
  public:
    LinkTarget() = default;
    LinkTarget(const event::Batch& batch, event::FieldId field) : field_(field) {
        const event::Column* const column = batch.column(field);
        own_count_ = column == nullptr ? 0 : column->cells.size();
    }

    /// Whether the row needs a value. Rows must not descend between calls.
    bool wants(const event::Batch& batch, std::uint32_t row) {
        if (row + 1 == written_) return false;
        if (own_next_ == own_count_) return true;
        const event::Cell* const cells = batch.column(field_)->cells.data();
        while (own_next_ < own_count_ && cells[own_next_].row < row) ++own_next_;
        return own_next_ == own_count_ || cells[own_next_].row != row;
    }

    void link(event::Batch& batch, std::uint32_t row, const event::Cell& source, std::size_t skip,
              std::size_t size) {
        batch.link(field_, row, source, skip, size);
        written_ = row + 1;
    }
    void link(event::Batch& batch, std::uint32_t row, const event::Cell& source) {
        link(batch, row, source, 0, source.size);
    }
    void add(event::Batch& batch, std::uint32_t row, std::string_view text,
             event::ValueKind kind = event::ValueKind::text) {
        batch.add_at(field_, row, text, kind);
        written_ = row + 1;
    }

  private:
    event::FieldId field_ = event::kNoField;
    std::size_t own_count_ = 0;  // cells that were there before this pass
    std::size_t own_next_ = 0;
    std::uint32_t written_ = 0;  // the row last written, plus one
};

}  // namespace vedette::parse
