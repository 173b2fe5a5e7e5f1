// SPDX-License-Identifier: Apache-2.0
#include "store/block.h"

#include <cstring>

#include "base/bytes.h"
#include "base/check.h"
#include "event/schema.h"
#include "store/schema.h"

namespace vedette::store {

namespace {

// Native format of LowCardinality, from ClickHouse's documentation of its serialization: version 1
// (shared dictionaries with additional keys), then per block a word of flags with the index width,
// the dictionary and the indexes.
constexpr std::uint64_t kDictionaryVersion = 1;
constexpr std::uint64_t kHasKeys = 1u << 9;
constexpr std::uint64_t kUpdatesDictionary = 1u << 10;

std::string_view bytes_of(const void* data, std::size_t size) {
    return {static_cast<const char*>(data), size};
}

/// Collects parts: small ones are written into the current head, large ones referred to.
class PartWriter {
  public:
    explicit PartWriter(NativeBytes& out) : out_(out) {}
    std::string& head() { return head_; }

    void refer(std::string_view bytes) {
        flush();
        push(bytes);
    }
    void own(std::string bytes) {
        flush();
        keep(std::move(bytes));
    }
    void flush() {
        if (!head_.empty()) keep(std::move(head_));
        head_.clear();
    }

  private:
    void keep(std::string bytes) {
        // A view into a short string would move with it; longer than the small buffer stays put.
        bytes.reserve(64);
        out_.owned.push_back(std::move(bytes));
        push(out_.owned.back());
    }
    void push(std::string_view bytes) {
        out_.parts.push_back(bytes);
        out_.size_bytes += bytes.size();
    }

    NativeBytes& out_;
    std::string head_;
};

template <typename Width>
std::string narrowed(const std::vector<std::uint32_t>& indexes) {
    std::string out(indexes.size() * sizeof(Width), '\0');
    for (std::size_t i = 0; i < indexes.size(); ++i) {
        const auto value = static_cast<Width>(indexes[i]);
        std::memcpy(out.data() + i * sizeof value, &value, sizeof value);
    }
    return out;
}

void write_dictionary(PartWriter& out, const TextDictionary& dictionary,
                      const std::vector<std::uint32_t>& indexes) {
    const std::uint64_t width = dictionary.size() <= 256 ? 0 : dictionary.size() <= 65'536 ? 1 : 2;
    base::put(out.head(), width | kHasKeys | kUpdatesDictionary);
    base::put(out.head(), static_cast<std::uint64_t>(dictionary.size()));
    out.refer(dictionary.native_bytes());
    base::put(out.head(), static_cast<std::uint64_t>(indexes.size()));
    if (width == 0) {
        out.own(narrowed<std::uint8_t>(indexes));
    } else if (width == 1) {
        out.own(narrowed<std::uint16_t>(indexes));
    } else {
        out.refer(bytes_of(indexes.data(), indexes.size() * sizeof(std::uint32_t)));
    }
}

struct ColumnWriter {
    PartWriter& out;
    void operator()(const FixedColumn& column) const { out.refer(column.bytes); }
    void operator()(const TextColumn& column) const { out.refer(column.bytes); }
    void operator()(const DictionaryColumn& column) const {
        base::put(out.head(), kDictionaryVersion);
        write_dictionary(out, column.dictionary, column.indexes);
    }
    void operator()(const NumberColumn& column) const {
        out.refer(column.nulls);
        out.refer(bytes_of(column.values.data(), column.values.size() * sizeof(std::int64_t)));
    }
    void operator()(const MapColumn& column) const {
        base::put(out.head(), kDictionaryVersion);
        out.refer(bytes_of(column.ends.data(), column.ends.size() * sizeof(std::uint64_t)));
        write_dictionary(out, column.keys, column.key_indexes);
        out.refer(column.values);
    }
};

struct SizeOf {
    std::size_t operator()(const FixedColumn& column) const { return column.bytes.size(); }
    std::size_t operator()(const TextColumn& column) const { return column.bytes.size(); }
    std::size_t operator()(const DictionaryColumn& column) const {
        return column.dictionary.native_bytes().size() + column.indexes.size() * 2;
    }
    std::size_t operator()(const NumberColumn& column) const { return column.values.size() * 9; }
    std::size_t operator()(const MapColumn& column) const {
        return column.keys.native_bytes().size() + column.ends.size() * 8 +
               column.key_indexes.size() * 2 + column.values.size();
    }
};

struct Clear {
    void operator()(FixedColumn& column) const { column.bytes.clear(); }
    void operator()(TextColumn& column) const {
        column.bytes.clear();
        column.row_count = 0;
    }
    void operator()(DictionaryColumn& column) const {
        column.dictionary.clear();
        column.indexes.clear();
    }
    void operator()(NumberColumn& column) const {
        column.nulls.clear();
        column.values.clear();
    }
    void operator()(MapColumn& column) const {
        column.ends.clear();
        column.keys.clear();
        column.key_indexes.clear();
        column.values.clear();
    }
};

/// Copies the kept rows of a column.
struct Keep {
    const std::vector<bool>& keep;

    FixedColumn operator()(const FixedColumn& from) const {
        FixedColumn to{from.width, {}};
        for (std::size_t row = 0; row < keep.size(); ++row) {
            if (keep[row]) to.bytes.append(from.bytes, row * from.width, from.width);
        }
        return to;
    }
    TextColumn operator()(const TextColumn& from) const {
        TextColumn to;
        base::ByteReader reader(from.bytes);
        for (std::size_t row = 0; row < keep.size(); ++row) {
            const std::string_view text = reader.text();
            if (keep[row]) to.add(text);
        }
        return to;
    }
    DictionaryColumn operator()(const DictionaryColumn& from) const {
        DictionaryColumn to;
        for (std::size_t row = 0; row < keep.size(); ++row) {
            if (!keep[row]) continue;
            to.indexes.push_back(to.dictionary.index_of(from.dictionary.text(from.indexes[row])));
        }
        return to;
    }
    NumberColumn operator()(const NumberColumn& from) const {
        NumberColumn to;
        for (std::size_t row = 0; row < keep.size(); ++row) {
            if (!keep[row]) continue;
            to.nulls.push_back(from.nulls[row]);
            to.values.push_back(from.values[row]);
        }
        return to;
    }
    MapColumn operator()(const MapColumn& from) const {
        MapColumn to;
        base::ByteReader reader(from.values);
        std::uint64_t entry = 0;
        for (std::size_t row = 0; row < keep.size(); ++row) {
            for (; entry < from.ends[row]; ++entry) {
                const std::string_view value = reader.text();
                if (!keep[row]) continue;
                to.key_indexes.push_back(to.keys.index_of(from.keys.text(from.key_indexes[entry])));
                base::put_text(to.values, value);
            }
            if (keep[row]) to.ends.push_back(to.key_indexes.size());
        }
        return to;
    }
};

template <typename Number>
Number number_at(const BlockColumn& column, std::size_t row) {
    Number out{};
    std::memcpy(&out, std::get<FixedColumn>(column.data).bytes.data() + row * sizeof out,
                sizeof out);
    return out;
}

BlockColumn field_column(const event::SchemaField& field) {
    switch (field.type) {
        case event::StoreType::keyword:
            return {field.column(), "LowCardinality(String)", true, false, DictionaryColumn{}};
        case event::StoreType::number:
            return {field.column(), "Nullable(Int64)", true, false, NumberColumn{}};
        case event::StoreType::text:
        case event::StoreType::ip: break;
    }
    return {field.column(), "String", true, false, TextColumn{}};
}

}  // namespace

void TextColumn::add(std::string_view text) {
    base::put_text(bytes, text);
    ++row_count;
}

void TextColumn::fill(std::size_t wanted_count) {
    if (row_count >= wanted_count) return;
    bytes.append(wanted_count - row_count, '\0');  // a length of zero each
    row_count = wanted_count;
}

Block::Block() {
    const auto fixed = [this](const char* name, std::string_view type, std::size_t width) {
        columns_.push_back({name, type, false, true, FixedColumn{width, {}}});
    };
    const auto dictionary = [this](const char* name) {
        columns_.push_back({name, "LowCardinality(String)", false, true, DictionaryColumn{}});
    };
    fixed("node", "UInt16", 2);
    fixed("offset", "UInt64", 8);
    fixed("row", "UInt32", 4);
    fixed("time", "DateTime64(9, 'UTC')", 8);
    fixed("arrival", "DateTime64(9, 'UTC')", 8);
    fixed("arrival_day", "Date", 2);
    dictionary("source");
    dictionary("origin");
    dictionary("dataset");
    fixed("line", "UInt64", 8);
    fixed("flags", "UInt16", 2);
    for (const event::SchemaField& field : event::schema_fields()) {
        columns_.push_back(field_column(field));
    }
    columns_.push_back({"fields", "Map(LowCardinality(String), String)", true, false, MapColumn{}});
    columns_.push_back({"raw", "String", false, true, TextColumn{}});
}

std::size_t Block::size_bytes() const {
    std::size_t total = 0;
    for (const BlockColumn& column : columns_) {
        if (column.has_values) total += std::visit(SizeOf{}, column.data);
    }
    return total;
}

std::uint64_t Block::first_offset() const { return id(0).offset; }

std::uint64_t Block::last_offset() const { return id(row_count_ - 1).offset; }

NativeBytes Block::native() const {
    NativeBytes out;
    out.owned.reserve(columns_.size() * 4);
    PartWriter writer(out);
    std::size_t column_count = 0;
    for (const BlockColumn& column : columns_) {
        if (column.has_values || !column.is_optional) ++column_count;
    }
    base::put_varint(writer.head(), column_count);
    base::put_varint(writer.head(), row_count_);
    for (const BlockColumn& column : columns_) {
        if (!column.has_values && column.is_optional) continue;
        base::put_text(writer.head(), column.name);
        base::put_text(writer.head(), column.type);
        std::visit(ColumnWriter{writer}, column.data);
    }
    writer.flush();
    return out;
}

event::EventId Block::id(std::size_t row) const {
    VD_CHECK(row < row_count_);
    return {number_at<std::uint64_t>(columns_[kOffset], row),
            number_at<std::uint32_t>(columns_[kRow], row)};
}

std::string_view Block::raw(std::size_t row) const {
    base::ByteReader reader(std::get<TextColumn>(raw_column().data).bytes);
    std::string_view text;
    for (std::size_t i = 0; i <= row; ++i) text = reader.text();
    return text;
}

Block Block::keep_rows(const std::vector<bool>& keep) const {
    VD_CHECK(keep.size() == row_count_);
    Block out;
    out.day_ = day_;
    for (const bool is_kept : keep) out.row_count_ += is_kept ? 1 : 0;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (!columns_[i].has_values) continue;
        out.columns_[i].has_values = true;
        std::visit([&](const auto& column) { out.columns_[i].data = Keep{keep}(column); },
                   columns_[i].data);
    }
    return out;
}

void Block::clear() {
    for (BlockColumn& column : columns_) {
        if (column.has_values) std::visit(Clear{}, column.data);
        column.has_values = !column.is_optional;
    }
    row_count_ = 0;
    day_ = 0;
}

}  // namespace vedette::store
