// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace vedette::parse::otlp {

/// The messages of logs.proto and what they hold.
enum class Message : std::uint8_t {
    request,  ///< ExportLogsServiceRequest
    resource_logs,
    scope_logs,
    log_record,
    resource,
    scope,
    key_value,
    any_value,
    array_value,
    key_value_list,
};

/// Writes protobuf as the JSON that OTLP has for it, so that all that is behind this reads one
/// encoding, and a row's raw text is one that people can read and that decodes to the same row.
/// Members stand in the order of the schema; fields that the schema does not know are left out, and
/// so are list members: what is inside `resource_logs` and `scope_logs` is walked by the caller.
/// Threads: one at a time.   Cost: linear in the message.
/// Source: opentelemetry-proto 1.7; OTLP specification 1.7, "JSON Protobuf Encoding": ids are
/// hexadecimal, enums numbers, 64-bit numbers strings
class ProtobufJson {
  public:
    /// Appends the object. False if the bytes are no such message; `out` is then half written.
    bool write(Message message, std::string_view bytes, std::string& out);

    /// RowFlags for what was written since the last call: texts that were not UTF-8, values nested
    /// too deep and left out.
    std::uint16_t take_flags() { return std::exchange(flags_, std::uint16_t{0}); }

  private:
    struct Spec;
    struct Schema;
    static const Schema& schema_of(Message message);
    bool write_message(Message message, std::string_view bytes, int depth, std::string& out);
    bool write_field(const Spec& spec, std::string_view message, int depth, std::string& out);
    bool write_value(const Spec& spec, std::uint64_t value, std::string_view bytes, int depth,
                     std::string& out);

    std::uint16_t flags_ = 0;
};

}  // namespace vedette::parse::otlp
