// SPDX-License-Identifier: Apache-2.0
#include "engine/replay/stored_row.h"

#include <algorithm>

#include "base/check.h"
#include "engine/replay/limits.h"
#include "store/encoder.h"

namespace vedette::engine::replay {

namespace {

using event::ValueKind;

ValueKind mark_of(std::string_view text) {
    if (text == "null") return ValueKind::null;
    if (text == "[]") return ValueKind::empty_list;
    if (text == "{}") return ValueKind::empty_object;
    return ValueKind::text;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// Reads what base::append_json_string writes: it escapes quotes, backslashes and controls.
class ListReader {
  public:
    explicit ListReader(std::string_view text) : text_(text) {}

    std::vector<ListElement> read() {
        std::vector<ListElement> out;
        if (!take('[')) return {};
        do {
            ListElement element;
            const bool is_good =
                at_ < text_.size() && text_[at_] == '"' ? read_text(element) : read_word(element);
            if (!is_good) return {};
            out.push_back(std::move(element));
        } while (take(','));
        return take(']') && at_ == text_.size() && out.size() > 1 ? out
                                                                  : std::vector<ListElement>();
    }

  private:
    bool take(char c) {
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }

    bool read_text(ListElement& element) {
        ++at_;
        while (at_ < text_.size()) {
            const char c = text_[at_++];
            if (c == '"') return true;
            if (c != '\\') {
                element.text.push_back(c);
            } else if (!read_escape(element.text)) {
                return false;
            }
        }
        return false;
    }

    bool read_escape(std::string& out) {
        if (at_ >= text_.size()) return false;
        const char c = text_[at_++];
        switch (c) {
            case 'b': out.push_back('\b'); return true;
            case 'f': out.push_back('\f'); return true;
            case 'n': out.push_back('\n'); return true;
            case 'r': out.push_back('\r'); return true;
            case 't': out.push_back('\t'); return true;
            case 'u': break;
            default: out.push_back(c); return true;
        }
        int value = 0;
        for (int i = 0; i < 4; ++i, ++at_) {
            const int digit = at_ < text_.size() ? hex_digit(text_[at_]) : -1;
            if (digit < 0) return false;
            value = value * 16 + digit;
        }
        if (value >= 0x80) return false;  // we write those as they are
        out.push_back(static_cast<char>(value));
        return true;
    }

    bool read_word(ListElement& element) {
        std::size_t end = text_.find_first_of(",]", at_);
        if (text_.substr(at_, 2) == "[]") end = at_ + 2;
        if (end == std::string_view::npos || end == at_) return false;
        const std::string_view word = text_.substr(at_, end - at_);
        at_ = end;
        element.kind = mark_of(word);
        if (element.kind != ValueKind::text) return true;
        element.text = word;
        element.kind = ValueKind::real;
        const char first = word.front();
        return word == "true" || word == "false" || first == '-' || first == '+' || first == '.' ||
               (first >= '0' && first <= '9');
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

bool is_ambiguous(const StoredValue& value) {
    if (!value.is_in_map) return false;
    return mark_of(value.text) != ValueKind::text ||
           (value.text.starts_with('[') && !list_elements(value.text).empty());
}

void add_value(event::Batch& batch, std::string_view field, std::string_view text, ValueKind kind) {
    if (const auto id = batch.fields().intern(field)) {
        batch.add(*id, text, kind);
    } else {
        batch.add_overflow(field, text, kind);
    }
}

}  // namespace

std::vector<ListElement> list_elements(std::string_view text) { return ListReader(text).read(); }

std::vector<std::size_t> ambiguous_values(const StoredRow& row) {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < row.values.size(); ++i) {
        if (is_ambiguous(row.values[i])) out.push_back(i);
    }
    return out;
}

void add_row(event::Batch& batch, const StoredRow& row, unsigned as_text) {
    const std::uint32_t dataset = batch.dataset_index(row.dataset);
    const std::uint16_t origin =
        batch.origin_index({std::string(row.source), std::string(row.origin)});
    event::Row& to = batch.add_row();
    to.id = row.id;
    to.time = to.arrival = row.time;
    to.raw = batch.keep_raw(row.raw);
    to.flags = row.flags;
    to.dataset = dataset;
    to.origin = origin;
    to.line = row.line;
    unsigned number = 0;  // of the ambiguous value
    for (const StoredValue& value : row.values) {
        const bool is_open = is_ambiguous(value);
        const bool is_text = is_open && number < kAmbiguousMax && ((as_text >> number) & 1) != 0;
        number += is_open ? 1 : 0;
        if (!is_open || is_text) {
            add_value(batch, value.field, value.text, ValueKind::text);
        } else if (const ValueKind mark = mark_of(value.text); mark != ValueKind::text) {
            add_value(batch, value.field, {}, mark);
        } else {
            for (const ListElement& element : list_elements(value.text)) {
                add_value(batch, value.field, element.text, element.kind);
            }
        }
    }
}

std::string stored_text(const event::Batch& batch, event::FieldId field, std::uint32_t row) {
    const auto cells = batch.cells(field, row);
    if (cells.empty()) return {};
    if (cells.size() == 1) {
        return std::string(store::map_text(cells[0].kind, batch.text(cells[0])));
    }
    std::string out = "[";
    for (const event::Cell& cell : cells) {
        if (out.size() > 1) out += ',';
        store::append_json_element(out, cell.kind, batch.text(cell));
    }
    return out + "]";
}

bool is_same(const StoredRow& stored, const event::Batch& batch, std::uint32_t row) {
    if (batch.dataset(batch.rows()[row].dataset) != stored.dataset) return false;
    return std::all_of(stored.values.begin(), stored.values.end(), [&](const StoredValue& value) {
        const auto field = batch.fields().find(value.field);
        return (field ? stored_text(batch, *field, row) : std::string()) == value.text;
    });
}

}  // namespace vedette::engine::replay
