// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "event/lower_case.h"
#include "event/schema.h"
#include "parse/clean_text.h"
#include "parse/csv_line.h"
#include "parse/metric_row.h"
#include "parse/registry.h"
#include "parse/text_scan.h"
#include "parse/time_fields.h"

namespace vedette::parse {

namespace {

namespace ecs = event::ecs;

constexpr std::string_view kName = "metric_table";
constexpr std::string_view kDataset = "csv.metrics";

/// Names of a first column that is the time.
constexpr std::array<std::string_view, 8> kTimeNames = {"timestamp", "time", "date",  "datetime",
                                                        "ts",        "ds",   "_time", "@timestamp"};
/// Words in names that tell a table of events: their numbers are no measurements.
constexpr std::array<std::string_view, 12> kEventWords = {
    "port", "ip", "pid", "uid", "user", "id", "status", "code", "event", "type", "proto", "class"};
/// Times before 1980 are counters of seconds, not times.
constexpr std::int64_t kTimeMinNs = 315'532'800ll * base::kNsPerSecond;

bool is_number(std::string_view text) {
    std::string_view digits = text;
    if (digits.starts_with('-') || digits.starts_with('+')) digits.remove_prefix(1);
    bool has_digit = false;
    for (const char c : digits) {
        has_digit = has_digit || is_digit(c);
        if (!is_digit(c) && c != '.' && c != 'e' && c != 'E' && c != '-' && c != '+') return false;
    }
    return has_digit && (is_digit(digits[0]) || digits[0] == '.');
}

bool is_event_name(std::string_view name) {
    for (std::size_t at = 0; at < name.size();) {
        const std::size_t end = std::min(name.find_first_of("_-. ", at), name.size());
        const std::string_view word = name.substr(at, end - at);
        if (std::find(kEventWords.begin(), kEventWords.end(), word) != kEventWords.end()) {
            return true;
        }
        at = end + 1;
    }
    return false;
}

bool is_metric_header(const csv::TableHeader& header) {
    if (header.names.size() < 2) return false;
    std::string room;
    const std::string_view first = event::lower_case(header.names[0], room);
    if (std::find(kTimeNames.begin(), kTimeNames.end(), first) == kTimeNames.end()) return false;
    return std::none_of(header.names.begin() + 1, header.names.end(), [&](const std::string& name) {
        return is_event_name(event::lower_case(name, room));
    });
}

/// Tables of measurements: a column of times and columns of numbers, each a series.
class MetricTableDecoder final : public Decoder {
  public:
    explicit MetricTableDecoder(event::FieldDictionary& fields) : metrics_(fields), reader_(',') {}

    void decode(std::string_view record, const event::Envelope& envelope, RowSink& sink) override {
        if (!is_known_ || envelope.context != context_ || envelope.origin != origin_) {
            learn(envelope);
        }
        const CleanText clean = clean_text(record, scratch_);
        const std::uint16_t flags = clean.was_valid ? 0 : event::kRowInvalidUtf8;
        const auto& values = reader_.read(clean.text);
        const bool fits = header_.names.size() >= 2 && values.size() == header_.names.size() &&
                          !reader_.is_open();
        const auto time = fits ? times_.read(trimmed(values[0])) : std::nullopt;
        if (!time) {
            event::Row& row = start_row(record, flags, sink);
            row.flags |= event::kRowNotDecoded;
            sink.batch().add(ecs::kMessage, clean.text);
            return;
        }
        bool is_empty = true;
        for (std::size_t i = 1; i < values.size(); ++i) {
            const std::string_view value = trimmed(values[i]);
            if (value.empty()) continue;
            is_empty = false;
            set_time(start_row(record, flags, sink), *time);
            MetricSample sample;
            sample.name = header_.names[i];
            sample.series = series_[i];
            sample.value = value;
            metrics_.add(sample, sink);
        }
        if (is_empty) set_time(start_row(record, flags, sink), *time);
    }

  private:
    static event::Row& start_row(std::string_view raw, std::uint16_t flags, RowSink& sink) {
        event::Row& row = sink.row(raw);  // may begin another batch
        row.dataset = sink.batch().dataset_index(kDataset);
        row.flags |= flags;
        return row;
    }

    void learn(const event::Envelope& envelope) {
        context_ = envelope.context;
        origin_ = envelope.origin;
        header_ = csv::read_table_header(context_);
        reader_ = csv::LineReader(header_.delimiter);
        const std::string& whose = origin_.empty() ? envelope.source : origin_;
        series_.clear();
        for (const std::string& name : header_.names) series_.push_back(whose + ": " + name);
        is_known_ = true;
    }

    MetricRow metrics_;
    std::string context_, origin_;  // what header_ and series_ were read from
    bool is_known_ = false;
    csv::TableHeader header_;
    csv::LineReader reader_;
    std::vector<std::string> series_;  // by column
    TimeReader times_;
    std::string scratch_;
};

/// A header whose first name is a time's and whose others are no event's; behind it times that
/// ascend, and numbers. Surer than the general table, which it is as well.
int recognise(const std::vector<std::string_view>& records) {
    std::size_t at = 0;
    while (at < records.size() && records[at].empty()) ++at;
    if (at + 2 >= records.size()) return 0;
    const csv::TableHeader header = csv::read_table_header(records[at]);
    if (!is_metric_header(header)) return 0;
    csv::LineReader reader(header.delimiter);
    TimeReader times;
    std::int64_t before_ns = kTimeMinNs;
    std::size_t number_count = 0;
    for (++at; at < records.size(); ++at) {
        if (records[at].empty()) continue;
        const auto& values = reader.read(records[at]);
        if (values.size() != header.names.size()) return 0;
        const auto time = times.read(trimmed(values[0]));
        if (!time || time->unix_ns <= before_ns) return 0;
        before_ns = time->unix_ns;
        for (std::size_t i = 1; i < values.size(); ++i) {
            const std::string_view value = trimmed(values[i]);
            if (!value.empty() && !is_number(value)) return 0;
            if (!value.empty()) ++number_count;
        }
    }
    return number_count >= 2 ? 78 : 0;
}

}  // namespace

void register_metric_table(Registry& registry) {
    Format format;
    format.declaration.name = kName;
    format.declaration.framing.header = event::Framing::Header::first;
    format.declaration.recognise = recognise;
    format.make = [](event::FieldDictionary& fields) {
        return std::make_unique<MetricTableDecoder>(fields);
    };
    format.summary = "tables of measurements: a column of times, then a column a metric";
    registry.add(std::move(format));
}

}  // namespace vedette::parse
