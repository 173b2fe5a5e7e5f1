// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "event/batch.h"
#include "parse/cloudtrail_map.h"
#include "parse/ecs_map.h"
#include "parse/registry.h"
#include "parse/windows_map.h"
#include "parse/windows_names.h"

namespace vedette::parse {

/// Tells what kind of event each row of named values is, by the names alone, and has it mapped:
/// Windows (EventID with a channel or provider), CloudTrail (eventSource and eventName), what
/// folders of formats have told (Registry::add), documents in ECS, anything else. For every format
/// whose values come with names of their own. Threads: one at a time.
class JsonMap {
  public:
    explicit JsonMap(event::FieldDictionary& fields);

    /// Mappings of other folders, asked behind Windows and CloudTrail and before ECS.
    /// Lives: `mappings` outlives this.
    void use(std::span<const Mapping> mappings);

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
    void mark_named(const event::Batch& batch);

    /// A mapping of another folder, made when a row first asks for it.
    struct Named {
        const Mapping* mapping = nullptr;
        std::vector<std::vector<event::FieldId>> marks;
        std::unique_ptr<RowMap> map;
        std::vector<std::uint32_t> rows;
    };

    event::FieldDictionary& fields_;
    event::FieldId event_id_, event_source_, event_name_, timestamp_, ecs_version_;
    std::vector<event::FieldId> windows_sources_;
    std::vector<std::uint8_t> marks_;  // by row
    std::vector<Named> named_;
    std::vector<std::uint16_t> named_of_row_;  // index into named_ plus one, or 0
    std::vector<std::uint16_t> marks_seen_;    // scratch, by row
    WindowsNames windows_names_;
    WindowsMap windows_;
    CloudtrailMap cloudtrail_;
    EcsMap ecs_;
    PlainMap plain_;
};

}  // namespace vedette::parse
