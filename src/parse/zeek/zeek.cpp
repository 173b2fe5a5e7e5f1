// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "event/schema.h"
#include "parse/clean_text.h"
#include "parse/quoted_text.h"
#include "parse/registry.h"
#include "parse/row_fields.h"
#include "parse/zeek/header.h"
#include "parse/zeek/limits.h"
#include "parse/zeek/zeek_map.h"

namespace vedette::parse {

namespace {

namespace ecs = event::ecs;
using event::ValueKind;
using zeek::Column;

ValueKind kind_of(Column::Type type) {
    switch (type) {
        case Column::Type::integer: return ValueKind::integer;
        case Column::Type::real:
        case Column::Type::time: return ValueKind::real;
        case Column::Type::boolean: return ValueKind::boolean;
        default: return ValueKind::text;
    }
}

/// Zeek's tab-separated logs. Every value gets the name of its column, as in Zeek's JSON.
class ZeekDecoder final : public Decoder {
  public:
    explicit ZeekDecoder(event::FieldDictionary& fields)
        : fields_(fields), map_(fields), path_(*fields.intern("_path")) {}

    void decode(std::string_view record, const event::Envelope& envelope, RowSink& sink) override {
        if (!is_known_ || envelope.context != context_) learn(envelope.context);
        event::Row& row = sink.row(record);
        const CleanText clean = clean_text(record, scratch_);
        if (!clean.was_valid) row.flags |= event::kRowInvalidUtf8;
        if (!fits(clean.text)) {
            row.flags |= event::kRowNotDecoded;
            sink.batch().add(ecs::kMessage, clean.text);
            return;
        }
        if (!header_.path.empty()) sink.batch().add(path_, header_.path);
        std::string_view rest = clean.text;
        for (std::size_t i = 0; i < header_.columns.size(); ++i) {
            const std::size_t end = std::min(rest.find(header_.separator), rest.size());
            add_column(i, rest.substr(0, end), sink);
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }

    void finish(event::Batch& batch, std::span<const std::uint32_t> rows) override {
        decoded_.clear();
        for (const std::uint32_t row : rows) {
            if ((batch.rows()[row].flags & event::kRowNotDecoded) == 0) decoded_.push_back(row);
        }
        map_.map(batch, decoded_);
    }

  private:
    void learn(const std::string& context) {
        context_ = context;
        header_ = zeek::read_header(context);
        ids_.assign(header_.columns.size(), event::kNoField);
        is_known_ = true;
    }

    /// As many values as columns.
    bool fits(std::string_view text) const {
        if (header_.columns.empty()) return false;
        const auto separators = std::count(text.begin(), text.end(), header_.separator);
        return static_cast<std::size_t>(separators) + 1 == header_.columns.size();
    }

    void add_column(std::size_t index, std::string_view value, RowSink& sink) {
        const Column& column = header_.columns[index];
        if (!column.joined.empty()) return add_joined(column, value, sink);
        if (value == header_.unset_field) return;
        if (ids_[index] == event::kNoField) {
            const auto field = fields_.intern(column.name, sink.field_budget());
            if (!field) return add_overflow(column.name, value, sink);
            ids_[index] = *field;
        }
        if (column.type == Column::Type::list) return add_list(ids_[index], column, value, sink);
        add_value(ids_[index], column.type, value, sink.batch());
    }

    void add_value(event::FieldId field, Column::Type type, std::string_view value,
                   event::Batch& batch) {
        if (value == header_.empty_field) value = {};
        ValueKind kind = kind_of(type);
        if (type == Column::Type::boolean && (value == "T" || value == "F")) {
            value = value == "T" ? "true" : "false";  // as Zeek's JSON has it
        } else if (kind != ValueKind::text && !is_number(value)) {
            kind = ValueKind::text;
        }
        batch.add(field, unescape_bytes(value, unescaped_), kind);
    }

    static bool is_number(std::string_view value) {
        return !value.empty() && value.find_first_not_of("0123456789.+-eE") == value.npos &&
               is_digit(value.back());
    }

    void add_list(event::FieldId field, const Column& column, std::string_view value,
                  RowSink& sink) {
        if (value == header_.empty_field) {
            sink.batch().add(field, {}, ValueKind::empty_list);
            return;
        }
        const std::string& by = header_.set_separator;
        for (std::size_t i = 0;; ++i) {
            if (i == zeek::kElementsMax) {
                sink.batch().rows().back().flags |= event::kRowTruncated;
                return;
            }
            const std::size_t end = by.empty() ? value.npos : value.find(by);
            const std::string_view element = value.substr(0, end);
            if (element != header_.unset_field) {
                add_value(field, column.element, element, sink.batch());
            }
            if (end == std::string_view::npos) return;
            value.remove_prefix(end + by.size());
        }
    }

    void add_joined(const Column& column, std::string_view value, RowSink& sink) {
        constexpr std::string_view kJoint = "   ";
        std::string_view name = column.name;
        for (std::size_t i = 0; i <= column.joined.size(); ++i) {
            const bool is_last = i == column.joined.size();
            const std::size_t end = is_last ? value.npos : value.find(kJoint);
            const std::string_view part = value.substr(0, end);
            if (part != header_.unset_field && part != header_.empty_field && !part.empty()) {
                const auto field = fields_.intern(name, sink.field_budget());
                if (field) sink.batch().add(*field, unescape_bytes(part, unescaped_));
            }
            if (is_last || end == std::string_view::npos) return;
            name = column.joined[i];
            value.remove_prefix(end + kJoint.size());
        }
    }

    static void add_overflow(std::string_view name, std::string_view value, RowSink& sink) {
        sink.batch().add_overflow(name, value, ValueKind::text);
        sink.batch().rows().back().flags |= event::kRowOverflow;
    }

    event::FieldDictionary& fields_;
    zeek::ZeekMap map_;
    event::FieldId path_;
    std::string context_;  // what header_ was read from
    bool is_known_ = false;
    zeek::Header header_;
    std::vector<event::FieldId> ids_;  // of the columns, as far as asked
    std::vector<std::uint32_t> decoded_;
    std::string scratch_, unescaped_;
};

/// Certain by the header that every log begins with; a log that is joined in the middle has none.
int recognise(const std::vector<std::string_view>& records) {
    int score = 0;
    for (const std::string_view record : records) {
        if (record.starts_with("#separator ") || record.starts_with("#fields\t")) score = 99;
    }
    return score;
}

/// What tells Zeek's records in JSON from other people's.
std::vector<std::vector<std::string>> json_marks() {
    return {{"ts", "uid", "id.orig_h"},      {"ts", "_path"},
            {"ts", "fuid", "seen_bytes"},    {"ts", "certificate.subject", "certificate.serial"},
            {"ts", "uids", "msg_types"},     {"ts", "certStatus", "serialNumber"},
            {"ts", "id", "is_exe"},          {"ts", "id", "machine"},
            {"ts", "note", "actions"},       {"ts", "name", "notice", "peer"},
            {"ts", "host", "software_type"}, {"ts", "tunnel_type"}};
}

}  // namespace

void register_zeek(Registry& registry) {
    Format format;
    format.declaration.name = "zeek";
    format.declaration.framing.header = event::Framing::Header::marked;
    format.declaration.framing.header_mark = "#";
    format.declaration.recognise = recognise;
    format.make = [](event::FieldDictionary& fields) {
        return std::make_unique<ZeekDecoder>(fields);
    };
    format.summary = "Zeek logs, tab-separated with a header (its JSON is read by the json format)";
    registry.add(std::move(format));
    Mapping mapping;
    mapping.name = "zeek";
    mapping.marks = json_marks();
    mapping.make = [](event::FieldDictionary& fields) {
        return std::make_unique<zeek::ZeekMap>(fields);
    };
    registry.add(std::move(mapping));
}

}  // namespace vedette::parse
