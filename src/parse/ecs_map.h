// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "event/batch.h"
#include "parse/column_cursor.h"
#include "parse/time_fields.h"

namespace vedette::parse {

/// Links fields under a second name, for rows that lack it; the first source with a value wins.
class FieldLinks {
  public:
    using Names = std::pair<std::string_view, std::string_view>;  // source, target

    FieldLinks(event::FieldDictionary& fields, std::span<const Names> names);
    void begin(const event::Batch& batch);
    void link(event::Batch& batch, std::uint32_t row);

  private:
    struct Link {
        event::FieldId source;
        std::size_t target;  // index into targets_
    };
    std::vector<Link> links_;
    std::vector<event::FieldId> targets_;
    std::vector<ColumnCursor> cursors_;
    std::vector<LinkTarget> writers_;
};

/// Documents that are in the Elastic Common Schema already: their names stay, hashes also get their
/// short name, data set and time are read.
/// Threads: one at a time.
class EcsMap {
  public:
    explicit EcsMap(event::FieldDictionary& fields);
    void map(event::Batch& batch, std::span<const std::uint32_t> rows);

  private:
    FieldLinks links_;
    TimeFields time_;
};

/// Documents of any other kind: data set "json", time, message, host and level from the names that
/// loggers use.
/// Threads: one at a time.
class PlainMap {
  public:
    explicit PlainMap(event::FieldDictionary& fields);
    void map(event::Batch& batch, std::span<const std::uint32_t> rows);

  private:
    FieldLinks links_;
    TimeFields time_;
};

}  // namespace vedette::parse
