// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "parse/decoder.h"
#include "parse/named_values.h"
#include "parse/otlp/any_value.h"

namespace vedette::parse::otlp {

/// What a log record is read from: objects in OTLP's JSON, empty where there are none. `around` has
/// the members of resource_logs and scope_logs beside their lists.
struct LogParts {
    std::string_view resource, scope;
    std::string_view resource_schema_url, scope_schema_url;  ///< unescaped
    std::string_view log_record;
    std::uint16_t flags = 0;  ///< RowFlags of what happened on the way to this JSON
};

/// Turns one log record into the fields of the current row (README.md beside this).
/// Threads: one at a time.
class LogRecordReader {
  public:
    explicit LogRecordReader(event::FieldDictionary& fields);

    /// False if the log record is no object: then nothing was added.
    bool read(const LogParts& parts, RowSink& sink);

  private:
    struct Members;
    void read_time(const Members& members, event::Row& row);
    void add_body(std::string_view written, RowSink& sink);
    void add_text_body(std::string_view text, RowSink& sink);
    void add_severity(const Members& members, RowSink& sink);
    void add_ids(const Members& members, RowSink& sink);
    void add_attributes(std::string_view list, std::string_view prefix, RowSink& sink);
    void add_value(const std::string& name, const AnyValue& value, std::size_t depth,
                   RowSink& sink);
    void add_elements(const NamedValues::Place& place, std::string_view list, RowSink& sink);
    void add_scalar(const NamedValues::Place& place, const AnyValue& value, RowSink& sink);
    void add_address(std::string_view name, std::string_view text, RowSink& sink);
    void add_scope(const LogParts& parts, RowSink& sink);
    void add_resource(const LogParts& parts, RowSink& sink);
    void add_text(event::FieldId field, std::string_view text, RowSink& sink,
                  event::ValueKind kind = event::ValueKind::text);
    std::string_view unescaped(std::string_view written);

    NamedValues named_;
    const event::FieldId trace_id_, span_id_, trace_flags_, event_severity_, event_name_, dropped_,
        schema_url_, scope_name_, scope_version_;
    std::string text_, name_, json_;  // caches of memory, not of meaning
};

}  // namespace vedette::parse::otlp
