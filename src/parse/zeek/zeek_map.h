// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "parse/registry.h"
#include "parse/table_map.h"
#include "parse/time_fields.h"

namespace vedette::parse::zeek {

/// Names the log of each row (its `_path`, else the fields that only one log has) and applies the
/// log's table. The same for records that came as JSON and as tab-separated text.
class ZeekMap final : public RowMap {
  public:
    explicit ZeekMap(event::FieldDictionary& fields);
    void map(event::Batch& batch, std::span<const std::uint32_t> rows) override;

  private:
    struct Log {
        std::string_view kind, dataset;
        std::vector<event::FieldId> marks;
        TableMap table;
        std::vector<std::uint32_t> rows;
    };
    void sort_rows(const event::Batch& batch, std::span<const std::uint32_t> rows);
    void add_outcomes(event::Batch& batch, std::span<const std::uint32_t> rows);

    event::FieldId path_, auth_success_, success_, status_code_;
    std::vector<Log> logs_;
    TableMap common_;
    TimeFields time_;
    std::vector<std::uint16_t> log_of_row_;  // scratch: index into logs_ plus one
};

}  // namespace vedette::parse::zeek
