// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "event/batch.h"
#include "parse/decoder.h"

namespace vedette::parse {

/// Puts values under names of their sender's own into the current row, within all the limits that a
/// row has: new names within the source's budget, others to the overflow map, whose names of one
/// row are bounded too. Values are made fit for columns here.
/// Threads: one at a time.
class NamedValues {
  public:
    explicit NamedValues(event::FieldDictionary& fields) : fields_(fields) {}

    /// Before the first value of a row that `record_bytes` bytes are read for.
    void start_row(std::size_t record_bytes);

    /// Where values of a name go.
    struct Place {
        event::FieldId field = event::kNoField;  ///< none: the overflow map
        std::string_view name;                   ///< as given; lives as that
    };
    Place place(std::string_view name, RowSink& sink);
    /// Whether the row has a value there already. Of the overflow map it is not known.
    static bool is_taken(const Place& place, RowSink& sink);
    void add(const Place& place, std::string_view value, event::ValueKind kind, RowSink& sink);

  private:
    event::FieldDictionary& fields_;
    std::unordered_map<std::string, event::FieldId> remembered_;
    std::string name_, scratch_;  // caches of memory, not of meaning
    std::size_t value_count_ = 0;
    std::size_t name_bytes_left_ = 0;
};

}  // namespace vedette::parse
