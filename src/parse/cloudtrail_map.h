// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "event/batch.h"
#include "parse/column_cursor.h"
#include "parse/time_fields.h"

namespace vedette::parse {

/// Gives records of AWS CloudTrail their ECS fields, data set and time.
/// Threads: one at a time.   Source: AWS CloudTrail User Guide, "CloudTrail record contents"
class CloudtrailMap {
  public:
    explicit CloudtrailMap(event::FieldDictionary& fields);

    /// Maps the given rows, ascending: all of them CloudTrail records.
    void map(event::Batch& batch, std::span<const std::uint32_t> rows);

  private:
    struct Copy {
        event::FieldId source, target;
    };
    void link_user(event::Batch& batch, std::uint32_t row);
    void link_source(event::Batch& batch, std::uint32_t row);

    std::vector<Copy> copies_;
    event::FieldId user_name_, arn_, error_code_, source_address_;
    ColumnCursor user_names_, arns_, error_codes_, source_addresses_;
    LinkTarget user_, source_ip_, source_domain_;
    TimeFields time_;
};

}  // namespace vedette::parse
