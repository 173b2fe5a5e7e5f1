// SPDX-License-Identifier: Apache-2.0
#include "base/protobuf_wire.h"
#include "source/otlp/limits.h"
#include "source/otlp/request_cut.h"
#include "source/otlp/request_parts.h"

namespace vedette::source::otlp {

using base::append_protobuf_bytes;
using base::ErrorCode;
using base::ProtobufField;
using base::ProtobufReader;
using base::Result;

namespace {

// Numbers of fields.   Source: opentelemetry-proto 1.7
constexpr std::uint32_t kResourceLogs = 1;  // of ExportLogsServiceRequest
constexpr std::uint32_t kScopeLogs = 2;     // of ResourceLogs
constexpr std::uint32_t kLogRecords = 2;    // of ScopeLogs

bool is_message(const ProtobufField& field, std::uint32_t number) {
    return field.number == number && field.wire == ProtobufField::Wire::bytes;
}

Result<void> damaged_message(std::string_view message) {
    return base::fail(ErrorCode::bad_input, "not a protobuf message", std::string(message));
}

/// Calls `on_child` with each message in field `number`, and `on_rest` with all other fields.
template <class OnChild, class OnRest>
Result<void> walk(std::string_view message, std::uint32_t number, std::string_view name,
                  OnChild&& on_child, OnRest&& on_rest) {
    ProtobufReader reader(message);
    ProtobufField field;
    while (reader.next(field)) {
        if (is_message(field, number)) {
            VD_TRY_DO(on_child(field));
        } else {
            on_rest(field);
        }
    }
    return reader.is_good() ? Result<void>{} : damaged_message(name);
}

constexpr auto kPassOver = [](const ProtobufField&) {};

Result<std::size_t> count_log_records(std::string_view body) {
    std::size_t count = 0;
    const auto count_one = [&](const ProtobufField&) -> Result<void> {
        return check_log_record_count(++count);
    };
    const auto in_scope = [&](const ProtobufField& field) {
        return walk(field.bytes, kLogRecords, "ScopeLogs", count_one, kPassOver);
    };
    const auto in_resource = [&](const ProtobufField& field) {
        return walk(field.bytes, kScopeLogs, "ResourceLogs", in_scope, kPassOver);
    };
    VD_TRY_DO(walk(body, kResourceLogs, "ExportLogsServiceRequest", in_resource, kPassOver));
    return count;
}

/// All fields of a message but those in field `number`, as they came.
Result<std::string> rest_of(std::string_view message, std::uint32_t number, std::string_view name) {
    std::string rest;
    const auto pass_over = [](const ProtobufField&) -> Result<void> { return {}; };
    VD_TRY_DO(walk(message, number, name, pass_over,
                   [&](const ProtobufField& field) { rest.append(field.whole); }));
    return rest;
}

std::string write_message_part(std::string_view resource, std::string_view scope,
                               std::string_view log_records) {
    std::string scope_logs(scope), resource_logs(resource), request;
    scope_logs.append(log_records);
    append_protobuf_bytes(resource_logs, kScopeLogs, scope_logs);
    append_protobuf_bytes(request, kResourceLogs, resource_logs);
    return request;
}

}  // namespace

Result<CutCounts> cut_protobuf(std::string_view body, RecordChunks& chunks) {
    VD_TRY(const std::size_t count, count_log_records(body));
    if (count == 0) return CutCounts{};
    if (body.size() <= kPartBytesMax && count <= kPartRowsMax) {
        chunks.add(body, {}, {}, count);
        return CutCounts{count, 0};
    }
    RequestParts parts(chunks, "", write_message_part);
    const auto take = [&](const ProtobufField& field) { return parts.add(field.whole); };
    const auto in_scope = [&](const ProtobufField& field) -> Result<void> {
        VD_TRY(std::string rest, rest_of(field.bytes, kLogRecords, "ScopeLogs"));
        parts.begin_scope(std::move(rest));
        VD_TRY_DO(walk(field.bytes, kLogRecords, "ScopeLogs", take, kPassOver));
        return parts.end_scope();
    };
    const auto in_resource = [&](const ProtobufField& field) -> Result<void> {
        VD_TRY(std::string rest, rest_of(field.bytes, kScopeLogs, "ResourceLogs"));
        parts.begin_resource(std::move(rest));
        return walk(field.bytes, kScopeLogs, "ResourceLogs", in_scope, kPassOver);
    };
    VD_TRY_DO(walk(body, kResourceLogs, "ExportLogsServiceRequest", in_resource, kPassOver));
    return parts.counts();
}

}  // namespace vedette::source::otlp
