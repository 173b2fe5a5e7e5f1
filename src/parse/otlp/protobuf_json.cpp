// SPDX-License-Identifier: Apache-2.0
#include "parse/otlp/protobuf_json.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <span>

#include "base/base64.h"
#include "base/json_text.h"
#include "base/protobuf_wire.h"
#include "event/batch.h"
#include "parse/decoder.h"
#include "parse/otlp/limits.h"

namespace vedette::parse::otlp {

using base::ProtobufField;
using base::ProtobufReader;
using Wire = ProtobufField::Wire;

namespace {

enum class Type : std::uint8_t {
    text,
    hex,     ///< bytes as hexadecimal digits: ids
    base64,  ///< other bytes
    boolean,
    number,    ///< 32 bits: a number
    signed64,  ///< 64 bits: a string
    unsigned64,
    real,
    message,
};

Wire wire_of(Type type, bool is_fixed) {
    switch (type) {
        case Type::text:
        case Type::hex:
        case Type::base64:
        case Type::message: return Wire::bytes;
        case Type::real: return Wire::fixed64;
        case Type::number: return is_fixed ? Wire::fixed32 : Wire::varint;
        case Type::unsigned64: return Wire::fixed64;
        case Type::signed64:
        case Type::boolean: return Wire::varint;
    }
    return Wire::varint;
}

void append_hex(std::string& out, std::string_view bytes) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    for (const char c : bytes) {
        out.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
        out.push_back(kDigits[static_cast<unsigned char>(c) & 15]);
    }
}

void append_real(std::string& out, double value) {
    if (std::isnan(value)) {
        out += "\"NaN\"";
    } else if (std::isinf(value)) {
        out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    } else {
        char digits[32];
        out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
    }
}

}  // namespace

struct ProtobufJson::Spec {
    std::uint32_t number;
    std::string_view name;
    Type type;
    Message message = Message::any_value;
    bool is_repeated = false;
    bool is_fixed = false;
};

struct ProtobufJson::Schema {
    std::span<const Spec> specs;
    bool is_oneof = false;  ///< of several fields the last one counts
};

const ProtobufJson::Schema& ProtobufJson::schema_of(Message message) {
    static constexpr bool kRepeated = true;
    static constexpr Spec kResourceLogs[] = {{1, "resource", Type::message, Message::resource},
                                             {3, "schemaUrl", Type::text}};
    static constexpr Spec kScopeLogs[] = {{1, "scope", Type::message, Message::scope},
                                          {3, "schemaUrl", Type::text}};
    static constexpr Spec kLogRecord[] = {
        {1, "timeUnixNano", Type::unsigned64},
        {11, "observedTimeUnixNano", Type::unsigned64},
        {2, "severityNumber", Type::number},
        {3, "severityText", Type::text},
        {12, "eventName", Type::text},
        {5, "body", Type::message, Message::any_value},
        {6, "attributes", Type::message, Message::key_value, kRepeated},
        {7, "droppedAttributesCount", Type::number},
        {8, "flags", Type::number, Message::any_value, false, true},
        {9, "traceId", Type::hex},
        {10, "spanId", Type::hex}};
    static constexpr Spec kResource[] = {
        {1, "attributes", Type::message, Message::key_value, kRepeated},
        {2, "droppedAttributesCount", Type::number}};
    static constexpr Spec kScope[] = {
        {1, "name", Type::text},
        {2, "version", Type::text},
        {3, "attributes", Type::message, Message::key_value, kRepeated},
        {4, "droppedAttributesCount", Type::number}};
    static constexpr Spec kKeyValue[] = {{1, "key", Type::text},
                                         {2, "value", Type::message, Message::any_value}};
    static constexpr Spec kAnyValue[] = {{1, "stringValue", Type::text},
                                         {2, "boolValue", Type::boolean},
                                         {3, "intValue", Type::signed64},
                                         {4, "doubleValue", Type::real},
                                         {5, "arrayValue", Type::message, Message::array_value},
                                         {6, "kvlistValue", Type::message, Message::key_value_list},
                                         {7, "bytesValue", Type::base64}};
    static constexpr Spec kArray[] = {{1, "values", Type::message, Message::any_value, kRepeated}};
    static constexpr Spec kList[] = {{1, "values", Type::message, Message::key_value, kRepeated}};
    static const Schema resource_logs{kResourceLogs}, scope_logs{kScopeLogs},
        log_record{kLogRecord}, resource{kResource}, scope{kScope}, key_value{kKeyValue},
        any_value{kAnyValue, true}, array{kArray}, list{kList}, nothing{};
    switch (message) {
        case Message::request: return nothing;
        case Message::resource_logs: return resource_logs;
        case Message::scope_logs: return scope_logs;
        case Message::log_record: return log_record;
        case Message::resource: return resource;
        case Message::scope: return scope;
        case Message::key_value: return key_value;
        case Message::any_value: return any_value;
        case Message::array_value: return array;
        case Message::key_value_list: return list;
    }
    return nothing;
}

bool ProtobufJson::write(Message message, std::string_view bytes, std::string& out) {
    return write_message(message, bytes, 0, out);
}

bool ProtobufJson::write_message(Message message, std::string_view bytes, int depth,
                                 std::string& out) {
    if (depth == kMessageDepthMax) {
        flags_ |= event::kRowTruncated;
        out += "{}";
        return true;
    }
    const Schema& schema = schema_of(message);
    // Which fields are there, by their place in the schema.
    std::uint32_t seen = 0, last = 0;
    ProtobufReader reader(bytes);
    ProtobufField field;
    while (reader.next(field)) {
        for (std::size_t i = 0; i < schema.specs.size(); ++i) {
            const Spec& spec = schema.specs[i];
            if (spec.number != field.number) continue;
            if (field.wire == wire_of(spec.type, spec.is_fixed)) seen |= last = 1u << i;
            break;
        }
    }
    if (!reader.is_good()) return false;
    if (schema.is_oneof) seen = last;
    out += '{';
    for (std::size_t i = 0; i < schema.specs.size(); ++i) {
        if ((seen & 1u << i) == 0) continue;
        if (out.back() != '{') out += ',';
        if (!write_field(schema.specs[i], bytes, depth, out)) return false;
    }
    out += '}';
    return true;
}

/// A member of the object: of a field that is not repeated the last one counts.
bool ProtobufJson::write_field(const Spec& spec, std::string_view message, int depth,
                               std::string& out) {
    out.append("\"").append(spec.name).append("\":");
    const Wire wire = wire_of(spec.type, spec.is_fixed);
    ProtobufReader reader(message);
    ProtobufField field, last;
    bool is_first = true;
    while (reader.next(field)) {
        if (field.number != spec.number || field.wire != wire) continue;
        last = field;
        if (!spec.is_repeated) continue;
        out += is_first ? '[' : ',';
        is_first = false;
        if (!write_value(spec, field.value, field.bytes, depth, out)) return false;
    }
    if (!spec.is_repeated) return write_value(spec, last.value, last.bytes, depth, out);
    out += ']';
    return true;
}

bool ProtobufJson::write_value(const Spec& spec, std::uint64_t value, std::string_view bytes,
                               int depth, std::string& out) {
    switch (spec.type) {
        case Type::text: {
            const std::size_t begin = out.size();
            base::append_json_string(out, bytes);
            // Only then is the text looked at once more.
            if (out.find("\xEF\xBF\xBD", begin) != std::string::npos) {
                std::string repaired;
                if (append_valid_utf8(repaired, bytes)) flags_ |= event::kRowInvalidUtf8;
            }
            return true;
        }
        case Type::hex:
            out += '"';
            append_hex(out, bytes);
            out += '"';
            return true;
        case Type::base64:
            out += '"';
            base::append_base64(out, bytes);
            out += '"';
            return true;
        case Type::boolean: out += value != 0 ? "true" : "false"; return true;
        // An enum or uint32: what is longer on the wire is cut as protobuf cuts it.
        case Type::number: out += std::to_string(static_cast<std::uint32_t>(value)); return true;
        case Type::signed64:
            out += '"' + std::to_string(static_cast<std::int64_t>(value)) + '"';
            return true;
        case Type::unsigned64: out += '"' + std::to_string(value) + '"'; return true;
        case Type::real: append_real(out, std::bit_cast<double>(value)); return true;
        case Type::message: return write_message(spec.message, bytes, depth + 1, out);
    }
    return false;
}

}  // namespace vedette::parse::otlp
