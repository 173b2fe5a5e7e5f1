// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "event/batch.h"

namespace vedette::detect::baseline {

/// A field's first value row by row, in ascending order of rows. The name may be that of a column
/// or one of what a row is besides (`dataset`, `source`, `origin`). Lives: bind() borrows the batch
/// until the next one.   Cost: constant for each row and cell.
class FieldReader {
  public:
    explicit FieldReader(std::string name);

    void bind(const event::Batch& batch);
    /// Whether a row of the batch can have it.
    bool is_there() const { return meta_ != Meta::none || column_ != nullptr; }
    bool is_column() const { return meta_ == Meta::none; }
    /// nullptr if no row of the batch has it, or it is no column's.
    const event::Column* column() const { return column_; }
    /// Rows may be left out, but not asked in descending order.
    std::optional<std::string_view> at(std::uint32_t row);
    const std::string& name() const { return name_; }

  private:
    enum class Meta : std::uint8_t { none, dataset, source, origin };

    std::string name_;
    Meta meta_ = Meta::none;
    const event::Batch* batch_ = nullptr;
    const event::Column* column_ = nullptr;
    std::size_t next_ = 0;
};

}  // namespace vedette::detect::baseline
