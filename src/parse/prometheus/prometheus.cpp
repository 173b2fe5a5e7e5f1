// SPDX-License-Identifier: Apache-2.0
#include "event/schema.h"
#include "parse/clean_text.h"
#include "parse/metric_row.h"
#include "parse/prometheus/text_line.h"
#include "parse/prometheus/write_request.h"
#include "parse/registry.h"
#include "parse/time_fields.h"

namespace vedette::parse {

namespace {

namespace ecs = event::ecs;
using prometheus::TextLine;

constexpr std::string_view kName = "prometheus";
constexpr std::string_view kDataset = "prometheus.metrics";

/// By the names that clients' libraries give: there is no type beside a sample.
/// Source: OpenMetrics 1.0, "Counter", "Histogram", "Summary"
bool is_counter(std::string_view name) {
    return name.ends_with("_total") || name.ends_with("_count") || name.ends_with("_bucket") ||
           name.ends_with("_sum");
}

/// A text is a line; on the wire a request begins with the tag of a field, a control character.
bool is_wire(std::string_view record) {
    return !record.empty() && static_cast<unsigned char>(record.front()) < 0x20 &&
           record.front() != '\t';
}

/// Requests of Prometheus remote write, a row a sample, and lines of the text exposition format
/// (README.md beside this says what becomes what).
class PrometheusDecoder final : public Decoder {
  public:
    explicit PrometheusDecoder(event::FieldDictionary& fields) : metrics_(fields) {}

    void decode(std::string_view record, const event::Envelope&, RowSink& sink) override {
        if (!is_wire(record)) return decode_text(record, sink);
        std::size_t row_count = 0;
        const bool is_good = prometheus::walk_write_request(
            record,
            [&](std::string_view line) {
                ++row_count;
                event::Row& row = start_row(record, sink);
                const CleanText clean = clean_text(line, scratch_);
                if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
                sink.set_raw(clean.text);
                if (line_.read(clean.text)) return add_sample(row, sink);
                row.flags |= event::kRowNotDecoded;
                sink.batch().add(ecs::kMessage, clean.text);
            },
            [&](std::string_view bytes) {
                ++row_count;
                add_damaged(bytes, sink);
            });
        if (!is_good) return add_message_row(record, sink);
        // A request without samples is one all the same; in a file it may stand.
        if (row_count == 0) start_row(record, sink);
    }

  private:
    static event::Row& start_row(std::string_view raw, RowSink& sink) {
        event::Row& row = sink.row(raw);  // may begin another batch
        row.dataset = sink.batch().dataset_index(kDataset);
        return row;
    }

    void decode_text(std::string_view record, RowSink& sink) {
        const std::size_t begin = record.find_first_not_of(" \t");
        // Nothing is told by help, types and the end that is not in the names.
        if (begin == record.npos || record[begin] == '#') return;
        event::Row& row = start_row(record, sink);
        const CleanText clean = clean_text(record, scratch_);
        if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
        if (line_.read(clean.text)) return add_sample(row, sink);
        row.flags |= event::kRowNotDecoded;
        sink.batch().add(ecs::kMessage, clean.text);
    }

    void add_damaged(std::string_view bytes, RowSink& sink) {
        event::Row& row = start_row(bytes, sink);
        row.flags |= event::kRowNotDecoded;
        const CleanText clean = clean_text(bytes, scratch_);
        if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
        sink.batch().add(ecs::kMessage, clean.text);
    }

    void add_sample(event::Row& row, RowSink& sink) {
        if (const auto time = parse_epoch(line_.time())) set_time(row, *time);
        MetricSample sample;
        sample.name = line_.name();
        sample.labels = line_.labels();
        sample.series = line_.series();
        sample.is_stale = line_.value() == prometheus::kStaleText;
        sample.is_counter = is_counter(line_.name());
        if (!sample.is_stale) sample.value = line_.value();
        metrics_.add(sample, sink);
    }

    MetricRow metrics_;
    TextLine line_;
    std::string scratch_;  // a cache of memory, not of meaning
};

/// Lines of text that say what is to follow, or whose samples have labels: a word and a number
/// alone may be anything.
int recognise(const std::vector<std::string_view>& records) {
    int known = 0, count = 0, telling = 0;
    TextLine line;
    for (const std::string_view record : records) {
        if (record.empty()) continue;
        ++count;
        const bool is_told = record.starts_with("# HELP ") || record.starts_with("# TYPE ");
        if (is_told) ++telling;
        if (is_told || record == "# EOF") {
            ++known;
        } else if (line.read(record)) {
            ++known;
            if (!line.labels().empty()) ++telling;
        }
    }
    return count == 0 || known * 10 < count * 9 || telling * 5 < count ? 0 : 88;
}

}  // namespace

void register_prometheus(Registry& registry) {
    Format format;
    format.declaration.name = kName;
    format.declaration.recognise = recognise;
    format.make = [](event::FieldDictionary& fields) {
        return std::make_unique<PrometheusDecoder>(fields);
    };
    format.summary =
        "metrics of Prometheus: remote write and the text exposition format, a row a sample";
    registry.add(std::move(format));
}

}  // namespace vedette::parse
