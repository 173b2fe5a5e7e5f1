// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "event/batch.h"

namespace vedette::rule::sigma {

/// Rows from `begin` up to and without `end`.
struct RowSpan {
    std::uint32_t begin, end;
};

/// A column's text as keywords are searched in it: as it lies, or the part of it that some rows
/// wrote. What is to be known of the column for that is found out once, for the tests of all log
/// sources, and when it is first asked for.
/// Lives: borrows the column.   Threads: one.
class KeywordColumn {
  public:
    /// `slot` is the column's place in its batch: cells of other slots borrow their text.
    KeywordColumn(const event::Column& column, std::uint32_t slot);

    /// Whether the column's own values lie in the order of their rows and apart from each other;
    /// where not, the functions on places below may not be called.
    bool is_in_place_order() const { return is_in_place_order_; }
    bool is_ascii();
    std::span<const event::Cell> cells() const { return column_.cells; }
    bool owns(const event::Cell& cell) const { return cell.slot == slot_; }
    std::string_view text(const event::Cell& cell) const {
        return column_.text.substr(cell.offset, cell.size);
    }

    /// Where the text of rows begins, and the text up to their end.
    std::size_t begin_of(const RowSpan& rows) const;
    std::string_view text_until(const RowSpan& rows) const;
    /// The own cell that a place in the text is of; nullptr for what lies between.
    const event::Cell* cell_at(std::size_t place);

    static bool is_ascii(std::string_view text);

  private:
    std::vector<event::Cell>::const_iterator first_of(std::uint32_t row) const;

    const event::Column& column_;
    std::uint32_t slot_;
    bool is_in_place_order_ = true;
    std::optional<bool> is_ascii_;
    std::vector<const event::Cell*> own_cells_;  // by place; made when first asked for
};

}  // namespace vedette::rule::sigma
