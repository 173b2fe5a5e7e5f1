// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "parse/decoder.h"
#include "parse/windows_event.h"
#include "parse/xml_reader.h"

namespace vedette::parse {

/// Makes rows of Windows events in XML, with the plain names that rules know (EventID, Image). What
/// is true of every Windows event is added later by WindowsMap.
/// Threads: one at a time.
class WindowsEventXml {
  public:
    explicit WindowsEventXml(event::FieldDictionary& fields);

    /// A row for each <Event> of the record; a broken one, or text between them, becomes a row that
    /// is not decoded. At least one row.
    void decode(std::string_view record, RowSink& sink);

    /// Adds the fields of one <Event> to the current row. False if the text is not exactly that;
    /// the row is then unchanged.
    bool decode_inner(std::string_view text, RowSink& sink);

  private:
    /// What an element of one name at one place is.
    struct Known {
        windows::ElementMeaning meaning;
        event::FieldId field = event::kNoField, written = event::kNoField;
    };
    struct Open {
        const Known* known;
        windows::Place parent;
        std::size_t text_begin;  // in text_
        bool has_children = false;
    };

    bool add_event(XmlReader& reader, RowSink& sink);
    void start_element(const XmlReader& reader, RowSink& sink);
    void end_element(RowSink& sink);
    const Known& known(windows::Place parent, std::string_view name, std::string_view data_name,
                       event::FieldBudget& budget);
    void add(const std::string& name, event::FieldId field, std::string_view text,
             event::ValueKind kind, RowSink& sink);
    void add_broken(std::string_view record, const char* reason, RowSink& sink);

    event::FieldDictionary& fields_;
    event::FieldId error_message_;
    std::unordered_map<std::string, Known> known_;
    std::string key_, text_, clean_;
    std::vector<Open> open_;
    std::size_t value_count_ = 0;
};

}  // namespace vedette::parse
