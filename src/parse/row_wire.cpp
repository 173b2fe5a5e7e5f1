// SPDX-License-Identifier: Apache-2.0
#include "parse/row_wire.h"

#include <simdjson.h>

#include <algorithm>

#include "event/limits.h"

namespace vedette::parse {

using base::Result;
using event::ValueKind;

namespace {

constexpr char kRowMark = 'R', kRecordEndMark = 'E';
constexpr std::uint8_t kRawIsPart = 0, kRawIsMade = 1;
/// Rows held before they are written, so that a record of many rows does not pile up.
constexpr std::size_t kRowsHeldMax = 256;
/// Bytes gathered before they are sent: a few frames for a chunk of the journal.
constexpr std::size_t kSendBytes = 512u << 10;
/// The flags that a decoder sets; the others are the room's.
constexpr std::uint16_t kDecoderFlags = event::kRowTimeGuessed | event::kRowNotDecoded |
                                        event::kRowInvalidUtf8 | event::kRowRepeatedKey |
                                        event::kRowOverflow | event::kRowTruncated;
constexpr const char* kCut = "the answer ends in the middle";

/// What may be a value or a name: a NUL would separate values in a batch.
bool is_text(std::string_view text) {
    return text.find('\0') == std::string_view::npos &&
           simdjson::validate_utf8(text.data(), text.size());
}

}  // namespace

RowWriter::RowWriter(event::FieldDictionary& fields, const event::Chunk& chunk,
                     sandbox::Output& output)
    : chunk_(chunk), output_(output), budget_{event::kFieldsMax}, batch_(fields) {}

void RowWriter::begin_record(std::size_t index) { record_ = chunk_.record(index); }

Result<void> RowWriter::end_record() {
    write_rows();
    out_.push_back(kRecordEndMark);
    return out_.size() < kSendBytes ? Result<void>{} : send();
}

Result<void> RowWriter::end() { return send(); }

Result<void> RowWriter::send() {
    VD_TRY_DO(output_.write(out_));
    out_.clear();
    return {};
}

event::Row& RowWriter::row(std::string_view raw) {
    if (batch_.row_count() == kRowsHeldMax) write_rows();
    event::Row& row = batch_.add_row();
    row.raw = raw;
    row.arrival = row.time = chunk_.envelope.arrival;
    row.flags = event::kRowTimeGuessed;
    return row;
}

void RowWriter::set_raw(std::string_view text) { batch_.rows().back().raw = batch_.keep_raw(text); }

void RowWriter::drop_row() { batch_.drop_last_row(); }

void RowWriter::write_rows() {
    batch_.settle();
    next_cells_.assign(batch_.columns().size(), 0);
    next_overflow_ = 0;
    for (std::uint32_t row = 0; row < batch_.row_count(); ++row) write_row(row);
    batch_.clear();
}

void RowWriter::write_row(std::uint32_t row) {
    const event::Row& written = batch_.rows()[row];
    out_.push_back(kRowMark);
    const char* const begin = record_.data();
    if (written.raw.data() >= begin &&
        written.raw.data() + written.raw.size() <= begin + record_.size()) {
        out_.push_back(static_cast<char>(kRawIsPart));
        base::put_varint(out_, static_cast<std::uint64_t>(written.raw.data() - begin));
        base::put_varint(out_, written.raw.size());
    } else {
        out_.push_back(static_cast<char>(kRawIsMade));
        base::put_text(out_, written.raw);
    }
    base::put(out_, static_cast<std::uint16_t>(written.flags & kDecoderFlags));
    base::put(out_, written.time.unix_ns);

    const std::span<const event::Column> columns = batch_.columns();
    const event::Column& names = batch_.overflow_names();
    std::size_t count = 0;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::vector<event::Cell>& cells = columns[i].cells;
        for (std::size_t at = next_cells_[i]; at < cells.size() && cells[at].row == row; ++at) {
            ++count;
        }
    }
    for (std::size_t at = next_overflow_; at < names.cells.size() && names.cells[at].row == row;
         ++at) {
        ++count;
    }
    base::put_varint(out_, count);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::vector<event::Cell>& cells = columns[i].cells;
        std::size_t& at = next_cells_[i];
        for (; at < cells.size() && cells[at].row == row; ++at) {
            write_value({}, columns[i].field, cells[at].kind, batch_.text(cells[at]));
        }
    }
    const event::Column& values = batch_.overflow_values();
    for (; next_overflow_ < names.cells.size() && names.cells[next_overflow_].row == row;
         ++next_overflow_) {
        const event::Cell& value = values.cells[next_overflow_];
        write_value(batch_.overflow_text(names, names.cells[next_overflow_]), event::kNoField,
                    value.kind, batch_.overflow_text(values, value));
    }
}

void RowWriter::write_value(std::string_view name, event::FieldId field, ValueKind kind,
                            std::string_view text) {
    if (field == event::kNoField) {
        base::put_varint(out_, 0);
        base::put_text(out_, name);
    } else {
        if (field >= numbers_.size()) numbers_.resize(field + 1, 0);
        const bool is_new = numbers_[field] == 0;
        if (is_new) numbers_[field] = ++number_count_;
        base::put_varint(out_, numbers_[field]);
        if (is_new) base::put_text(out_, batch_.fields().name(field));
    }
    out_.push_back(static_cast<char>(kind));
    base::put_text(out_, text);
}

void RowReader::begin(std::string answer) {
    answer_ = std::move(answer);
    in_ = base::ByteReader(answer_);
    names_.clear();
}

const char* RowReader::read_record(std::string_view record, RowSink& sink) {
    for (;;) {
        const char mark = in_.get<char>();
        if (!in_.is_good()) return kCut;
        if (mark == kRecordEndMark) return nullptr;
        if (mark != kRowMark) return "the answer is none of ours";
        if (const char* const reason = read_row(record, sink)) return reason;
    }
}

const char* RowReader::read_row(std::string_view record, RowSink& sink) {
    const auto how = in_.get<std::uint8_t>();
    std::string_view raw = record;
    std::string_view made;
    if (how == kRawIsMade) {
        made = in_.text();
        if (made.size() > event::kRecordBytesMax + event::kRawBlockBytes ||
            !simdjson::validate_utf8(made.data(), made.size())) {
            return "the answer has a raw text that is none";
        }
    } else if (how == kRawIsPart) {
        const std::uint64_t begin = in_.varint(), size = in_.varint();
        if (begin > record.size() || size > record.size() - begin) {
            return "the answer has a raw text outside of its record";
        }
        raw = record.substr(begin, size);
    } else {
        return "the answer is none of ours";
    }
    const auto flags = static_cast<std::uint16_t>(in_.get<std::uint16_t>() & kDecoderFlags);
    const base::Timestamp time{in_.get<std::int64_t>()};
    if (const char* const reason = read_values()) return reason;

    event::Row& row = sink.row(raw);
    row.flags = static_cast<std::uint16_t>((row.flags & ~event::kRowTimeGuessed) | flags);
    if ((flags & event::kRowTimeGuessed) == 0) row.time = time;
    if (how == kRawIsMade) sink.set_raw(made);
    add_values(sink);
    return nullptr;
}

// All of a row are read before the row is begun.
const char* RowReader::read_values() {
    const std::uint64_t count = in_.varint();
    if (count > 2 * event::kValuesPerRowMax) return "the answer has too many values in a row";
    values_.clear();
    for (std::uint64_t i = 0; i < count; ++i) {
        Value value;
        const std::uint64_t number = in_.varint();
        if (number > names_.size() + 1) return "the answer uses a name that it has not told";
        value.number = static_cast<std::uint32_t>(number);
        const bool is_new = number == names_.size() + 1;
        if (number == 0 || is_new) {
            value.name = in_.text();
            if (value.name.empty() || value.name.size() > event::kFieldNameBytesMax ||
                !is_text(value.name)) {
                return "the answer has a name that is none";
            }
        }
        if (is_new) names_.push_back({value.name});
        const auto kind = in_.get<std::uint8_t>();
        value.text = in_.text();
        if (!in_.is_good()) return kCut;
        if (kind > static_cast<std::uint8_t>(ValueKind::empty_object) || !is_text(value.text)) {
            return "the answer has a value that is none";
        }
        value.kind = static_cast<ValueKind>(kind);
        values_.push_back(value);
    }
    return in_.is_good() ? nullptr : kCut;
}

void RowReader::add_values(RowSink& sink) {
    event::Batch& batch = sink.batch();
    for (const Value& value : values_) {
        std::string_view name = value.name;
        if (value.number > 0) {
            Name& known = names_[value.number - 1];
            name = known.text;
            if (known.field == event::kNoField) {
                known.field = fields_.intern(name, sink.field_budget()).value_or(event::kNoField);
            }
            if (known.field != event::kNoField) {
                batch.add(known.field, value.text, value.kind);
                continue;
            }
        }
        batch.rows().back().flags |= event::kRowOverflow;
        batch.add_overflow(name, value.text, value.kind);
    }
}

}  // namespace vedette::parse
