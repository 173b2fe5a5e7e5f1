// SPDX-License-Identifier: Apache-2.0
#include "engine/coverage.h"

#include <algorithm>

#include "base/bytes.h"
#include "engine/limits.h"

namespace vedette::engine {

namespace {
constexpr std::uint8_t kCoverageVersion = 1;
}

Coverage::Seen* Coverage::seen_of(std::string_view dataset) {
    const auto found = seen_.find(dataset);
    if (found != seen_.end()) return &found->second;
    auto known = datasets_.find(dataset);
    if (known == datasets_.end()) {
        if (datasets_.size() >= kCoverageDatasetsMax) return nullptr;
        known = datasets_.emplace(std::string(dataset), Dataset()).first;
    }
    return &(seen_[std::string(dataset)] = {&known->second, {}});
}

/// Whether the field was seen before.
bool Coverage::add(Seen& seen, event::FieldId field, std::string_view name) {
    if (field >= seen.fields.size()) seen.fields.resize(field + 1);
    if (seen.fields[field]) return true;
    seen.fields[field] = true;
    Dataset& dataset = *seen.dataset;
    if (dataset.fields.find(name) != dataset.fields.end()) return false;
    if (dataset.fields.size() < kCoverageFieldsMax) {
        dataset.fields.emplace(name);
    } else {
        dataset.is_complete = false;
    }
    return false;
}

void Coverage::observe(const event::Batch& batch) {
    std::vector<Seen*> by_index;
    for (const std::string& dataset : batch.datasets()) by_index.push_back(seen_of(dataset));
    const auto rows = batch.rows();
    std::vector<Seen*> present;  // in this batch
    for (const event::Row& row : rows) {
        Seen* const seen = by_index[row.dataset];
        if (seen == nullptr) continue;
        ++seen->dataset->events;
        const bool is_listed = std::find(present.rbegin(), present.rend(), seen) != present.rend();
        if (!is_listed) present.push_back(seen);
        if ((row.flags & event::kRowOverflow) != 0) seen->dataset->is_complete = false;
    }
    for (const event::Column& column : batch.columns()) {
        const bool is_known = std::all_of(present.begin(), present.end(), [&](const Seen* seen) {
            return column.field < seen->fields.size() && seen->fields[column.field];
        });
        if (is_known) continue;
        for (const event::Cell& cell : column.cells) {
            Seen* const seen = by_index[rows[cell.row].dataset];
            if (seen != nullptr) add(*seen, column.field, batch.fields().name(column.field));
        }
    }
}

std::string Coverage::save() const {
    std::string out;
    base::put(out, kCoverageVersion);
    base::put_varint(out, datasets_.size());
    for (const auto& [name, dataset] : datasets_) {
        base::put_text(out, name);
        base::put_varint(out, dataset.events);
        base::put(out, static_cast<std::uint8_t>(dataset.is_complete));
        base::put_varint(out, dataset.fields.size());
        for (const std::string& field : dataset.fields) base::put_text(out, field);
    }
    return out;
}

base::Result<void> Coverage::restore(std::string_view bytes) {
    datasets_.clear();
    seen_.clear();
    base::ByteReader in(bytes);
    const auto version = in.get<std::uint8_t>();
    const std::uint64_t count = in.varint();
    bool is_good = version == kCoverageVersion && count <= kCoverageDatasetsMax;
    for (std::uint64_t i = 0; is_good && i < count; ++i) {
        Dataset& dataset = datasets_[std::string(in.text())];
        dataset.events = in.varint();
        dataset.is_complete = in.get<std::uint8_t>() != 0;
        const std::uint64_t fields = in.varint();
        is_good = fields <= kCoverageFieldsMax;
        for (std::uint64_t j = 0; is_good && j < fields; ++j) {
            dataset.fields.emplace(in.text());
            is_good = in.is_good();
        }
    }
    if (is_good && in.is_good() && in.is_at_end()) return {};
    datasets_.clear();
    return base::fail(base::ErrorCode::corrupt, "the saved coverage is not whole");
}

}  // namespace vedette::engine
