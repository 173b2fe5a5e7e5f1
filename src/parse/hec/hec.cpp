// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <cmath>
#include <optional>

#include "base/json_scan.h"
#include "event/schema.h"
#include "parse/clean_text.h"
#include "parse/hec/envelope_reader.h"
#include "parse/hec/sourcetypes.h"
#include "parse/inner_text.h"
#include "parse/named_values.h"
#include "parse/registry.h"
#include "parse/row_fields.h"
#include "parse/time_fields.h"

namespace vedette::parse {

namespace {

namespace ecs = event::ecs;
using event::FieldId;
using event::ValueKind;

constexpr std::string_view kName = "hec";
constexpr std::string_view kRawName = "hec_raw";
constexpr std::string_view kDataset = "splunk.hec";

/// Seconds since 1970 as number or text; some senders write numbers with an exponent.
std::optional<base::Timestamp> read_time(std::string_view text) {
    if (const auto time = parse_epoch(text)) return time;
    double seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    constexpr double kSecondsMin = 1e8, kSecondsMax = 9.2e9;
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    if (!(seconds >= kSecondsMin && seconds < kSecondsMax)) return std::nullopt;
    return base::Timestamp{std::llround(seconds * 1e9)};
}

bool is_path(std::string_view source) {
    return source.starts_with('/') || (source.size() > 2 && source.substr(1, 2) == ":\\");
}

/// Events of Splunk's HTTP Event Collector (README.md beside this says what becomes what).
class HecDecoder final : public Decoder {
  public:
    /// Whether a record is the object of an event, or a line whose envelope is the chunk's context.
    enum class Form { event, raw };

    HecDecoder(event::FieldDictionary& fields, Form form)
        : host_(*fields.intern("splunk.host")),
          source_(*fields.intern("splunk.source")),
          sourcetype_(*fields.intern("splunk.sourcetype")),
          index_(*fields.intern("splunk.index")),
          log_path_(*fields.intern("log.file.path")),
          form_(form),
          named_(fields) {}

    void decode(std::string_view record, const event::Envelope& envelope, RowSink& sink) override {
        event::Row& row = sink.row(record);
        row.dataset = sink.batch().dataset_index(kDataset);
        const CleanText clean = clean_text(record, scratch_);
        if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
        named_.start_row(record.size());
        if (!read(clean.text, envelope.context)) {
            row.flags |= event::kRowNotDecoded;
            sink.batch().add(ecs::kMessage, clean.text);
            return;
        }
        const auto time = read_time(event_.time);
        if (time) set_time(row, *time);
        if (event_.is_string) {
            add_text_event(sink);
            // The sender's clock says it with its zone; the time in a line is often without.
            if (time) set_time(row, *time);
        } else {
            add_json_event(sink);
        }
        add_metadata(sink);
        add_fields(sink);
    }

  private:
    bool read(std::string_view record, std::string_view context) {
        if (form_ == Form::event) {
            if (!reader_.read(record, event_) || !event_.has_event) return false;
            add_defaults(context);
            return true;
        }
        event_ = hec::HecEvent();
        if (!context.empty()) reader_.read(context, event_);
        event_.event = record;
        event_.is_string = true;
        return true;
    }

    /// What the request's query said of all its events.
    void add_defaults(std::string_view context) {
        if (context.empty() || !context_reader_.read(context, defaults_)) return;
        const auto fill = [](std::string_view& value, std::string_view fallback) {
            if (value.empty()) value = fallback;
        };
        fill(event_.host, defaults_.host);
        fill(event_.source, defaults_.source);
        fill(event_.sourcetype, defaults_.sourcetype);
        fill(event_.index, defaults_.index);
    }

    void add_text_event(RowSink& sink) {
        const CleanText clean = clean_text(event_.event, text_);
        std::string_view text = clean.text;
        while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
        std::string_view hint = event_.format;
        if (hint.empty()) hint = hec::format_of_sourcetype(event_.sourcetype, hint_);
        hand_on_text(hint, text, sink);
        if (!sink.batch().last_row_has(ecs::kMessage)) sink.batch().add(ecs::kMessage, text);
    }

    void add_json_event(RowSink& sink) {
        event::Batch& batch = sink.batch();
        const std::string_view written = event_.event;
        switch (written.front()) {
            case '{':
                if (sink.inner("json", written)) return;
                batch.rows().back().flags |= event::kRowNotDecoded;
                return batch.add(ecs::kMessage, written);
            case '[': return batch.add(ecs::kMessage, written);
            case 't':
            case 'f': return batch.add(ecs::kMessage, written, ValueKind::boolean);
            case 'n': return batch.add(ecs::kMessage, {}, ValueKind::null);
            default: {
                const bool is_real = written.find_first_of(".eE") != written.npos;
                batch.add(ecs::kMessage, written, is_real ? ValueKind::real : ValueKind::integer);
            }
        }
    }

    /// What the event itself says of its host stands.
    void add_metadata(RowSink& sink) {
        add(host_, event_.host, sink);
        add(source_, event_.source, sink);
        add(sourcetype_, event_.sourcetype, sink);
        add(index_, event_.index, sink);
        if (!sink.batch().last_row_has(ecs::kHostName)) add(ecs::kHostName, event_.host, sink);
        if (is_path(event_.source) && !sink.batch().last_row_has(log_path_)) {
            add(log_path_, event_.source, sink);
        }
    }

    void add(FieldId field, std::string_view value, RowSink& sink) {
        if (value.empty()) return;
        named_.add({field, {}}, value, ValueKind::text, sink);
    }

    void add_fields(RowSink& sink) {
        NamedValues::Place place;
        bool is_wanted = false;
        for (const hec::IndexedField& field : event_.fields) {
            if (field.is_first) {
                place = named_.place(field.name, sink);
                is_wanted = !NamedValues::is_taken(place, sink);
            }
            if (is_wanted) named_.add(place, field.value, field.kind, sink);
        }
    }

    const FieldId host_, source_, sourcetype_, index_, log_path_;
    const Form form_;
    NamedValues named_;
    hec::EnvelopeReader reader_, context_reader_;
    hec::HecEvent event_, defaults_;
    std::string scratch_, text_, hint_;  // caches of memory, not of meaning
};

/// An event and at least one other member of the envelope, and nothing else.
bool is_hec_event(std::string_view record) {
    base::JsonScan scan(record);
    bool has_event = false, has_other = false;
    const bool is_object = scan.object([&](std::string_view key) {
        std::string_view value;
        const bool is_other = key == "time" || key == "host" || key == "source" ||
                              key == "sourcetype" || key == "index" || key == "fields";
        has_event |= key == "event";
        has_other |= is_other;
        return (is_other || key == "event") && scan.value(value);
    });
    return is_object && has_event && has_other;
}

int recognise(const std::vector<std::string_view>& records) {
    int known = 0, count = 0;
    for (const std::string_view record : records) {
        if (record.empty()) continue;
        ++count;
        if (record.front() == '{' && is_hec_event(record)) ++known;
    }
    return count == 0 ? 0 : 95 * known / count;
}

}  // namespace

void register_hec(Registry& registry) {
    using Form = HecDecoder::Form;
    Format format;
    format.declaration.name = kName;
    format.declaration.recognise = recognise;
    format.make = [](event::FieldDictionary& fields) {
        return std::make_unique<HecDecoder>(fields, Form::event);
    };
    format.summary = "events of Splunk's HTTP Event Collector, with what is inside them";
    registry.add(std::move(format));

    Format raw;
    raw.declaration.name = kRawName;
    raw.declaration.recognise = [](const std::vector<std::string_view>&) { return 0; };
    raw.make = [](event::FieldDictionary& fields) {
        return std::make_unique<HecDecoder>(fields, Form::raw);
    };
    raw.summary = "lines sent to Splunk's /services/collector/raw";
    registry.add(std::move(raw));
}

}  // namespace vedette::parse
