// SPDX-License-Identifier: Apache-2.0
#include "store/encoder.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/bytes.h"
#include "base/check.h"
#include "base/json_text.h"
#include "event/schema.h"

namespace vedette::store {

using event::Cell;
using event::ValueKind;

namespace {

/// 1900-01-01T00:00:00Z, where DateTime64 begins.
constexpr std::int64_t kTimeMin = -2'208'988'800LL * base::kNsPerSecond;

std::int64_t clamped(base::Timestamp time) { return std::max(time.unix_ns, kTimeMin); }

bool parse_whole(std::string_view text, std::int64_t& out) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
    return code == std::errc() && end == text.data() + text.size() && !text.empty();
}

bool has_text(ValueKind kind) {
    return kind != ValueKind::null && kind != ValueKind::empty_list &&
           kind != ValueKind::empty_object;
}

template <typename Number>
void put_all(BlockColumn& column, std::size_t count, Number value) {
    std::string& bytes = std::get<FixedColumn>(column.data).bytes;
    for (std::size_t i = 0; i < count; ++i) base::put(bytes, value);
}

/// Appends to a fixed column what `value_of` gives for each row.
template <typename ValueOf>
void put_rows(BlockColumn& column, std::span<const event::Row> rows, const ValueOf& value_of) {
    using Number = decltype(value_of(rows[0]));
    std::string& bytes = std::get<FixedColumn>(column.data).bytes;
    const std::size_t begin = bytes.size();
    bytes.resize(begin + rows.size() * sizeof(Number));
    char* at = bytes.data() + begin;
    for (const event::Row& row : rows) {
        const Number value = value_of(row);
        std::memcpy(at, &value, sizeof value);
        at += sizeof value;
    }
}

template <typename TextOf>
void put_words(BlockColumn& column, std::span<const event::Row> rows, const TextOf& text_of) {
    auto& to = std::get<DictionaryColumn>(column.data);
    for (const event::Row& row : rows) to.indexes.push_back(to.dictionary.index_of(text_of(row)));
}

/// Gives columns that met no value in the last rows their defaults.
struct Fill {
    std::size_t row_count;
    void operator()(FixedColumn&) const {}
    void operator()(TextColumn& column) const { column.fill(row_count); }
    void operator()(DictionaryColumn& column) const { column.indexes.resize(row_count, 0); }
    void operator()(NumberColumn& column) const {
        column.nulls.resize(row_count, '\1');
        column.values.resize(row_count, 0);
    }
    void operator()(MapColumn& column) const {
        column.ends.resize(row_count, column.key_indexes.size());
    }
};

}  // namespace

std::string_view map_text(ValueKind kind, std::string_view text) {
    switch (kind) {
        case ValueKind::null: return "null";
        case ValueKind::empty_list: return "[]";
        case ValueKind::empty_object: return "{}";
        default: return text;
    }
}

void append_json_element(std::string& out, ValueKind kind, std::string_view text) {
    if (kind == ValueKind::text) {
        base::append_json_string(out, text);
    } else {
        out += map_text(kind, text);
    }
}

void BlockBuilder::begin(Block& block, std::int32_t day) {
    VD_CHECK(block.row_count() == 0);
    block_ = &block;
    block.day_ = day;
    fields_ = nullptr;
    keys_.clear();
}

void BlockBuilder::add(const event::Batch& batch, std::size_t first, std::size_t last) {
    VD_CHECK(block_ != nullptr && first <= last && last <= batch.row_count());
    if (first == last) return;
    first_ = first;
    last_ = last;
    row_base_ = block_->row_count_;
    entries_.clear();
    joined_.clear();
    if (fields_ != &batch.fields()) {
        keys_.clear();
        fields_ = &batch.fields();
    }
    add_fixed(batch, first, last);
    for (const event::Column& column : batch.columns()) add_column(batch, column);
    add_overflow(batch);
    block_->row_count_ += last - first;
    write_entries();
    fill_columns();
}

void BlockBuilder::add_fixed(const event::Batch& batch, std::size_t first, std::size_t last) {
    const auto rows = batch.rows().subspan(first, last - first);
    auto& columns = block_->columns_;
    put_all(columns[Block::kNode], rows.size(), node_);
    put_rows(columns[Block::kOffset], rows, [](const event::Row& row) { return row.id.offset; });
    put_rows(columns[Block::kRow], rows, [](const event::Row& row) { return row.id.row; });
    put_rows(columns[Block::kTime], rows, [](const event::Row& row) { return clamped(row.time); });
    put_rows(columns[Block::kArrival], rows,
             [](const event::Row& row) { return clamped(row.arrival); });
    constexpr std::int32_t kDayMax = std::numeric_limits<std::uint16_t>::max();
    put_all(columns[Block::kArrivalDay], rows.size(),
            static_cast<std::uint16_t>(std::clamp(block_->day_, 0, kDayMax)));
    const auto origin = [&batch](const event::Row& row) -> const event::Origin& {
        return batch.origins()[row.origin];
    };
    put_words(columns[Block::kSource], rows,
              [&](const event::Row& row) -> std::string_view { return origin(row).source; });
    put_words(columns[Block::kOrigin], rows,
              [&](const event::Row& row) -> std::string_view { return origin(row).path; });
    put_words(columns[Block::kDataset], rows, [&](const event::Row& row) -> std::string_view {
        return row.dataset < batch.datasets().size() ? batch.dataset(row.dataset)
                                                     : std::string_view();
    });
    put_rows(columns[Block::kLine], rows, [](const event::Row& row) { return row.line; });
    put_rows(columns[Block::kFlags], rows, [](const event::Row& row) { return row.flags; });
    auto& raw = std::get<TextColumn>(block_->raw_column().data);
    for (const event::Row& row : rows) raw.add(row.raw);
}

BlockBuilder::Cells BlockBuilder::cells_in_range(const std::vector<Cell>& cells) const {
    const auto by_row = [](const Cell& cell, std::size_t row) { return cell.row < row; };
    const auto begin = std::lower_bound(cells.begin(), cells.end(), first_, by_row);
    const auto end = std::lower_bound(begin, cells.end(), last_, by_row);
    return {begin, end};
}

std::uint32_t BlockBuilder::key_of(event::FieldId field, const event::Batch& batch) {
    if (field >= keys_.size()) keys_.resize(field + 64, 0);
    if (keys_[field] == 0) {
        BlockColumn& column = block_->map_column();
        keys_[field] = std::get<MapColumn>(column.data).keys.index_of(batch.fields().name(field));
    }
    return keys_[field];
}

void BlockBuilder::add_entry(std::uint32_t row, std::uint32_t key, std::string_view text) {
    entries_.push_back({row - static_cast<std::uint32_t>(first_), key,
                        static_cast<std::uint32_t>(text.size()), text.data()});
}

/// The values of one field in one row as one entry of the map.
void BlockBuilder::add_cells_entry(const event::Batch& batch, Cells group, std::uint32_t key) {
    if (group.size() == 1) {
        add_entry(group[0].row, key, map_text(group[0].kind, batch.text(group[0])));
        return;
    }
    std::string& text = joined_.emplace_back("[");
    for (const Cell& cell : group) {
        if (text.size() > 1) text.push_back(',');
        append_json_element(text, cell.kind, batch.text(cell));
    }
    text.push_back(']');
    add_entry(group[0].row, key, text);
}

/// Calls `take` with the cells of each row.
template <typename Take>
static void for_each_row(std::span<const Cell> cells, const Take& take) {
    for (std::size_t begin = 0; begin < cells.size();) {
        std::size_t end = begin + 1;
        while (end < cells.size() && cells[end].row == cells[begin].row) ++end;
        take(cells.subspan(begin, end - begin));
        begin = end;
    }
}

/// Writes the first value of each row into a column; `write(row, text)` tells whether it could.
/// What the column cannot tell goes to the map as well.
template <typename Writer>
void BlockBuilder::add_typed(const event::Batch& batch, Cells cells, event::FieldId field,
                             const Writer& write) {
    for_each_row(cells, [&](Cells group) {
        const auto found = std::find_if(group.begin(), group.end(),
                                        [](const Cell& cell) { return has_text(cell.kind); });
        bool is_told = false;
        if (found != group.end()) {
            const std::string_view text = batch.text(*found);
            is_told = !text.empty() && write(row_base_ + group[0].row - first_, text);
        }
        if (!is_told || group.size() > 1) add_cells_entry(batch, group, key_of(field, batch));
    });
}

void BlockBuilder::add_column(const event::Batch& batch, const event::Column& column) {
    const Cells cells = cells_in_range(column.cells);
    if (cells.empty()) return;
    if (event::schema_field(column.field) == nullptr) {
        const std::uint32_t key = key_of(column.field, batch);
        for_each_row(cells, [&](Cells group) { add_cells_entry(batch, group, key); });
        return;
    }
    BlockColumn& to = block_->columns_[Block::kFirstField + column.field];
    to.has_values = true;
    if (auto* words = std::get_if<DictionaryColumn>(&to.data)) {
        words->indexes.resize(row_base_ + (last_ - first_), 0);
        add_typed(batch, cells, column.field, [words](std::size_t row, std::string_view text) {
            words->indexes[row] = words->dictionary.index_of(text);
            return true;
        });
    } else if (auto* texts = std::get_if<TextColumn>(&to.data)) {
        add_typed(batch, cells, column.field, [texts](std::size_t row, std::string_view text) {
            texts->fill(row);
            texts->add(text);
            return true;
        });
    } else if (auto* numbers = std::get_if<NumberColumn>(&to.data)) {
        Fill{row_base_ + (last_ - first_)}(*numbers);
        add_typed(batch, cells, column.field, [numbers](std::size_t row, std::string_view text) {
            if (!parse_whole(text, numbers->values[row])) return false;
            numbers->nulls[row] = '\0';
            return true;
        });
    }
}

/// Names beyond the dictionary's cap; elements of one list follow each other.
void BlockBuilder::add_overflow(const event::Batch& batch) {
    const event::Column& names = batch.overflow_names();
    const event::Column& values = batch.overflow_values();
    const Cells range = cells_in_range(names.cells);
    if (range.empty()) return;
    const auto base = static_cast<std::size_t>(range.data() - names.cells.data());
    auto& keys = std::get<MapColumn>(block_->map_column().data).keys;
    for (std::size_t begin = 0; begin < range.size();) {
        const std::string_view name = batch.overflow_text(names, range[begin]);
        std::size_t end = begin + 1;
        while (end < range.size() && range[end].row == range[begin].row &&
               batch.overflow_text(names, range[end]) == name) {
            ++end;
        }
        const auto value = [&](std::size_t i) -> const Cell& { return values.cells[base + i]; };
        const std::uint32_t key = keys.index_of(name);
        if (end == begin + 1) {
            add_entry(range[begin].row, key,
                      map_text(value(begin).kind, batch.overflow_text(values, value(begin))));
        } else {
            std::string& text = joined_.emplace_back("[");
            for (std::size_t i = begin; i < end; ++i) {
                if (i > begin) text.push_back(',');
                append_json_element(text, value(i).kind, batch.overflow_text(values, value(i)));
            }
            text.push_back(']');
            add_entry(range[begin].row, key, text);
        }
        begin = end;
    }
}

/// Entries came column by column; the map wants them row by row: a counting sort.
void BlockBuilder::write_entries() {
    if (entries_.empty()) return;
    BlockColumn& column = block_->map_column();
    column.has_values = true;
    auto& map = std::get<MapColumn>(column.data);
    map.ends.resize(row_base_, map.key_indexes.size());

    const std::size_t row_count = last_ - first_;
    starts_.assign(row_count + 1, 0);
    for (const Entry& entry : entries_) ++starts_[entry.row + 1];
    for (std::size_t row = 0; row < row_count; ++row) starts_[row + 1] += starts_[row];
    order_.resize(entries_.size());
    std::uint64_t end = map.key_indexes.size();
    for (std::size_t row = 0; row < row_count; ++row) {
        end += starts_[row + 1] - starts_[row];
        map.ends.push_back(end);
    }
    for (std::uint32_t i = 0; i < entries_.size(); ++i) order_[starts_[entries_[i].row]++] = i;
    for (const std::uint32_t place : order_) {
        const Entry& entry = entries_[place];
        map.key_indexes.push_back(entry.key);
        base::put_varint(map.values, entry.size);
        map.values.append(entry.data, entry.size);
    }
}

void BlockBuilder::fill_columns() {
    for (BlockColumn& column : block_->columns_) {
        if (column.has_values) std::visit(Fill{block_->row_count_}, column.data);
    }
}

}  // namespace vedette::store
