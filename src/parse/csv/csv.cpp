// SPDX-License-Identifier: Apache-2.0
#include "parse/clean_text.h"
#include "parse/csv_line.h"
#include "parse/json_map.h"
#include "parse/registry.h"
#include "parse/row_fields.h"

namespace vedette::parse {

namespace {

namespace ecs = event::ecs;
using event::ValueKind;

constexpr std::string_view kDataset = "csv";

/// Whether a text is a number as JSON would write it, so that both forms have the same kind.
ValueKind kind_of(std::string_view value) {
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

/// Tables whose first line names the columns.
class CsvDecoder final : public Decoder {
  public:
    explicit CsvDecoder(event::FieldDictionary& fields)
        : fields_(fields), map_(fields), reader_(',') {}

    void attach(const Registry& registry, event::FieldDictionary&) override {
        map_.use(registry.mappings());
    }

    void decode(std::string_view record, const event::Envelope& envelope, RowSink& sink) override {
        if (!is_known_ || envelope.context != context_) learn(envelope.context);
        event::Row& row = sink.row(record);
        const CleanText clean = clean_text(record, scratch_);
        if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
        const auto& values = reader_.read(clean.text);
        if (header_.names.empty() || values.size() != header_.names.size() || reader_.is_open()) {
            row.flags |= event::kRowNotDecoded;
            sink.batch().add(ecs::kMessage, clean.text);
            return;
        }
        for (std::size_t i = 0; i < values.size(); ++i) add_value(i, values[i], sink);
    }

    void finish(event::Batch& batch, std::span<const std::uint32_t> rows) override {
        decoded_.clear();
        for (const std::uint32_t row : rows) {
            if ((batch.rows()[row].flags & event::kRowNotDecoded) == 0) decoded_.push_back(row);
        }
        map_.map(batch, decoded_);
        const std::uint32_t plain = batch.dataset_index("json");
        const std::uint32_t own = batch.dataset_index(kDataset);
        for (const std::uint32_t row : decoded_) {
            event::Row& head = batch.rows()[row];
            if (head.dataset == plain) head.dataset = own;
        }
    }

  private:
    void learn(const std::string& context) {
        context_ = context;
        header_ = csv::read_table_header(context);
        reader_ = csv::LineReader(header_.delimiter);
        ids_.assign(header_.names.size(), event::kNoField);
        is_known_ = true;
    }

    void add_value(std::size_t index, std::string_view value, RowSink& sink) {
        if (value.empty()) return;
        if (ids_[index] == event::kNoField) {
            const auto field = fields_.intern(header_.names[index], sink.field_budget());
            if (!field) {
                sink.batch().add_overflow(header_.names[index], value, kind_of(value));
                sink.batch().rows().back().flags |= event::kRowOverflow;
                return;
            }
            ids_[index] = *field;
        }
        sink.batch().add(ids_[index], value, kind_of(value));
    }

    event::FieldDictionary& fields_;
    JsonMap map_;
    std::string context_;  // what header_ was read from
    bool is_known_ = false;
    csv::TableHeader header_;
    csv::LineReader reader_;
    std::vector<event::FieldId> ids_;  // of the columns, as far as asked
    std::vector<std::uint32_t> decoded_;
    std::string scratch_;
};

/// A header, and behind it lines with as many values. Less sure the fewer columns there are: two
/// lines of prose may well have a comma each.
int recognise(const std::vector<std::string_view>& records) {
    std::size_t at = 0;
    while (at < records.size() && records[at].empty()) ++at;
    if (at + 1 >= records.size()) return 0;
    const csv::TableHeader header = csv::read_table_header(records[at]);
    if (header.names.size() < 2) return 0;
    csv::LineReader reader(header.delimiter);
    int known = 0, count = 0;
    for (++at; at < records.size(); ++at) {
        if (records[at].empty()) continue;
        ++count;
        if (reader.read(records[at]).size() == header.names.size()) ++known;
    }
    const int certainty = header.names.size() > 3 ? 72 : 30;
    return count == 0 ? 0 : known * 20 >= count * 19 ? certainty : 0;
}

}  // namespace

void register_csv(Registry& registry) {
    Format format;
    format.declaration.name = "csv";
    format.declaration.framing.header = event::Framing::Header::first;
    format.declaration.recognise = recognise;
    format.make = [](event::FieldDictionary& fields) {
        return std::make_unique<CsvDecoder>(fields);
    };
    format.summary = "tables with a header line: comma, semicolon, tab or bar";
    registry.add(std::move(format));
}

}  // namespace vedette::parse
