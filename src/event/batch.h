// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "event/field.h"
#include "event/text_buffer.h"

namespace vedette::event {

/// Names an event for ever: the journal's offset of its record and its number within the record.
/// (The node is the third part and the same for all events of one journal.)
struct EventId {
    std::uint64_t offset = 0;
    std::uint32_t row = 0;
    auto operator<=>(const EventId&) const = default;
};

/// What a value was in its record. Text is always kept as written: 1.0 stays "1.0".
enum class ValueKind : std::uint8_t {
    text,
    integer,
    real,
    boolean,
    null,
    empty_list,
    empty_object
};

/// One value of one row. A row may have several cells in a column: an array's elements, in order.
struct Cell {
    std::uint32_t row;
    std::uint32_t offset;  ///< into the text of the column `slot`
    std::uint32_t size;
    std::uint32_t slot : 24;  ///< column that holds the bytes; another one for linked cells
    ValueKind kind : 8;
};
static_assert(sizeof(Cell) == 16);

/// The values of one field, sorted by row. The text of its own (not linked) cells lies contiguous,
/// each followed by kSeparator, so that a pattern matcher scans it in one pass.
struct Column {
    FieldId field = kNoField;
    std::vector<Cell> cells;
    TextBuffer text;
};
inline constexpr char kSeparator = '\0';

/// What a row is besides its fields. Damage is kept and shown, never fatal.
enum RowFlags : std::uint16_t {
    kRowTimeGuessed = 1,   ///< the record carries no readable time: it is the arrival's
    kRowNotDecoded = 2,    ///< the format did not fit; the row has `message` only
    kRowInvalidUtf8 = 4,   ///< bytes that are not UTF-8; the raw record has them as they came
    kRowPartOfLonger = 8,  ///< a piece of a record longer than kRecordBytesMax
    kRowRepeatedKey = 16,  ///< an object had a key twice: both values are there
    kRowOverflow = 32,     ///< some fields are in the overflow map
    kRowTruncated = 64,    ///< more values or depth than allowed: the raw record has them all
    kRowLate = 128,        ///< older than its source's watermark: matched, not learned from
};

struct Row {
    EventId id;
    base::Timestamp time;       ///< when it happened, as the record says
    base::Timestamp arrival;    ///< when we got it
    std::string_view raw;       ///< the record as it came; lives in a pinned buffer
    std::uint64_t line = 0;     ///< 0-based number of the record within its origin
    std::uint16_t origin = 0;   ///< index into Batch::origins()
    std::uint16_t flags = 0;    ///< RowFlags
    std::uint32_t dataset = 0;  ///< index into Batch::datasets(), e.g. "windows.sysmon"
};

/// Where rows came from.
struct Origin {
    std::string source;  ///< configured name of the source
    std::string path;    ///< file or peer
    bool operator==(const Origin&) const = default;
};

/// Up to kBatchRowsMax rows as sparse columns: the only thing that passes between stages.
///
/// Columns hold cells only for the rows that have the field, because real events use 24 of 541
/// fields. A derived field that is part of another value (a file name of a path, a user of
/// DOMAIN\user) is a *linked* cell that borrows the other column's bytes.
/// Owns: all text; `raw` borrows from buffers that pin() keeps alive, or from keep_raw().
/// Move-only. Threads: one at a time.   Does not promise: an order of columns.
class Batch {
  public:
    explicit Batch(FieldDictionary& fields) : fields_(&fields) {}
    /// The batch moved from is empty and can be filled again.
    Batch(Batch&& other) noexcept : fields_(other.fields_) { swap(other); }
    Batch& operator=(Batch&& other) noexcept {
        Batch taken(std::move(other));
        swap(taken);
        return *this;
    }
    void swap(Batch& other) noexcept;

    // Building, in row order.
    /// Starts a row; the returned reference is good until the next add_row.
    Row& add_row();
    /// Takes back the last row and every cell of it.
    void drop_last_row();
    /// Adds a value to the last row.
    void add(FieldId field, std::string_view text, ValueKind kind = ValueKind::text) {
        add_to(column_for(field), text, kind);
    }
    /// Adds a value to the last row that is written in place: room for `size_max` bytes and the
    /// slack of TextBuffer. Nothing else may be done with the batch before end_value().
    char* begin_value(FieldId field, std::size_t size_max) {
        open_ = &column_for(field);
        return open_->text.grow(size_max + 1);
    }
    void end_value(std::size_t size, ValueKind kind);
    /// Adds a value whose name found no place in the dictionary.
    void add_overflow(std::string_view name, std::string_view text, ValueKind kind);
    /// Adds to the last row, or to `row` in a later pass, a cell that borrows part of another one.
    /// A pass that does not go by ascending row, or adds to a column that has later rows, calls
    /// settle() when it is through. `source` may be a cell of any column, this one included.
    void link(FieldId field, std::uint32_t row, const Cell& source, std::size_t skip,
              std::size_t size);
    /// Adds a value of its own to any row; settle() as for link().
    void add_at(FieldId field, std::uint32_t row, std::string_view text,
                ValueKind kind = ValueKind::text);
    /// Sorts by row, keeping the order within a row, the columns that link() or add_at() left
    /// unsorted.
    void settle();
    /// Whether the last row already has a value in this field.
    bool last_row_has(FieldId field) const;
    void pin(std::shared_ptr<const void> buffer) { pins_.push_back(std::move(buffer)); }
    /// Keeps a copy of text that is to be some row's raw record but lies in no buffer: what a
    /// decoder made of a binary record.
    std::string_view keep_raw(std::string_view text);
    std::uint16_t origin_index(const Origin& origin);
    std::uint32_t dataset_index(std::string_view dataset);

    // Reading.
    std::size_t row_count() const { return rows_.size(); }
    bool is_empty() const { return rows_.empty(); }
    std::span<const Row> rows() const { return rows_; }
    std::span<Row> rows() { return rows_; }
    /// Only columns that have cells. Valid until the next change.
    std::span<const Column> columns() const { return {columns_.data(), column_count_}; }
    /// nullptr if no row has the field.
    const Column* column(FieldId field) const;
    std::string_view text(const Cell& cell) const {
        return std::string_view(columns_[cell.slot].text).substr(cell.offset, cell.size);
    }
    /// The cells of one row in one column, in order. Cost: O(log cells).
    std::span<const Cell> cells(FieldId field, std::uint32_t row) const;
    /// The first value of a field, if the row has one that is not null.
    std::optional<std::string_view> first(FieldId field, std::uint32_t row) const;
    /// Overflow map: cell i of the names belongs to cell i of the values.
    const Column& overflow_names() const { return overflow_names_; }
    const Column& overflow_values() const { return overflow_values_; }
    std::string_view overflow_text(const Column& which, const Cell& cell) const {
        return std::string_view(which.text).substr(cell.offset, cell.size);
    }
    std::span<const Origin> origins() const { return origins_; }
    std::string_view dataset(std::uint32_t index) const { return datasets_[index]; }
    std::span<const std::string> datasets() const { return datasets_; }
    FieldDictionary& fields() const { return *fields_; }
    std::size_t raw_bytes() const { return raw_bytes_; }
    void count_raw_bytes(std::size_t bytes) { raw_bytes_ += bytes; }
    void discount_raw_bytes(std::size_t bytes) { raw_bytes_ -= bytes; }
    std::size_t memory_bytes() const;

    /// Empties it but keeps the memory, for the next rows.
    void clear();

    /// Stops the program if cells are out of order or outside their text. For tests and debug
    /// builds.
    void verify() const;

  private:
    Column& column_for(FieldId field);
    Column& new_column(FieldId field);
    void add_to(Column& column, std::string_view text, ValueKind kind);
    void append_at(Column& column, const Cell& cell);

    FieldDictionary* fields_;
    std::vector<Row> rows_;
    std::vector<Column> columns_;  // the first column_count_ are in use
    std::size_t column_count_ = 0;
    std::vector<std::uint32_t> slots_;  // field id -> slot + 1
    std::vector<std::uint32_t> homes_;  // field id -> slot + 1 before the last clear()
    Column overflow_names_, overflow_values_;
    std::vector<Origin> origins_;
    std::vector<std::string> datasets_;
    std::vector<std::shared_ptr<const void>> pins_;
    std::vector<TextBuffer> raw_blocks_;  // of keep_raw(); never grown, so that texts stay in place
    std::size_t raw_block_ = 0;           // the one that is being filled
    std::size_t raw_bytes_ = 0;
    Column* open_ = nullptr;          // between begin_value() and end_value()
    std::vector<FieldId> unsettled_;  // fields of columns that are not sorted by row
};

inline Column& Batch::column_for(FieldId field) {
    if (field < slots_.size() && slots_[field] != 0) [[likely]] {
        return columns_[slots_[field] - 1];
    }
    return new_column(field);
}

inline void Batch::end_value(std::size_t size, ValueKind kind) {
    const auto slot = static_cast<std::uint32_t>(open_ - columns_.data());
    TextBuffer& text = open_->text;
    open_->cells.push_back({static_cast<std::uint32_t>(rows_.size() - 1),
                            static_cast<std::uint32_t>(text.size()),
                            static_cast<std::uint32_t>(size), slot & 0xFF'FFFF, kind});
    *(text.grow(0) + size) = kSeparator;
    text.commit(size + 1);
}

inline void Batch::add_to(Column& column, std::string_view text, ValueKind kind) {
    const auto slot = static_cast<std::uint32_t>(&column - columns_.data());
    column.cells.push_back({static_cast<std::uint32_t>(rows_.size() - 1),
                            static_cast<std::uint32_t>(column.text.size()),
                            static_cast<std::uint32_t>(text.size()), slot & 0xFF'FFFF, kind});
    column.text.append(text);
    column.text.push_back(kSeparator);
}

}  // namespace vedette::event
