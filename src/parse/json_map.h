// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "event/batch.h"
#include "parse/cloudtrail_map.h"
#include "parse/ecs_map.h"
#include "parse/windows_map.h"
#include "parse/windows_names.h"

namespace vedette::parse {

/// Tells what kind of event each row of named values is, by the names alone, and has it mapped:
/// Windows (EventID with a channel or provider), CloudTrail (eventSource and eventName), documents
/// in ECS, anything else. For every format whose values come with names of their own. Threads: one
/// at a time.
class JsonMap {
  public:
    explicit JsonMap(event::FieldDictionary& fields);

    /// Maps the given rows, ascending.
    void map(event::Batch& batch, std::span<const std::uint32_t> rows);

  private:
    enum Mark : std::uint8_t {
        kEventId = 1,
        kWindowsSource = 2,
        kCloudSource = 4,
        kCloudName = 8,
        kEcs = 16,
        kTimestamp = 32,
    };
    void mark(const event::Batch& batch, event::FieldId field, std::uint8_t mark);

    event::FieldDictionary& fields_;
    event::FieldId event_id_, event_source_, event_name_, timestamp_, ecs_version_;
    std::vector<event::FieldId> windows_sources_;
    std::vector<std::uint8_t> marks_;  // by row
    WindowsNames windows_names_;
    WindowsMap windows_;
    CloudtrailMap cloudtrail_;
    EcsMap ecs_;
    PlainMap plain_;
};

}  // namespace vedette::parse
