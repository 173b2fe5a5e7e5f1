// SPDX-License-Identifier: Apache-2.0
#include "parse/named_values.h"

#include "parse/clean_text.h"

namespace vedette::parse {

namespace {

/// Names whose id is remembered; more different names only cost the look-up.
constexpr std::size_t kRememberedMax = 4'096;
/// Bytes of overflow names of one row: this many times what is read for it and a bit. Nested names
/// repeat their parents, so that a record of 1 MB could otherwise become 100 MB of names.
constexpr std::size_t kNameGrowthMax = 4;
constexpr std::size_t kNameBytesFree = 4'096;

}  // namespace

void NamedValues::start_row(std::size_t record_bytes) {
    value_count_ = 0;
    name_bytes_left_ = record_bytes * kNameGrowthMax + kNameBytesFree;
}

NamedValues::Place NamedValues::place(std::string_view name, RowSink& sink) {
    if (name.empty() || name.size() > event::kFieldNameBytesMax || name.find('\0') != name.npos) {
        return {event::kNoField, name};
    }
    name_.assign(name);
    if (const auto found = remembered_.find(name_); found != remembered_.end()) {
        return {found->second, name};
    }
    const auto id = fields_.intern(name, sink.field_budget());
    if (!id) return {event::kNoField, name};
    if (remembered_.size() < kRememberedMax) remembered_.emplace(name_, *id);
    return {*id, name};
}

bool NamedValues::is_taken(const Place& place, RowSink& sink) {
    return place.field != event::kNoField && sink.batch().last_row_has(place.field);
}

void NamedValues::add(const Place& place, std::string_view value, event::ValueKind kind,
                      RowSink& sink) {
    event::Batch& batch = sink.batch();
    event::Row& row = batch.rows().back();
    if (++value_count_ > event::kValuesPerRowMax) {
        row.flags |= event::kRowTruncated;
        return;
    }
    const CleanText clean = clean_text(value, scratch_);
    if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
    if (place.field != event::kNoField) return batch.add(place.field, clean.text, kind);
    if (place.name.size() > name_bytes_left_) {
        row.flags |= event::kRowTruncated;
        return;
    }
    name_bytes_left_ -= place.name.size();
    name_.clear();
    append_valid_utf8(name_, place.name);
    for (char& c : name_) {
        if (c == '\0') c = ' ';
    }
    batch.add_overflow(name_, clean.text, kind);
    row.flags |= event::kRowOverflow;
}

}  // namespace vedette::parse
