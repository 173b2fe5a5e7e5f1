// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "event/batch.h"
#include "parse/column_cursor.h"
#include "parse/time_fields.h"
#include "parse/windows_tables.h"

namespace vedette::parse {

/// Gives Windows events their ECS fields, data set and time. It sees the plain names of Windows
/// (Channel, EventID, Image, SubjectUserName, ...), whatever format they came in; the tables are in
/// windows_tables.h. Values are linked, only constants and converted numbers are added.
/// Threads: one at a time.
class WindowsMap {
  public:
    explicit WindowsMap(event::FieldDictionary& fields);

    /// Maps the given rows, ascending: all of them Windows events.
    void map(event::Batch& batch, std::span<const std::uint32_t> rows);

  private:
    struct Rule {
        std::uint16_t source, target, second;
        windows::Take take;
    };
    using Plan = std::vector<Rule>;
    /// The event of the row that is being mapped.
    struct Event {
        windows::Log log = windows::Log::other;
        const windows::KnownEvent* known = nullptr;
    };

    void compile(Plan& plan, std::span<const windows::FieldRule> rules);
    std::uint16_t source_index(std::string_view name);
    std::uint16_t target_index(std::string_view name);
    void begin(const event::Batch& batch);
    Event event_of(const event::Batch& batch, std::uint32_t row);
    void apply(event::Batch& batch, std::uint32_t row, const Rule& rule);
    void link_account(event::Batch& batch, std::uint32_t row, const Rule& rule,
                      const event::Cell& cell, std::string_view text);
    void link_hashes(event::Batch& batch, std::uint32_t row, const Rule& rule,
                     const event::Cell& cell, std::string_view text);
    void add_meaning(event::Batch& batch, std::uint32_t row, const Event& event);
    std::string_view outcome_of(const event::Batch& batch, std::uint32_t row, const Event& event);

    event::FieldDictionary& fields_;
    std::vector<event::FieldId> sources_, targets_;
    std::vector<Plan> plans_;         // by log, then by shape of the security log
    std::vector<Plan> active_plans_;  // without the rules whose source this batch does not have
    std::vector<ColumnCursor> cursors_;
    std::vector<LinkTarget> writers_;
    std::uint16_t channel_, event_id_, provider_, source_name_, object_type_, status_, keywords_,
        event_type_, action_, outcome_;
    TimeFields time_;
};

}  // namespace vedette::parse
