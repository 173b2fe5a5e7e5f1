// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "event/batch.h"
#include "rule/sigma/field_tests.h"

namespace vedette::rule::sigma {

/// Tests that look at every value an event came with. A first pass over the text of each column, as
/// it lies in the batch, picks the values in which any keyword could be; only those are asked.
///
/// Why the columns and not the raw records: a decoder unescapes and decodes (JSON's \u0041,
/// auditd's hexadecimal command lines), so a keyword may be in a value and not in the record.
/// Immutable. Threads: any, each with a scratch of its own.
class KeywordTests {
  public:
    KeywordTests(const std::vector<std::pair<PredicateId, const ValueTest*>>& tests,
                 PatternSetCache& cache);

    void fit(FieldTests::Scratch& scratch) const;
    const FieldTests& tests() const { return tests_; }
    std::size_t set_count() const { return tests_.set_count() + (candidates_ ? 1 : 0); }
    std::size_t set_bytes() const;

    /// Calls `want(cell)` for the column's own cells in which a keyword could be, in any order,
    /// each once at most. Cells are left out of which `is_wanted(row)` is false.
    template <typename IsWanted, typename Want>
    void candidates(const event::Column& column, std::uint32_t slot, FieldTests::Scratch& scratch,
                    const IsWanted& is_wanted, const Want& want) const {
        if (needs_every_value_ || !is_ascii(column.text)) {
            // In texts beyond ASCII other characters fold to ASCII.
            for (const event::Cell& cell : column.cells) {
                const bool is_own = cell.slot == slot && is_wanted(cell.row);
                const bool may_meet =
                    is_own && (needs_every_value_ || !is_ascii(text_of(column, cell)));
                if (may_meet) want(cell);
            }
            if (needs_every_value_) return;
        }
        if (!candidates_) return;
        CellFinder finder(column, slot);
        for (std::size_t begin = 0; begin < column.text.size();) {
            const std::size_t found = first_found(column.text, begin, scratch);
            if (found == kNothing) return;
            const event::Cell* const cell = finder.at(found);
            begin = cell == nullptr ? found + 1 : std::size_t{cell->offset} + cell->size + 1;
            if (cell == nullptr || !is_wanted(cell->row)) continue;
            if (is_ascii(text_of(column, *cell))) want(*cell);
        }
    }

  private:
    static constexpr std::size_t kNothing = ~std::size_t{0};

    /// The cell that a place in a column's text is of.
    class CellFinder {
      public:
        CellFinder(const event::Column& column, std::uint32_t slot)
            : column_(column), slot_(slot) {}
        const event::Cell* at(std::size_t place);

      private:
        const event::Column& column_;
        std::uint32_t slot_;
        bool is_made_ = false;
        std::vector<const event::Cell*> cells_;  // own ones by place
    };

    static bool is_ascii(std::string_view text);
    static std::string_view text_of(const event::Column& column, const event::Cell& cell) {
        return column.text.substr(cell.offset, cell.size);
    }
    /// The place of the last byte of the first candidate from `begin` on.
    std::size_t first_found(std::string_view text, std::size_t begin,
                            FieldTests::Scratch& scratch) const;

    FieldTests tests_;
    std::shared_ptr<const PatternSet> candidates_;
    bool needs_every_value_ = false;
};

}  // namespace vedette::rule::sigma
