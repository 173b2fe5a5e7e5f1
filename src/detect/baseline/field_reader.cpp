// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/field_reader.h"

#include <utility>

namespace vedette::detect::baseline {

FieldReader::FieldReader(std::string name) : name_(std::move(name)) {
    if (name_ == "dataset") meta_ = Meta::dataset;
    if (name_ == "source") meta_ = Meta::source;
    if (name_ == "origin") meta_ = Meta::origin;
}

void FieldReader::bind(const event::Batch& batch) {
    batch_ = &batch;
    column_ = nullptr;
    next_ = 0;
    if (meta_ != Meta::none) return;
    // Looked up anew each time: a name may become known with any batch.
    const auto field = batch.fields().find(name_);
    if (field) column_ = batch.column(*field);
}

std::optional<std::string_view> FieldReader::at(std::uint32_t row) {
    const event::Row& about = batch_->rows()[row];
    switch (meta_) {
        case Meta::dataset: return batch_->dataset(about.dataset);
        case Meta::source: return batch_->origins()[about.origin].source;
        case Meta::origin: return batch_->origins()[about.origin].path;
        case Meta::none: break;
    }
    if (column_ == nullptr) return std::nullopt;
    const auto& cells = column_->cells;
    while (next_ < cells.size() && cells[next_].row < row) ++next_;
    for (std::size_t i = next_; i < cells.size() && cells[i].row == row; ++i) {
        if (cells[i].kind != event::ValueKind::null) return batch_->text(cells[i]);
    }
    return std::nullopt;
}

}  // namespace vedette::detect::baseline
