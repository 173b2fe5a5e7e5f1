// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "event/batch.h"
#include "store/text_dictionary.h"

namespace vedette::store {

/// Numbers of a fixed width, little-endian.
struct FixedColumn {
    std::size_t width = 0;
    std::string bytes;
};
/// String: length and bytes of each row.
struct TextColumn {
    std::string bytes;
    std::size_t row_count = 0;
    void add(std::string_view text);
    /// Empty texts up to `row_count`.
    void fill(std::size_t row_count);
};
/// LowCardinality(String).
struct DictionaryColumn {
    TextDictionary dictionary;
    std::vector<std::uint32_t> indexes;
};
/// Nullable(Int64).
struct NumberColumn {
    std::string nulls;  ///< 1 where absent
    std::vector<std::int64_t> values;
};
/// Map(LowCardinality(String), String).
struct MapColumn {
    std::vector<std::uint64_t> ends;  ///< per row: entries up to and including it
    TextDictionary keys;
    std::vector<std::uint32_t> key_indexes;
    std::string values;
};

struct BlockColumn {
    std::string name;
    std::string_view type;  ///< as the Native format spells it
    /// Left out of the insert while no row has a value: the table's default is the same.
    bool is_optional = false;
    bool has_values = false;
    std::variant<FixedColumn, TextColumn, DictionaryColumn, NumberColumn, MapColumn> data;
};

/// What goes over the wire. Lives: as long as the Block it was made from is unchanged.
struct NativeBytes {
    std::vector<std::string_view> parts;
    std::size_t size_bytes = 0;
    std::vector<std::string> owned;
};

/// Rows of `events` on their way into one insert, column by column as ClickHouse's Native format
/// has them: the engine takes them over without turning rows into columns or hashing words itself.
/// Rows are of one arrival day and whole chunks, so that the insert is there whole or not at all
/// and any row of an offset tells that all of them are. Cost: 1.8 KB an event of 949 bytes.
/// keep_rows() copies; it is for refused inserts.
class Block {
  public:
    Block();

    std::size_t row_count() const { return row_count_; }
    std::size_t size_bytes() const;
    std::int32_t day() const { return day_; }
    /// Offsets of the first and last chunk that has rows here.
    std::uint64_t first_offset() const;
    std::uint64_t last_offset() const;

    NativeBytes native() const;

    /// The id and raw record of a row.   Lives: until the block changes.   Cost: O(rows).
    event::EventId id(std::size_t row) const;
    std::string_view raw(std::size_t row) const;
    /// A copy with the rows for which `keep` is true.
    Block keep_rows(const std::vector<bool>& keep) const;

    /// Empties it, keeping memory for the next rows.
    void clear();

  private:
    friend class BlockBuilder;
    // Places in columns_, in the order of event_columns(); the schema's fields lie between.
    enum Place : std::size_t {
        kNode,
        kOffset,
        kRow,
        kTime,
        kArrival,
        kArrivalDay,
        kSource,
        kOrigin,
        kDataset,
        kLine,
        kFlags,
        kFirstField
    };
    BlockColumn& map_column() { return columns_[columns_.size() - 2]; }
    BlockColumn& raw_column() { return columns_.back(); }
    const BlockColumn& raw_column() const { return columns_.back(); }

    std::vector<BlockColumn> columns_;
    std::size_t row_count_ = 0;
    std::int32_t day_ = 0;
};

}  // namespace vedette::store
