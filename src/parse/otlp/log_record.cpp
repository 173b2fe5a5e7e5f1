// SPDX-License-Identifier: Apache-2.0
#include "parse/otlp/log_record.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/base64.h"
#include "base/json_scan.h"
#include "event/schema.h"
#include "parse/clean_text.h"
#include "parse/inner_text.h"
#include "parse/text_scan.h"

namespace vedette::parse::otlp {

namespace ecs = event::ecs;
using base::JsonScan;
using event::FieldId;
using event::ValueKind;

namespace {

/// The ranges of SeverityNumber, four numbers each from 1.
/// Source: OpenTelemetry, logs data model, "Field: SeverityNumber"
constexpr std::array<std::string_view, 6> kLevels = {"trace", "debug", "info",
                                                     "warn",  "error", "fatal"};

/// Attributes that hold an address or a name, and where ECS keeps each.
/// Source: OpenTelemetry semantic conventions 1.34; http.client_ip before 1.21
struct AddressAttribute {
    std::string_view name;
    FieldId ip, domain;
};
constexpr std::array kAddresses{
    AddressAttribute{"client.address", ecs::kSourceIp, ecs::kSourceDomain},
    AddressAttribute{"source.address", ecs::kSourceIp, ecs::kSourceDomain},
    AddressAttribute{"http.client_ip", ecs::kSourceIp, ecs::kSourceDomain},
    AddressAttribute{"server.address", ecs::kDestinationIp, ecs::kDestinationDomain},
    AddressAttribute{"destination.address", ecs::kDestinationIp, ecs::kDestinationDomain},
};

std::string_view without_quotes(std::string_view written) {
    return written.starts_with('"') ? written.substr(1, written.size() - 2) : written;
}

/// A 64-bit number as number or string. Nothing for 0, which stands for "not there".
std::optional<std::int64_t> read_number(std::string_view written) {
    const std::string_view text = without_quotes(written);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value <= 0) return std::nullopt;
    return value;
}

/// Whether an id has digits other than 0, as a valid one has.
bool is_id(std::string_view text) { return text.find_first_not_of('0') != text.npos; }

}  // namespace

/// The members of a log record, as written.
struct LogRecordReader::Members {
    std::string_view time, observed_time, severity_number, severity_text, event_name, body,
        attributes, dropped, flags, trace_id, span_id;

    bool read(std::string_view written) {
        JsonScan scan(written);
        return scan.object([&](std::string_view key) {
            std::string_view value;
            if (!scan.value(value)) return false;
            if (std::string_view* const member = named(key)) *member = value;
            return true;
        });
    }

  private:
    std::string_view* named(std::string_view key) {
        if (key == "timeUnixNano") return &time;
        if (key == "observedTimeUnixNano") return &observed_time;
        if (key == "severityNumber") return &severity_number;
        if (key == "severityText") return &severity_text;
        if (key == "eventName") return &event_name;
        if (key == "body") return &body;
        if (key == "attributes") return &attributes;
        if (key == "droppedAttributesCount") return &dropped;
        if (key == "flags") return &flags;
        if (key == "traceId") return &trace_id;
        return key == "spanId" ? &span_id : nullptr;
    }
};

LogRecordReader::LogRecordReader(event::FieldDictionary& fields)
    : named_(fields),
      trace_id_(*fields.intern("trace.id")),
      span_id_(*fields.intern("span.id")),
      trace_flags_(*fields.intern("otel.trace_flags")),
      event_severity_(*fields.intern("event.severity")),
      event_name_(*fields.intern("otel.event_name")),
      dropped_(*fields.intern("otel.dropped_attributes_count")),
      schema_url_(*fields.intern("otel.schema_url")),
      scope_name_(*fields.intern("otel.scope.name")),
      scope_version_(*fields.intern("otel.scope.version")) {}

bool LogRecordReader::read(const LogParts& parts, RowSink& sink) {
    Members members;
    if (!members.read(parts.log_record)) return false;
    named_.start_row(parts.log_record.size() + parts.resource.size() + parts.scope.size());
    // What knows more of the event comes first: of a field that two of them have the first stands.
    add_body(members.body, sink);
    // A line inside the body may have told a time, mostly without its zone.
    read_time(members, sink.batch().rows().back());
    add_severity(members, sink);
    add_ids(members, sink);
    add_attributes(members.attributes, {}, sink);
    add_scope(parts, sink);
    add_resource(parts, sink);
    return true;
}

void LogRecordReader::read_time(const Members& members, event::Row& row) {
    auto time = read_number(members.time);
    if (!time) time = read_number(members.observed_time);
    if (time) set_time(row, base::Timestamp{*time});
}

void LogRecordReader::add_body(std::string_view written, RowSink& sink) {
    if (written.empty()) return;
    event::Batch& batch = sink.batch();
    const AnyValue body = read_any_value(written);
    switch (body.kind) {
        case AnyValue::Kind::none: return;
        case AnyValue::Kind::scalar:
            if (body.scalar == ValueKind::text) return add_text_body(unescaped(body.text), sink);
            return batch.add(ecs::kMessage, body.text, body.scalar);
        case AnyValue::Kind::bytes:
            text_ = base::base64_decoded(body.text).value_or(std::string(body.text));
            return add_text(ecs::kMessage, text_, sink);
        case AnyValue::Kind::list:
        case AnyValue::Kind::map: break;
    }
    bool is_truncated = false;
    json_.clear();
    append_plain_json(body, json_, is_truncated);
    if (is_truncated) batch.rows().back().flags |= event::kRowTruncated;
    const bool is_taken = body.kind == AnyValue::Kind::map && sink.inner("json", json_);
    if (!is_taken) add_text(ecs::kMessage, json_, sink);
}

void LogRecordReader::add_text_body(std::string_view body, RowSink& sink) {
    std::string scratch;
    const CleanText clean = clean_text(body, scratch);
    std::string_view text = clean.text;
    while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
    hand_on_text({}, text, sink);
    if (!sink.batch().last_row_has(ecs::kMessage)) sink.batch().add(ecs::kMessage, text);
}

void LogRecordReader::add_severity(const Members& members, RowSink& sink) {
    const auto number = read_number(members.severity_number);
    const std::string_view text = without_quotes(members.severity_text);
    if (!text.empty()) add_text(ecs::kLogLevel, unescaped(text), sink);
    if (!number || *number > 24) return;
    if (text.empty()) {
        add_text(ecs::kLogLevel, kLevels[static_cast<std::size_t>(*number - 1) / 4], sink);
    }
    add_text(event_severity_, std::to_string(*number), sink, ValueKind::integer);
}

void LogRecordReader::add_ids(const Members& members, RowSink& sink) {
    const std::string_view trace = without_quotes(members.trace_id),
                           span = without_quotes(members.span_id);
    if (is_id(trace)) add_text(trace_id_, unescaped(trace), sink);
    if (is_id(span)) add_text(span_id_, unescaped(span), sink);
    const auto add_count = [&](FieldId field, std::string_view written) {
        const auto count = read_number(written);
        if (count) add_text(field, std::to_string(*count), sink, ValueKind::integer);
    };
    add_count(trace_flags_, members.flags);
    add_count(dropped_, members.dropped);
    const std::string_view name = without_quotes(members.event_name);
    if (name.empty()) return;
    add_text(event_name_, unescaped(name), sink);
    add_text(ecs::kEventAction, unescaped(name), sink);
}

void LogRecordReader::add_attributes(std::string_view list, std::string_view prefix,
                                     RowSink& sink) {
    JsonScan scan(list);
    scan.list([&] {
        std::string_view written;
        if (!scan.value(written)) return false;
        const KeyValue pair = read_key_value(written);
        std::string name(prefix);
        name.append(unescaped(pair.key));
        add_value(name, read_any_value(pair.value), 0, sink);
        return true;
    });
}

/// Pairs inside a value have their names joined by dots; a name that is too long by itself stays.
void LogRecordReader::add_value(const std::string& name, const AnyValue& value, std::size_t depth,
                                RowSink& sink) {
    event::Row& row = sink.batch().rows().back();
    const bool is_map = value.kind == AnyValue::Kind::map && !value.text.empty();
    if (is_map && (depth == event::kDepthMax || name.size() > event::kFieldNameBytesMax)) {
        row.flags |= event::kRowTruncated;
        return;
    }
    if (is_map) {
        JsonScan scan(value.text);
        scan.list([&] {
            std::string_view written;
            if (!scan.value(written)) return false;
            const KeyValue pair = read_key_value(written);
            add_value(name + "." + std::string(unescaped(pair.key)), read_any_value(pair.value),
                      depth + 1, sink);
            return true;
        });
        return;
    }
    const NamedValues::Place place = named_.place(name, sink);
    if (NamedValues::is_taken(place, sink)) return;
    switch (value.kind) {
        case AnyValue::Kind::none: return named_.add(place, {}, ValueKind::null, sink);
        case AnyValue::Kind::map: return named_.add(place, {}, ValueKind::empty_object, sink);
        case AnyValue::Kind::bytes: return named_.add(place, value.text, ValueKind::text, sink);
        case AnyValue::Kind::list: return add_elements(place, value.text, sink);
        case AnyValue::Kind::scalar: break;
    }
    add_scalar(place, value, sink);
    if (value.scalar == ValueKind::text) add_address(name, text_, sink);
}

void LogRecordReader::add_elements(const NamedValues::Place& place, std::string_view list,
                                   RowSink& sink) {
    bool is_empty = true;
    JsonScan scan(list);
    scan.list([&] {
        std::string_view written;
        if (!scan.value(written)) return false;
        is_empty = false;
        const AnyValue element = read_any_value(written);
        if (element.kind == AnyValue::Kind::list || element.kind == AnyValue::Kind::map) {
            bool is_truncated = false;
            json_.clear();
            append_plain_json(element, json_, is_truncated);
            if (is_truncated) sink.batch().rows().back().flags |= event::kRowTruncated;
            named_.add(place, json_, ValueKind::text, sink);
        } else {
            add_scalar(place, element, sink);
        }
        return true;
    });
    if (is_empty) named_.add(place, {}, ValueKind::empty_list, sink);
}

/// Of a string the text is left in text_.
void LogRecordReader::add_scalar(const NamedValues::Place& place, const AnyValue& value,
                                 RowSink& sink) {
    if (value.scalar != ValueKind::text) return named_.add(place, value.text, value.scalar, sink);
    text_.clear();
    base::append_json_unescaped(text_, value.text);
    named_.add(place, text_, ValueKind::text, sink);
}

void LogRecordReader::add_address(std::string_view name, std::string_view text, RowSink& sink) {
    const auto known =
        std::find_if(kAddresses.begin(), kAddresses.end(),
                     [&](const AddressAttribute& each) { return each.name == name; });
    if (known == kAddresses.end() || text.empty()) return;
    add_text(is_ip_address(text) ? known->ip : known->domain, text, sink);
}

void LogRecordReader::add_scope(const LogParts& parts, RowSink& sink) {
    if (!parts.scope_schema_url.empty()) add_text(schema_url_, parts.scope_schema_url, sink);
    std::string_view attributes;
    JsonScan scan(parts.scope);
    scan.object([&](std::string_view key) {
        std::string_view value;
        if (!scan.value(value)) return false;
        if (key == "attributes") attributes = value;
        if (value == "\"\"" || value.front() != '"') return true;
        if (key == "name") {
            add_text(scope_name_, unescaped(without_quotes(value)), sink);
            add_text(ecs::kLogLogger, unescaped(without_quotes(value)), sink);
        } else if (key == "version") {
            add_text(scope_version_, unescaped(without_quotes(value)), sink);
        }
        return true;
    });
    add_attributes(attributes, "otel.scope.", sink);
}

void LogRecordReader::add_resource(const LogParts& parts, RowSink& sink) {
    if (!parts.resource_schema_url.empty()) add_text(schema_url_, parts.resource_schema_url, sink);
    JsonScan scan(parts.resource);
    scan.object([&](std::string_view key) {
        std::string_view value;
        if (!scan.value(value)) return false;
        if (key == "attributes") add_attributes(value, {}, sink);
        return true;
    });
}

/// Adds a value of our own naming, unless the row has one.
void LogRecordReader::add_text(FieldId field, std::string_view text, RowSink& sink,
                               ValueKind kind) {
    if (!sink.batch().last_row_has(field)) named_.add({field, {}}, text, kind, sink);
}

/// Good until the next call.
std::string_view LogRecordReader::unescaped(std::string_view written) {
    if (written.find('\\') == written.npos) return written;
    name_.clear();
    base::append_json_unescaped(name_, written);
    return name_;
}

}  // namespace vedette::parse::otlp
