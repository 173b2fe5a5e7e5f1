// SPDX-License-Identifier: Apache-2.0
#include "parse/otlp/any_value.h"

#include "base/base64.h"
#include "base/json_scan.h"
#include "base/json_text.h"

namespace vedette::parse::otlp {

using base::JsonScan;
using event::ValueKind;

namespace {

std::string_view unquoted(std::string_view written) {
    return written.starts_with('"') ? written.substr(1, written.size() - 2) : written;
}

bool is_number(std::string_view text) {
    JsonScan scan(text);
    std::string_view value;
    const bool is_value = scan.value(value) && scan.is_at_end() && value.size() == text.size();
    return is_value && (text.front() == '-' || (text.front() >= '0' && text.front() <= '9'));
}

/// The member "values" of a list or map. Empty: there are none.
std::string_view values_of(std::string_view written) {
    std::string_view values;
    JsonScan scan(written);
    scan.object([&](std::string_view key) {
        std::string_view value;
        if (!scan.value(value)) return false;
        if (key == "values" && value.front() == '[') values = value;
        return true;
    });
    return values;
}

AnyValue opened(std::string_view key, std::string_view value) {
    using Kind = AnyValue::Kind;
    const bool is_string = value.front() == '"';
    const std::string_view text = unquoted(value);
    if (key == "stringValue" && is_string) return {Kind::scalar, ValueKind::text, text};
    if (key == "boolValue" && (value == "true" || value == "false")) {
        return {Kind::scalar, ValueKind::boolean, value};
    }
    // 64-bit numbers are strings, and NaN is one; some senders write plain numbers.
    if (key == "intValue" && is_number(text)) return {Kind::scalar, ValueKind::integer, text};
    if (key == "doubleValue") {
        if (is_number(text)) return {Kind::scalar, ValueKind::real, text};
        if (is_string) return {Kind::scalar, ValueKind::text, text};
    }
    if (key == "arrayValue") return {Kind::list, ValueKind::null, values_of(value)};
    if (key == "kvlistValue") return {Kind::map, ValueKind::null, values_of(value)};
    if (key == "bytesValue" && is_string) return {Kind::bytes, ValueKind::text, text};
    return {};
}

void append_scalar(const AnyValue& value, std::string& out) {
    if (value.scalar == ValueKind::text) {
        out.append("\"").append(value.text).append("\"");
    } else {
        out.append(value.text);
    }
}

}  // namespace

AnyValue read_any_value(std::string_view written) {
    AnyValue out;
    JsonScan scan(written);
    scan.object([&](std::string_view key) {
        std::string_view value;
        if (!scan.value(value)) return false;
        const AnyValue next = opened(key, value);
        if (next.kind != AnyValue::Kind::none) out = next;
        return true;
    });
    return out;
}

KeyValue read_key_value(std::string_view written) {
    KeyValue out;
    JsonScan scan(written);
    scan.object([&](std::string_view key) {
        std::string_view value;
        if (!scan.value(value)) return false;
        if (key == "key" && value.front() == '"') out.key = unquoted(value);
        if (key == "value") out.value = value;
        return true;
    });
    return out;
}

void append_plain_json(const AnyValue& value, std::string& out, bool& is_truncated,
                       std::size_t depth) {
    using Kind = AnyValue::Kind;
    if (value.kind == Kind::none) {
        out += "null";
    } else if (value.kind == Kind::scalar) {
        append_scalar(value, out);
    } else if (value.kind == Kind::bytes) {
        out.append("\"").append(value.text).append("\"");
    } else if (depth == event::kDepthMax) {
        is_truncated = true;
        out += "null";
    } else {
        const bool is_map = value.kind == Kind::map;
        out += is_map ? '{' : '[';
        const char open = out.back();
        JsonScan scan(value.text);
        scan.list([&] {
            std::string_view element;
            if (!scan.value(element)) return false;
            if (out.back() != open) out += ',';
            if (is_map) {
                const KeyValue pair = read_key_value(element);
                out.append("\"").append(pair.key).append("\":");
                append_plain_json(read_any_value(pair.value), out, is_truncated, depth + 1);
            } else {
                append_plain_json(read_any_value(element), out, is_truncated, depth + 1);
            }
            return true;
        });
        out += is_map ? '}' : ']';
    }
}

}  // namespace vedette::parse::otlp
