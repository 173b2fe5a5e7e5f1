// SPDX-License-Identifier: Apache-2.0
#include "event/batch.h"

#include <algorithm>

#include "base/check.h"

namespace vedette::event {

namespace {

void append_cell(Column& column, std::uint32_t row, std::string_view text, ValueKind kind) {
    column.cells.push_back({row, static_cast<std::uint32_t>(column.text.size()),
                            static_cast<std::uint32_t>(text.size()), 0, kind});
    column.text.append(text);
    column.text.push_back(kSeparator);
}

/// Removes the cells of `row`, which are the last ones, and the text that is theirs alone.
void drop_row_cells(Column& column, std::uint32_t row, std::uint32_t slot) {
    while (!column.cells.empty() && column.cells.back().row == row) {
        const Cell& cell = column.cells.back();
        if (cell.slot == slot) column.text.cut(cell.offset);
        column.cells.pop_back();
    }
}

void verify_column(const Column& column, std::size_t row_count) {
    std::uint32_t last_row = 0;
    for (const Cell& cell : column.cells) {
        VD_CHECK(cell.row >= last_row);
        VD_CHECK(cell.row < row_count);
        last_row = cell.row;
    }
}

}  // namespace

Column& Batch::new_column(FieldId field) {
    if (field >= slots_.size()) {
        slots_.resize(field + 64, 0);
        homes_.resize(slots_.size(), 0);
    }
    // A field gets the memory back that it had before clear(), and only that: columns differ in
    // size by thousands, and a batch in which all had grown to the largest one would not be
    // bounded.
    std::size_t home = homes_[field];
    const bool is_home =
        home > column_count_ && home <= columns_.size() && columns_[home - 1].field == field;
    if (!is_home) {
        columns_.emplace_back();
        home = columns_.size();
    }
    if (home - 1 != column_count_) {
        std::swap(columns_[home - 1], columns_[column_count_]);
        homes_[columns_[home - 1].field] = static_cast<std::uint32_t>(home);
    }
    Column& column = columns_[column_count_++];
    column.field = field;
    slots_[field] = static_cast<std::uint32_t>(column_count_);
    homes_[field] = slots_[field];
    return column;
}

Row& Batch::add_row() { return rows_.emplace_back(); }

void Batch::drop_last_row() {
    VD_CHECK(!rows_.empty());
    const auto row = static_cast<std::uint32_t>(rows_.size() - 1);
    for (std::uint32_t slot = 0; slot < column_count_; ++slot) {
        drop_row_cells(columns_[slot], row, slot);
    }
    drop_row_cells(overflow_names_, row, 0);
    drop_row_cells(overflow_values_, row, 0);
    rows_.pop_back();
}

void Batch::add_overflow(std::string_view name, std::string_view text, ValueKind kind) {
    const auto row = static_cast<std::uint32_t>(rows_.size() - 1);
    append_cell(overflow_names_, row, name, ValueKind::text);
    append_cell(overflow_values_, row, text, kind);
    rows_.back().flags |= kRowOverflow;
}

void Batch::swap(Batch& other) noexcept {
    std::swap(fields_, other.fields_);
    rows_.swap(other.rows_);
    columns_.swap(other.columns_);
    std::swap(column_count_, other.column_count_);
    slots_.swap(other.slots_);
    homes_.swap(other.homes_);
    std::swap(overflow_names_, other.overflow_names_);
    std::swap(overflow_values_, other.overflow_values_);
    origins_.swap(other.origins_);
    datasets_.swap(other.datasets_);
    pins_.swap(other.pins_);
    raw_blocks_.swap(other.raw_blocks_);
    std::swap(raw_block_, other.raw_block_);
    std::swap(raw_bytes_, other.raw_bytes_);
    unsettled_.swap(other.unsettled_);
}

void Batch::append_at(Column& column, const Cell& cell) {
    if (!column.cells.empty() && column.cells.back().row > cell.row &&
        (unsettled_.empty() || unsettled_.back() != column.field)) {
        unsettled_.push_back(column.field);
    }
    column.cells.push_back(cell);
}

void Batch::link(FieldId field, std::uint32_t row, const Cell& source, std::size_t skip,
                 std::size_t size) {
    VD_CHECK(skip + size <= source.size);
    const Cell cell{row, source.offset + static_cast<std::uint32_t>(skip),
                    static_cast<std::uint32_t>(size), source.slot, source.kind};
    append_at(column_for(field), cell);
}

void Batch::add_at(FieldId field, std::uint32_t row, std::string_view text, ValueKind kind) {
    Column& column = column_for(field);
    const auto slot = static_cast<std::uint32_t>(&column - columns_.data());
    const Cell cell{row, static_cast<std::uint32_t>(column.text.size()),
                    static_cast<std::uint32_t>(text.size()), slot & 0xFF'FFFF, kind};
    column.text.append(text);
    column.text.push_back(kSeparator);
    append_at(column, cell);
}

void Batch::settle() {
    const auto by_row = [](const Cell& a, const Cell& b) { return a.row < b.row; };
    for (const FieldId field : unsettled_) {
        auto& cells = columns_[slots_[field] - 1].cells;
        std::stable_sort(cells.begin(), cells.end(), by_row);
    }
    unsettled_.clear();
}

bool Batch::last_row_has(FieldId field) const {
    const Column* found = column(field);
    return found != nullptr && !found->cells.empty() && found->cells.back().row + 1 == rows_.size();
}

std::uint16_t Batch::origin_index(const Origin& origin) {
    if (!origins_.empty() && origins_.back() == origin) {
        return static_cast<std::uint16_t>(origins_.size() - 1);
    }
    const auto found = std::find(origins_.begin(), origins_.end(), origin);
    if (found != origins_.end()) return static_cast<std::uint16_t>(found - origins_.begin());
    origins_.push_back(origin);
    return static_cast<std::uint16_t>(origins_.size() - 1);
}

std::uint32_t Batch::dataset_index(std::string_view dataset) {
    for (std::size_t i = 0; i < datasets_.size(); ++i) {
        if (datasets_[i] == dataset) return static_cast<std::uint32_t>(i);
    }
    datasets_.emplace_back(dataset);
    return static_cast<std::uint32_t>(datasets_.size() - 1);
}

const Column* Batch::column(FieldId field) const {
    if (field >= slots_.size() || slots_[field] == 0) return nullptr;
    return &columns_[slots_[field] - 1];
}

std::span<const Cell> Batch::cells(FieldId field, std::uint32_t row) const {
    const Column* found = column(field);
    if (found == nullptr) return {};
    const auto by_row = [](const Cell& cell, std::uint32_t wanted) { return cell.row < wanted; };
    const auto first_cell = std::lower_bound(found->cells.begin(), found->cells.end(), row, by_row);
    auto end = first_cell;
    while (end != found->cells.end() && end->row == row) ++end;
    return {first_cell, end};
}

std::optional<std::string_view> Batch::first(FieldId field, std::uint32_t row) const {
    for (const Cell& cell : cells(field, row)) {
        if (cell.kind != ValueKind::null) return text(cell);
    }
    return std::nullopt;
}

std::size_t Batch::memory_bytes() const {
    std::size_t total = rows_.capacity() * sizeof(Row) + slots_.capacity() * 4;
    for (const Column& column : columns_) {
        total += sizeof(Column) + column.cells.capacity() * sizeof(Cell) + column.text.capacity();
    }
    for (const Column* column : {&overflow_names_, &overflow_values_}) {
        total += column->cells.capacity() * sizeof(Cell) + column->text.capacity();
    }
    return total + raw_bytes_;
}

void Batch::clear() {
    raw_bytes_ = 0;
    rows_.clear();
    for (std::size_t i = 0; i < column_count_; ++i) {
        slots_[columns_[i].field] = 0;
        columns_[i].cells.clear();
        columns_[i].text.clear();
    }
    column_count_ = 0;
    unsettled_.clear();
    overflow_names_ = Column();
    overflow_values_ = Column();
    if (memory_bytes() > kBatchKeptBytesMax) {
        columns_.clear();
        homes_.clear();
        slots_.clear();
    }
    origins_.clear();
    datasets_.clear();
    pins_.clear();
    if (raw_blocks_.size() > kBatchBytesMax / kRawBlockBytes) raw_blocks_.clear();
    for (TextBuffer& block : raw_blocks_) block.clear();
    raw_block_ = 0;
}

std::string_view Batch::keep_raw(std::string_view text) {
    const auto has_room = [&](const TextBuffer& block) {
        return text.size() + block.size() + TextBuffer::kSlackBytes <= block.capacity();
    };
    while (raw_block_ < raw_blocks_.size() && !has_room(raw_blocks_[raw_block_])) ++raw_block_;
    if (raw_block_ == raw_blocks_.size()) {
        raw_blocks_.emplace_back().grow(std::max(kRawBlockBytes, text.size()));
    }
    TextBuffer& block = raw_blocks_[raw_block_];
    const std::size_t begin = block.size();
    block.append(text);
    return block.substr(begin, text.size());
}

void Batch::verify() const {
    for (const Column& column : columns()) {
        verify_column(column, rows_.size());
        for (const Cell& cell : column.cells) {
            VD_CHECK(cell.slot < column_count_);
            VD_CHECK(cell.offset + cell.size <= columns_[cell.slot].text.size());
        }
    }
    verify_column(overflow_names_, rows_.size());
    verify_column(overflow_values_, rows_.size());
    VD_CHECK(overflow_names_.cells.size() == overflow_values_.cells.size());
}

}  // namespace vedette::event
