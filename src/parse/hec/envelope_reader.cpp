// SPDX-License-Identifier: Apache-2.0
#include "parse/hec/envelope_reader.h"

#include <utility>

#include "base/json_scan.h"

namespace vedette::parse::hec {

using base::JsonScan;
using event::ValueKind;

namespace {

ValueKind kind_of(std::string_view written) {
    switch (written.front()) {
        case '"': return ValueKind::text;
        case 't':
        case 'f': return ValueKind::boolean;
        case 'n': return ValueKind::null;
        default:
            return written.find_first_of(".eE") == written.npos ? ValueKind::integer
                                                                : ValueKind::real;
    }
}

}  // namespace

/// Nearly every text has no escape and is handed out as it stands.
std::string_view EnvelopeReader::unescaped(std::string_view written) {
    if (written.find('\\') == written.npos) return written;
    if (kept_.size() == kept_count_) kept_.emplace_back();
    std::string& text = kept_[kept_count_++];
    text.clear();
    base::append_json_unescaped(text, written);
    return text;
}

/// A string unescaped and without its quotes; a number or word as written; nothing for null.
std::string_view EnvelopeReader::plain(std::string_view written) {
    if (written.front() == '"') return unescaped(written.substr(1, written.size() - 2));
    return written == "null" ? std::string_view() : written;
}

bool EnvelopeReader::read(std::string_view text, HecEvent& event) {
    kept_count_ = 0;
    std::vector<IndexedField> fields = std::move(event.fields);  // for its memory
    fields.clear();
    event = HecEvent();
    event.fields = std::move(fields);
    JsonScan scan(text);
    const bool is_object = scan.object([&](std::string_view key) {
        std::string_view written;
        if (!scan.value(written)) return false;
        if (key == "event") {
            event.has_event = true;
            event.is_string = written.front() == '"';
            event.event = event.is_string ? plain(written) : written;
        } else if (key == "time") {
            event.time = plain(written);
        } else if (key == "host") {
            event.host = plain(written);
        } else if (key == "source") {
            event.source = plain(written);
        } else if (key == "sourcetype") {
            event.sourcetype = plain(written);
        } else if (key == "index") {
            event.index = plain(written);
        } else if (key == "format") {
            event.format = plain(written);
        } else if (key == "fields") {
            read_fields(written, event);
        }
        return true;
    });
    return is_object && scan.is_at_end();
}

void EnvelopeReader::read_fields(std::string_view written, HecEvent& event) {
    JsonScan scan(written);
    scan.object([&](std::string_view key) {
        const std::string_view name = unescaped(key);
        std::string_view value;
        if (scan.peek() != '[') {
            if (!scan.value(value)) return false;
            add_field(name, value, true, event);
            return true;
        }
        bool is_first = true;
        return scan.list([&] {
            if (!scan.value(value)) return false;
            add_field(name, value, std::exchange(is_first, false), event);
            return true;
        });
    });
}

void EnvelopeReader::add_field(std::string_view name, std::string_view written, bool is_first,
                               HecEvent& event) {
    const bool is_nested = written.front() == '{' || written.front() == '[';
    // Splunk refuses these; in a file they may stand all the same and are kept as text.
    if (is_nested) {
        event.fields.push_back({name, written, ValueKind::text, is_first});
        return;
    }
    event.fields.push_back({name, plain(written), kind_of(written), is_first});
}

}  // namespace vedette::parse::hec
