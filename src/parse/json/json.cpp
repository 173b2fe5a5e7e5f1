// SPDX-License-Identifier: Apache-2.0
#include "parse/json/plain_json.h"
#include "parse/json_map.h"
#include "parse/registry.h"

namespace vedette::parse {

namespace json {

class JsonDecoder final : public Decoder {
  public:
    explicit JsonDecoder(event::FieldDictionary& fields) : fields_(fields), map_(fields) {}

    void decode(std::string_view record, const event::Envelope&, RowSink& sink) override {
        std::string repaired;
        const bool is_damaged = append_valid_utf8(repaired, record);
        std::string_view text = is_damaged ? std::string_view(repaired) : record;
        if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
        auto rows = PlainJson(text).rows();
        if (!rows) {
            add_message_row(record, sink);
            return;
        }
        for (const PlainRow& row : *rows) {
            auto& head = sink.row(is_damaged || row.raw.size() == text.size() ? record : row.raw);
            if (is_damaged) head.flags |= event::kRowInvalidUtf8;
            add_values(row, head, sink);
        }
    }

    void finish(event::Batch& batch, std::span<const std::uint32_t> rows) override {
        map_.map(batch, rows);
    }

  private:
    void add_values(const PlainRow& row, event::Row& head, RowSink& sink) {
        if (row.has_repeated_key) head.flags |= event::kRowRepeatedKey;
        if (row.is_truncated) head.flags |= event::kRowTruncated;
        for (const PlainValue& value : row.values) {
            const auto field =
                value.is_path_cut ? std::nullopt : fields_.intern(value.path, sink.field_budget());
            if (field) {
                sink.batch().add(*field, value.text, value.kind);
            } else {
                sink.batch().add_overflow(value.path, value.text, value.kind);
            }
        }
    }

    event::FieldDictionary& fields_;
    JsonMap map_;
};

int recognise_json(const std::vector<std::string_view>& records) {
    std::size_t count = 0;
    for (std::string_view record : records) {
        const std::size_t begin = record.find_first_not_of(" \t");
        if (begin == std::string_view::npos || (record[begin] != '{' && record[begin] != '['))
            continue;
        if (PlainJson(record).rows()) ++count;
    }
    return records.empty() ? 0 : static_cast<int>(90 * count / records.size());
}

}  // namespace json

void register_json(Registry& registry) {
    Format format;
    format.declaration.name = "json";
    format.declaration.recognise = json::recognise_json;
    format.make = [](event::FieldDictionary& fields) {
        return std::make_unique<json::JsonDecoder>(fields);
    };
    format.summary = "JSON lines: ECS, Windows and Sysmon, CloudTrail, and any other object";
    registry.add(std::move(format));
}

}  // namespace vedette::parse
