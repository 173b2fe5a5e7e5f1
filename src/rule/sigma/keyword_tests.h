// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "rule/sigma/field_tests.h"
#include "rule/sigma/keyword_column.h"

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

    /// Calls `want(cell)` for the column's own cells of the rows of `spans` in which a keyword
    /// could be, in any order, each once at most. Cells are left out of which `is_wanted(row)` is
    /// false.
    template <typename IsWanted, typename Want>
    void candidates(KeywordColumn& column, std::span<const RowSpan> spans,
                    FieldTests::Scratch& scratch, const IsWanted& is_wanted,
                    const Want& want) const {
        const bool needs_all = needs_every_value_ || !column.is_in_place_order();
        const bool asks_beyond_ascii = has_beyond_ascii_ && !column.is_ascii();
        if (needs_all || asks_beyond_ascii) {
            for (const event::Cell& cell : column.cells()) {
                if (!column.owns(cell) || !is_wanted(cell.row)) continue;
                if (needs_all || !KeywordColumn::is_ascii(column.text(cell))) want(cell);
            }
            if (needs_all) return;
        }
        if (!candidates_) return;
        for (const RowSpan& span : spans) {
            const std::string_view text = column.text_until(span);
            for (std::size_t begin = column.begin_of(span); begin < text.size();) {
                const std::size_t found = first_found(text, begin, scratch);
                if (found == kNothing) break;
                const event::Cell* const cell = column.cell_at(found);
                begin = cell == nullptr ? found + 1 : std::size_t{cell->offset} + cell->size + 1;
                if (cell == nullptr || !is_wanted(cell->row)) continue;
                if (!asks_beyond_ascii || KeywordColumn::is_ascii(column.text(*cell))) want(*cell);
            }
        }
    }

  private:
    static constexpr std::size_t kNothing = ~std::size_t{0};

    /// The place of the last byte of the first candidate from `begin` on.
    std::size_t first_found(std::string_view text, std::size_t begin,
                            FieldTests::Scratch& scratch) const;

    FieldTests tests_;
    std::shared_ptr<const PatternSet> candidates_;
    bool needs_every_value_ = false;
    bool has_beyond_ascii_ = false;  // a keyword that only values beyond ASCII can have
};

}  // namespace vedette::rule::sigma
