// SPDX-License-Identifier: Apache-2.0
#include "parse/json_map.h"

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
        } else if (has(kEcs | kTimestamp)) {
            ecs.push_back(row);
        } else {
            plain.push_back(row);
        }
    }
    windows_.map(batch, windows);
    cloudtrail_.map(batch, cloudtrail);
    ecs_.map(batch, ecs);
    plain_.map(batch, plain);
}

}  // namespace vedette::parse
