// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "parse/decoder.h"
#include "parse/json/plain_json.h"
#include "parse/json_map.h"
#include "parse/registry.h"

namespace vedette::parse::json {

/// The rules of the JSON decoder by way of PlainJson, as the oracle of tests and fuzzing.
class PlainDecoder final : public Decoder {
  public:
    explicit PlainDecoder(event::FieldDictionary& fields) : fields_(fields), map_(fields) {}

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
        name_bytes_left_ = record.size() * kOverflowNameGrowthMax + kOverflowNameBytesFree;
        for (const PlainRow& row : *rows) {
            auto& head = sink.row(is_damaged || row.raw.size() == text.size() ? record : row.raw);
            if (is_damaged) head.flags |= event::kRowInvalidUtf8;
            if (row.has_repeated_key) head.flags |= event::kRowRepeatedKey;
            if (row.is_truncated) head.flags |= event::kRowTruncated;
            for (const PlainValue& value : row.values) add(value, head, sink);
        }
    }

    void finish(event::Batch& batch, std::span<const std::uint32_t> rows) override {
        map_.map(batch, rows);
    }

  private:
    void add(const PlainValue& value, event::Row& head, RowSink& sink) {
        if (!value.is_path_cut) {
            if (const auto field = fields_.intern(value.path, sink.field_budget())) {
                sink.batch().add(*field, value.text, value.kind);
                return;
            }
        }
        if (value.path.size() > name_bytes_left_) {
            head.flags |= event::kRowTruncated;
            return;
        }
        name_bytes_left_ -= value.path.size();
        sink.batch().add_overflow(value.path, value.text, value.kind);
    }

    event::FieldDictionary& fields_;
    JsonMap map_;
    std::size_t name_bytes_left_ = 0;
};

/// The oracle as the format "json".
inline Registry plain_registry() {
    Registry registry;
    Format format;
    format.declaration.name = "json";
    format.make = [](event::FieldDictionary& fields) {
        return std::make_unique<PlainDecoder>(fields);
    };
    registry.add(std::move(format));
    return registry;
}

/// The quick decoder alone as the format "json".
inline Registry quick_registry() {
    Registry all, only;
    register_all(all);
    only.add(*all.find("json"));
    return only;
}

}  // namespace vedette::parse::json
