// SPDX-License-Identifier: Apache-2.0
#include "event/schema.h"
#include "parse/clean_text.h"
#include "parse/otlp/log_record.h"
#include "parse/otlp/otlp_map.h"
#include "parse/otlp/request_walk.h"
#include "parse/registry.h"

namespace vedette::parse {

namespace {

namespace ecs = event::ecs;
using otlp::LogParts;

constexpr std::string_view kName = "otlp";
constexpr std::string_view kDataset = "otel.logs";

/// Requests of OpenTelemetry's log exporters in both encodings, a row for each log record
/// (README.md beside this says what becomes what).
class OtlpDecoder final : public Decoder {
  public:
    explicit OtlpDecoder(event::FieldDictionary& fields)
        : log_records_(fields), map_(fields, otlp::attribute_rules(), {}) {}

    void decode(std::string_view record, const event::Envelope&, RowSink& sink) override {
        row_count_ = 0;
        bool is_good = false;
        // Protobuf cannot begin like JSON: '{' would be the start of a group.
        const std::size_t begin = record.find_first_not_of(" \t\r\n");
        if (begin != record.npos && record[begin] == '{') {
            const CleanText clean = clean_text(record, scratch_);
            const std::uint16_t flags = clean.was_valid ? 0 : event::kRowInvalidUtf8;
            is_good = otlp::walk_json(clean.text, [&](const LogParts& parts, std::string_view) {
                add_row(record, parts, flags, sink);
            });
        } else {
            is_good = otlp::walk_protobuf(record, writer_,
                                          [&](const LogParts& parts, std::string_view bytes) {
                                              if (parts.log_record.empty())
                                                  return add_damaged_row(bytes, sink);
                                              add_row(record, parts, parts.flags, sink);
                                          });
        }
        if (!is_good) return add_message_row(record, sink);
        // A request without log records is one all the same; in a file it may stand.
        if (row_count_ > 0) return;
        event::Row& row = sink.row(record);  // may begin another batch
        row.dataset = sink.batch().dataset_index(kDataset);
    }

    void finish(event::Batch& batch, std::span<const std::uint32_t> rows) override {
        map_.begin(batch);
        for (const std::uint32_t row : rows) {
            if ((batch.rows()[row].flags & event::kRowNotDecoded) == 0) map_.map(batch, row);
        }
    }

  private:
    void add_row(std::string_view record, const LogParts& parts, std::uint16_t flags,
                 RowSink& sink) {
        ++row_count_;
        event::Row& row = sink.row(record);
        row.dataset = sink.batch().dataset_index(kDataset);
        row.flags |= flags;
        otlp::write_request(parts, request_);
        if (request_ != record) sink.set_raw(request_);
        if (log_records_.read(parts, sink)) return;
        row.flags |= event::kRowNotDecoded;
        sink.batch().add(ecs::kMessage, parts.log_record);
    }

    /// `bytes`: of the log record, within the record in hand.
    void add_damaged_row(std::string_view bytes, RowSink& sink) {
        ++row_count_;
        event::Row& row = sink.row(bytes);
        row.dataset = sink.batch().dataset_index(kDataset);
        row.flags |= event::kRowNotDecoded;
        const CleanText clean = clean_text(bytes, scratch_);
        if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
        sink.batch().add(ecs::kMessage, clean.text);
    }

    otlp::LogRecordReader log_records_;
    otlp::ProtobufJson writer_;
    TableMap map_;
    std::size_t row_count_ = 0;      // of the record in hand
    std::string scratch_, request_;  // caches of memory, not of meaning
};

/// What the collector's file exporter writes: a request a line.
int recognise(const std::vector<std::string_view>& records) {
    int known = 0, count = 0;
    for (const std::string_view record : records) {
        if (record.empty()) continue;
        ++count;
        if (record.starts_with("{\"resourceLogs\"")) ++known;
    }
    return count == 0 ? 0 : 96 * known / count;
}

}  // namespace

void register_otlp(Registry& registry) {
    Format format;
    format.declaration.name = kName;
    format.declaration.recognise = recognise;
    format.make = [](event::FieldDictionary& fields) {
        return std::make_unique<OtlpDecoder>(fields);
    };
    format.summary = "OpenTelemetry log exports (OTLP), protobuf or JSON, a row a log record";
    registry.add(std::move(format));
}

}  // namespace vedette::parse
