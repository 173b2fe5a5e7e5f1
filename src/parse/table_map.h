// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "event/batch.h"
#include "parse/column_cursor.h"

namespace vedette::parse {

/// How a value changes on its way to its ECS name.
enum class Convert : std::uint8_t {
    none,           ///< the same bytes, linked; every value of a list
    lower,          ///< ASCII letters in lower case
    seconds_to_ns,  ///< "1.5" becomes 1500000000
};

/// One line of a mapping: the source's name, the ECS name.
struct FieldRule {
    std::string_view source, target;
    Convert convert = Convert::none;
};

/// A value that every row of a kind has.
struct FixedValue {
    std::string_view field, value;
};

/// What the rows of one kind become.
struct KindTable {
    std::string_view kind;     ///< as the product names it, e.g. "conn"
    std::string_view dataset;  ///< e.g. "zeek.conn"
    std::span<const FieldRule> fields;
    std::span<const FixedValue> values;
};

/// Applies a table of fields to rows: ECS names linked to the same bytes where nothing is
/// converted. Of several sources of one target the first with a value wins; what a record says
/// under the ECS name itself stands. Threads: one at a time.   Cost: about 3 ns a rule and row
/// where the source is absent.
class TableMap {
  public:
    /// Fields that the dictionary has no room for are left out.
    TableMap(event::FieldDictionary& fields, std::span<const FieldRule> rules,
             std::span<const FixedValue> values);

    /// For one pass over a batch, rows ascending.
    void begin(const event::Batch& batch);
    void map(event::Batch& batch, std::uint32_t row);

  private:
    struct Rule {
        event::FieldId source;
        std::size_t target;  // index into targets_
        Convert convert;
    };
    struct Value {
        std::size_t target;
        std::string_view text;
    };
    std::size_t target_of(event::FieldId field);
    void copy(event::Batch& batch, std::uint32_t row, std::span<const event::Cell> cells,
              const Rule& rule);

    std::vector<Rule> rules_;
    std::vector<Value> values_;
    std::vector<event::FieldId> targets_;
    std::vector<ColumnCursor> cursors_;
    std::vector<LinkTarget> writers_;
};

}  // namespace vedette::parse
