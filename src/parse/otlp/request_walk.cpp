// SPDX-License-Identifier: Apache-2.0
#include "parse/otlp/request_walk.h"

#include "base/json_scan.h"
#include "base/json_text.h"
#include "base/protobuf_wire.h"

namespace vedette::parse::otlp {

using base::JsonScan;
using base::ProtobufField;
using base::ProtobufReader;

namespace {

/// resource_logs or scope_logs: what is in them beside their list, and the list.
struct Level {
    std::string_view head;      ///< resource or scope
    std::string schema_url;     ///< unescaped
    std::string_view children;  ///< empty: none
};

bool read_level(std::string_view written, std::string_view head_name, std::string_view list_name,
                Level& level) {
    JsonScan scan(written);
    return scan.object([&](std::string_view key) {
        std::string_view value;
        if (!scan.value(value)) return false;
        if (key == head_name && value.front() == '{') level.head = value;
        if (key == "schemaUrl" && value.front() == '"') {
            level.schema_url.clear();
            base::append_json_unescaped(level.schema_url, value.substr(1, value.size() - 2));
        }
        if (key == list_name) {
            if (value.front() == '[') level.children = value;
            return value.front() == '[' || value == "null";
        }
        return true;
    });
}

template <class OnElement>
bool each(std::string_view list, OnElement&& on_element) {
    if (list.empty()) return true;
    JsonScan scan(list);
    return scan.list([&] {
        std::string_view element;
        return scan.value(element) && on_element(element);
    });
}

bool is_message(const ProtobufField& field, std::uint32_t number) {
    return field.number == number && field.wire == ProtobufField::Wire::bytes;
}

template <class OnChild>
bool each_message(std::string_view message, std::uint32_t number, OnChild&& on_child) {
    ProtobufReader reader(message);
    ProtobufField field;
    while (reader.next(field)) {
        if (is_message(field, number) && !on_child(field.bytes)) return false;
    }
    return reader.is_good();
}

/// The part of resource_logs or scope_logs that is no list, as JSON: {"resource":{},"schemaUrl":""}
struct Head {
    std::string json;
    Level level;
    std::uint16_t flags = 0;

    bool read(Message message, std::string_view bytes, std::string_view head_name,
              ProtobufJson& writer) {
        json.clear();
        level = Level();
        const bool is_good = writer.write(message, bytes, json);
        flags = writer.take_flags();
        return is_good && read_level(json, head_name, {}, level);
    }
};

}  // namespace

bool walk_json(std::string_view request, const OnLogRecord& on_log_record) {
    JsonScan scan(request);
    const auto in_resource = [&](std::string_view written) {
        Level resource;
        if (!read_level(written, "resource", "scopeLogs", resource)) return false;
        return each(resource.children, [&](std::string_view in) {
            Level scope;
            if (!read_level(in, "scope", "logRecords", scope)) return false;
            return each(scope.children, [&](std::string_view log_record) {
                on_log_record(
                    {resource.head, scope.head, resource.schema_url, scope.schema_url, log_record},
                    log_record);
                return true;
            });
        });
    };
    const bool is_object = scan.object([&](std::string_view key) {
        std::string_view value;
        if (!scan.value(value)) return false;
        if (key != "resourceLogs" || value == "null") return true;
        return value.front() == '[' && each(value, in_resource);
    });
    return is_object && scan.is_at_end();
}

bool walk_protobuf(std::string_view request, ProtobufJson& writer,
                   const OnLogRecord& on_log_record) {
    // Numbers of fields: of ExportLogsServiceRequest, ResourceLogs and ScopeLogs.
    constexpr std::uint32_t kResourceLogs = 1, kScopeLogs = 2, kLogRecords = 2;
    Head resource, scope;
    std::string log_record;
    const auto in_scope = [&](std::string_view bytes) {
        log_record.clear();
        const bool is_good = writer.write(Message::log_record, bytes, log_record);
        const int flags = resource.flags | scope.flags | writer.take_flags();
        on_log_record({resource.level.head, scope.level.head, resource.level.schema_url,
                       scope.level.schema_url, is_good ? log_record : std::string_view(),
                       static_cast<std::uint16_t>(flags)},
                      bytes);
        return true;
    };
    const auto in_resource = [&](std::string_view bytes) {
        return scope.read(Message::scope_logs, bytes, "scope", writer) &&
               each_message(bytes, kLogRecords, in_scope);
    };
    return each_message(request, kResourceLogs, [&](std::string_view bytes) {
        return resource.read(Message::resource_logs, bytes, "resource", writer) &&
               each_message(bytes, kScopeLogs, in_resource);
    });
}

void write_request(const LogParts& parts, std::string& out) {
    const auto add_head = [&](std::string_view name, std::string_view head,
                              std::string_view schema_url) {
        if (!head.empty()) out.append("\"").append(name).append("\":").append(head).append(",");
        if (schema_url.empty()) return;
        out += "\"schemaUrl\":";
        base::append_json_string(out, schema_url);
        out += ',';
    };
    out.clear();
    out += "{\"resourceLogs\":[{";
    add_head("resource", parts.resource, parts.resource_schema_url);
    out += "\"scopeLogs\":[{";
    add_head("scope", parts.scope, parts.scope_schema_url);
    out.append("\"logRecords\":[").append(parts.log_record).append("]}]}]}");
}

}  // namespace vedette::parse::otlp
