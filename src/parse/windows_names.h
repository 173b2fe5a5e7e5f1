// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "event/batch.h"

namespace vedette::parse {

/// Makes the plain names of Windows (EventID, Channel, Image, ...) out of the nested forms in which
/// programs write event log records as JSON, because rules know only those. Understood are the tree
/// of the XML under `Event` or at the top, attributes as "#attributes", "@Name" or plain members
/// (evtx_dump, xml2json and their like), EventData as an object or as a list of named Data,
/// UserData, and Winlogbeat's `winlog`. The original names stay; the plain ones are linked.
/// Threads: one at a time.
class WindowsNames {
  public:
    explicit WindowsNames(event::FieldDictionary& fields);

    /// Adds the plain names to the given rows, ascending, and settles the batch.
    void link(event::Batch& batch, std::span<const std::uint32_t> rows);

  private:
    /// A list of Data: where their names and their values are.
    struct DataList {
        std::vector<event::FieldId> names;
        event::FieldId values;
    };

    /// The plain name's field of a nested one, or kNoField.
    event::FieldId plain_of(event::FieldId field);
    void link_column(event::Batch& batch, event::FieldId from, event::FieldId to);
    void link_list(event::Batch& batch, std::uint32_t row, const DataList& list);
    void link_row(event::Batch& batch, std::uint32_t row, std::span<const event::Cell> names,
                  std::span<const event::Cell> values);

    event::FieldDictionary& fields_;
    event::FieldBudget budget_;  // names of Data are text that a sender chooses
    event::FieldId data_;
    std::vector<event::FieldId> plain_;  // by field id; filled as names appear
    std::vector<bool> is_mine_;          // by row
    std::vector<DataList> lists_;
};

/// "EventID" for "Event.System.EventID.#text", "Image" for "winlog.event_data.Image"; empty if the
/// name is not one of Windows.
std::string_view plain_windows_name(std::string_view name);

}  // namespace vedette::parse
