// SPDX-License-Identifier: Apache-2.0
#include "parse/json_map.h"

#include <algorithm>

#include "base/check.h"
#include "event/schema.h"

namespace vedette::parse {

JsonMap::JsonMap(event::FieldDictionary& fields)
    : fields_(fields),
      windows_names_(fields),
      windows_(fields),
      cloudtrail_(fields),
      ecs_(fields),
      plain_(fields) {
    const auto field = [&](std::string_view name) {
        const auto made = fields.intern(name);
        VD_CHECK(made.has_value());
        return *made;
    };
    event_id_ = field("EventID");
    event_source_ = field("eventSource");
    event_name_ = field("eventName");
    timestamp_ = field("@timestamp");
    ecs_version_ = field("ecs.version");
    for (const std::string_view name : {"Channel", "Provider_Name", "SourceName"}) {
        windows_sources_.push_back(field(name));
    }
}

void JsonMap::use(std::span<const Mapping> mappings) {
    named_.clear();
    for (const Mapping& mapping : mappings) {
        Named named;
        named.mapping = &mapping;
        for (const auto& names : mapping.marks) {
            std::vector<event::FieldId> fields;
            for (const std::string& name : names) {
                const auto field = fields_.intern(name);
                VD_CHECK(field.has_value());
                fields.push_back(*field);
            }
            named.marks.push_back(std::move(fields));
        }
        named_.push_back(std::move(named));
    }
}

/// Tells the rows that have every name of one set, for the first mapping that has such a set.
void JsonMap::mark_named(const event::Batch& batch) {
    named_of_row_.assign(batch.row_count(), 0);
    for (std::size_t i = 0; i < named_.size(); ++i) {
        for (const auto& marks : named_[i].marks) {
            const auto is_there = [&](event::FieldId field) {
                return batch.column(field) != nullptr;
            };
            if (!std::all_of(marks.begin(), marks.end(), is_there)) continue;
            marks_seen_.assign(batch.row_count(), 0);
            for (std::size_t known = 0; known < marks.size(); ++known) {
                // A list gives several cells of one row: only the first counts.
                for (const event::Cell& cell : batch.column(marks[known])->cells) {
                    if (marks_seen_[cell.row] == known) ++marks_seen_[cell.row];
                }
            }
            for (std::size_t row = 0; row < marks_seen_.size(); ++row) {
                const bool is_whole = marks_seen_[row] == marks.size();
                if (is_whole && named_of_row_[row] == 0) {
                    named_of_row_[row] = static_cast<std::uint16_t>(i + 1);
                }
            }
        }
    }
}

void JsonMap::mark(const event::Batch& batch, event::FieldId field, std::uint8_t mark) {
    const event::Column* const column = batch.column(field);
    if (column == nullptr) return;
    for (const event::Cell& cell : column->cells) marks_[cell.row] |= mark;
}

void JsonMap::map(event::Batch& batch, std::span<const std::uint32_t> rows) {
    windows_names_.link(batch, rows);
    marks_.assign(batch.row_count(), 0);
    mark(batch, event_id_, kEventId);
    for (const event::FieldId field : windows_sources_) mark(batch, field, kWindowsSource);
    mark(batch, event_source_, kCloudSource);
    mark(batch, event_name_, kCloudName);
    mark(batch, ecs_version_, kEcs);
    if (batch.column(timestamp_) != nullptr) {
        mark(batch, timestamp_, kTimestamp);
        for (event::FieldId field = 0; field < event::ecs::kSchemaFieldCount; ++field) {
            // A message alone makes no ECS document: every logger writes one.
            if (field != event::ecs::kMessage) mark(batch, field, kEcs);
        }
    }
    mark_named(batch);
    for (Named& named : named_) named.rows.clear();
    std::vector<std::uint32_t> windows, cloudtrail, ecs, plain;
    for (const std::uint32_t row : rows) {
        const std::uint8_t marks = marks_[row];
        const auto has = [&](int wanted) { return (marks & wanted) == wanted; };
        if ((batch.rows()[row].flags & event::kRowNotDecoded) != 0) {
            continue;
        }
        if (has(kEventId | kWindowsSource)) {
            windows.push_back(row);
        } else if (has(kCloudSource | kCloudName)) {
            cloudtrail.push_back(row);
        } else if (named_of_row_[row] != 0) {
            named_[named_of_row_[row] - 1u].rows.push_back(row);
        } else if (has(kEcs | kTimestamp)) {
            ecs.push_back(row);
        } else {
            plain.push_back(row);
        }
    }
    windows_.map(batch, windows);
    cloudtrail_.map(batch, cloudtrail);
    for (Named& named : named_) {
        if (named.rows.empty()) continue;
        if (!named.map) named.map = named.mapping->make(fields_);
        named.map->map(batch, named.rows);
    }
    ecs_.map(batch, ecs);
    plain_.map(batch, plain);
}

}  // namespace vedette::parse
