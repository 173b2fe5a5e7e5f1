// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "parse/decoder.h"

namespace vedette::parse::syslog {

/// Puts `[id name="value" ...]...` into the current row as log.syslog.structured_data.<id>.<name>.
///
/// Names are the sender's, so they come out of its source's budget; past it they go to the overflow
/// map. An element without parameters becomes an empty object. What does not fit the grammar ends
/// the reading; the raw record has it.
/// Source: RFC 5424 section 6.3   Cost: linear.   Limits: kStructuredParametersMax, then
/// kRowTruncated
class StructuredDataReader {
  public:
    explicit StructuredDataReader(event::FieldDictionary& fields) : fields_(fields) {}
    void read(std::string_view elements, RowSink& sink);

  private:
    bool read_element(std::string_view& rest, RowSink& sink);
    bool read_parameter(std::string_view& rest, std::string_view id, RowSink& sink);
    void add(std::string_view id, std::string_view name, std::string_view value,
             event::ValueKind kind, RowSink& sink);

    event::FieldDictionary& fields_;
    std::unordered_map<std::string, event::FieldId> remembered_;
    std::string name_, value_;  // scratch
    std::size_t parameter_count_ = 0;
};

}  // namespace vedette::parse::syslog
