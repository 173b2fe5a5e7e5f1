// SPDX-License-Identifier: Apache-2.0
#include "parse/metric_row.h"

#include "event/schema.h"
#include "parse/clean_text.h"
#include "parse/row_fields.h"

namespace vedette::parse {

namespace ecs = event::ecs;
using event::ValueKind;

ValueKind metric_value_kind(std::string_view value) {
    std::string_view digits = value;
    if (digits.starts_with('-')) digits.remove_prefix(1);
    if (is_digits(digits, 18) && (digits.size() == 1 || digits[0] != '0'))
        return ValueKind::integer;
    const std::size_t point = digits.find('.');
    if (point != std::string_view::npos && is_digits(digits.substr(0, point), 18) &&
        is_digits(digits.substr(point + 1), 18)) {
        return ValueKind::real;
    }
    return ValueKind::text;
}

MetricRow::MetricRow(event::FieldDictionary& fields) : named_(fields) {
    const auto id = [&](std::string_view name) {
        return fields.intern(name).value_or(event::kNoField);
    };
    name_ = id("metric.name");
    value_ = id("metric.value");
    series_ = id("metric.series");
    type_ = id("metric.type");
    stale_ = id("metric.stale");
    service_ = id("service.name");
}

void MetricRow::add_text(event::FieldId field, std::string_view value, RowSink& sink) {
    if (value.empty() || field == event::kNoField) return;
    const CleanText clean = clean_text(value, scratch_);
    if (!clean.was_valid) sink.batch().rows().back().flags |= event::kRowInvalidUtf8;
    sink.batch().add(field, clean.text);
}

void MetricRow::add(const MetricSample& sample, RowSink& sink) {
    event::Batch& batch = sink.batch();
    add_text(name_, sample.name, sink);
    add_text(series_, sample.series, sink);
    if (!sample.value.empty() && value_ != event::kNoField) {
        batch.add(value_, sample.value, metric_value_kind(sample.value));
    }
    if (sample.is_counter) add_text(type_, "counter", sink);
    if (sample.is_stale && stale_ != event::kNoField) {
        batch.add(stale_, "true", ValueKind::boolean);
    }
    std::size_t bytes = 0;
    for (const MetricLabel& label : sample.labels) bytes += label.name.size() + label.value.size();
    named_.start_row(bytes);
    for (const MetricLabel& label : sample.labels) {
        label_.assign("labels.").append(label.name);
        const NamedValues::Place place = named_.place(label_, sink);
        if (NamedValues::is_taken(place, sink)) continue;
        named_.add(place, label.value, ValueKind::text, sink);
        if (label.name == "job") add_text(service_, label.value, sink);
        if (label.name != "instance") continue;
        const std::string_view host = split_port(label.value).host;
        // Who has no name is known by the address.
        add_text(ecs::kHostName, host, sink);
        if (is_ip_address(host)) add_text(ecs::kHostIp, host, sink);
    }
}

}  // namespace vedette::parse
