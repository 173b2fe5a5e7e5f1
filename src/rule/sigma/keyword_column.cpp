// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/keyword_column.h"

#include <emmintrin.h>

#include <algorithm>

namespace vedette::rule::sigma {

KeywordColumn::KeywordColumn(const event::Column& column, std::uint32_t slot)
    : column_(column), slot_(slot) {
    std::size_t end = 0;
    for (const event::Cell& cell : column.cells) {
        if (cell.slot != slot) continue;
        is_in_place_order_ &= cell.offset >= end;
        end = std::size_t{cell.offset} + cell.size;
    }
}

bool KeywordColumn::is_ascii() {
    if (!is_ascii_) is_ascii_ = is_ascii(column_.text);
    return *is_ascii_;
}

bool KeywordColumn::is_ascii(std::string_view text) {
    constexpr std::size_t kBlock = 16;
    std::size_t at = 0;
    __m128i all = _mm_setzero_si128();
    for (; at + kBlock <= text.size(); at += kBlock) {
        all =
            _mm_or_si128(all, _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at)));
    }
    return _mm_movemask_epi8(all) == 0 &&
           std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::vector<event::Cell>::const_iterator KeywordColumn::first_of(std::uint32_t row) const {
    const auto by_row = [](const event::Cell& cell, std::uint32_t at) { return cell.row < at; };
    return std::lower_bound(column_.cells.begin(), column_.cells.end(), row, by_row);
}

std::size_t KeywordColumn::begin_of(const RowSpan& rows) const {
    const auto own = std::find_if(first_of(rows.begin), column_.cells.end(),
                                  [&](const event::Cell& cell) { return owns(cell); });
    return own == column_.cells.end() ? column_.text.size() : own->offset;
}

std::string_view KeywordColumn::text_until(const RowSpan& rows) const {
    for (auto cell = first_of(rows.end); cell != column_.cells.begin();) {
        --cell;
        if (owns(*cell)) return column_.text.substr(0, std::size_t{cell->offset} + cell->size);
    }
    return {};
}

const event::Cell* KeywordColumn::cell_at(std::size_t place) {
    if (own_cells_.empty()) {
        for (const event::Cell& cell : column_.cells) {
            if (owns(cell)) own_cells_.push_back(&cell);
        }
    }
    const auto behind =
        std::upper_bound(own_cells_.begin(), own_cells_.end(), place,
                         [](std::size_t at, const event::Cell* cell) { return at < cell->offset; });
    if (behind == own_cells_.begin()) return nullptr;
    const event::Cell* const cell = *std::prev(behind);
    return place < std::size_t{cell->offset} + cell->size ? cell : nullptr;
}

}  // namespace vedette::rule::sigma
