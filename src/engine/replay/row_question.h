// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "engine/replay/stored_row.h"
#include "rule/search/sql.h"
#include "rule/sigma/logsource.h"
#include "rule/sigma/rule.h"

namespace vedette::engine::replay {

/// What has to be read of an event to judge it by one rule, as a SELECT's list, and its answer read
/// back. Most rules ask for a few fields of seven hundred bytes; keywords ask for all.
/// Threads: one at a time.
class RowQuestion {
  public:
    /// `mapped_fields`: as SqlOptions has it.
    RowQuestion(const rule::sigma::Rule& rule, const std::vector<rule::sigma::LogSourceWay>& ways,
                std::uint64_t mapped_fields);
    /// For all of an event.
    RowQuestion();

    /// What the names of fields that stand for those below another one end with; no decoder gives
    /// such names.
    static constexpr std::string_view kBelow = ".\x01";

    /// The list; parameters go to the writer.
    std::string columns(rule::search::SqlWriter& writer) const;
    /// The next row of the answer, as RowBinary. What `in` reads past its end is no row.
    /// Lives: borrows from the answer.
    void read(base::ByteReader& in, StoredRow& row) const;

    /// Whether the columns tell too little whatever they hold: the rule asks keywords otherwise
    /// than for being in a value, and which values are parts of others is not kept.
    bool needs_record() const { return needs_record_; }
    /// Bit i: of schema field i the column alone is read; as SqlQuery has it.
    std::uint64_t relies_on() const { return relies_on_; }

  private:
    struct Place {
        std::string field;
        std::string column;  ///< empty: only in the map
        bool is_number = false;
        bool is_in_map = true;
        /// Whether the event has a field below this one; then a field of that name is put in.
        bool asks_below = false;
    };
    void add(const std::string& field, bool asks_below, std::uint64_t mapped_fields);
    void read_place(base::ByteReader& in, const Place& place, StoredRow& row) const;
    void read_whole(base::ByteReader& in, StoredRow& row) const;

    bool is_whole_ = false, needs_record_ = false;
    std::vector<Place> places_;
    std::uint64_t relies_on_ = 0;
    std::vector<std::string> below_names_;  ///< of places that ask for fields below them
};

}  // namespace vedette::engine::replay
