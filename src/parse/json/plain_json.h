// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_text.h"
#include "event/batch.h"
#include "parse/json/limits.h"

/// The JSON decoder's rules once more, written to be read and not to be fast: tests hold the quick
/// one against it. A recursive descent over RFC 8259 that builds the rows of one record in memory.
namespace vedette::parse::json {

struct PlainValue {
    std::string path;
    bool is_path_cut = false;
    std::string text;
    event::ValueKind kind = event::ValueKind::text;
};

struct PlainRow {
    std::string_view raw;
    bool has_repeated_key = false;
    bool is_truncated = false;
    std::vector<PlainValue> values;
};

/// A path that grows by keys and stops growing at kFieldNameBytesMax, on a whole character.
struct PlainPath {
    std::string text;
    bool is_root = true;
    bool is_cut = false;

    PlainPath child(std::string_view key) const {
        PlainPath out = *this;
        out.is_root = false;
        if (is_cut) return out;
        if (!is_root) out.text += '.';
        out.text += key;
        if (out.text.size() <= event::kFieldNameBytesMax) return out;
        std::size_t end = event::kFieldNameBytesMax;
        while ((static_cast<unsigned char>(out.text[end]) & 0xC0) == 0x80) --end;
        out.text.resize(end);
        out.is_cut = true;
        return out;
    }
};

class PlainJson {
  public:
    /// `text` is valid UTF-8 without a byte order mark.
    explicit PlainJson(std::string_view text) : text_(text) {}

    /// The rows of a record, or nothing if it is not JSON.
    std::optional<std::vector<PlainRow>> rows() {
        if (!record()) return std::nullopt;
        return std::move(rows_);
    }

  private:
    bool record() {
        skip_blank();
        if (!is_at('{') && !is_at('[')) {
            rows_.push_back({text_, false, false, {}});
            if (!value(PlainPath().child("message"), 0)) return false;
            skip_blank();
            return at_ == text_.size();
        }
        while (at_ < text_.size()) {
            if (!document()) return false;
            skip_blank();
        }
        if (documents_ == 1 && rows_.size() == 1 && !is_list_) rows_[0].raw = text_;
        return true;
    }

    bool document() {
        ++documents_;
        if (is_at('[')) return top_list(1);
        if (!is_at('{')) return false;
        if (const auto inner = record_list()) {
            const std::size_t begin = at_;
            at_ = *inner;
            if (!top_list(2)) return false;
            skip_blank();
            static_cast<void>(begin);
            ++at_;  // record_list() saw the closing brace
            return true;
        }
        return top_value(PlainPath(), 0);
    }

    /// A row for one value; its raw part is the value's own text.
    bool top_value(const PlainPath& path, std::size_t depth) {
        rows_.emplace_back();
        const std::size_t begin = at_;
        if (!value(path, depth)) return false;
        rows_.back().raw = text_.substr(begin, at_ - begin);
        return true;
    }

    /// A list outside all objects: a row for each element.
    bool top_list(std::size_t depth) {
        is_list_ = true;
        const std::size_t begin = at_++;
        skip_blank();
        if (is_at(']')) {
            ++at_;
            rows_.push_back({text_.substr(begin, at_ - begin), false, false, {}});
            add(PlainPath().child("message"), {}, event::ValueKind::empty_list);
            return true;
        }
        while (true) {
            skip_blank();
            const PlainPath path = is_at('{') ? PlainPath() : PlainPath().child("message");
            if (!top_value(path, depth)) return false;
            skip_blank();
            if (at_ == text_.size()) return false;
            const char next = text_[at_++];
            if (next == ']') return true;
            if (next != ',') return false;
        }
    }

    /// Where the list begins if the document here is {"Records":[{...},...]} and no more.
    std::optional<std::size_t> record_list() {
        PlainJson probe(text_.substr(at_));
        probe.at_ = 1;
        probe.rows_.emplace_back();
        std::string key;
        probe.skip_blank();
        if (!probe.string(key) || (key != "Records" && key != "records")) return std::nullopt;
        probe.skip_blank();
        if (!probe.take(':')) return std::nullopt;
        probe.skip_blank();
        const std::size_t begin = probe.at_;
        if (!probe.take('[')) return std::nullopt;
        while (true) {
            probe.skip_blank();
            if (!probe.is_at('{') || !probe.value(PlainPath(), 2)) return std::nullopt;
            probe.skip_blank();
            if (probe.take(']')) break;
            if (!probe.take(',')) return std::nullopt;
        }
        probe.skip_blank();
        if (!probe.is_at('}')) return std::nullopt;
        return at_ + begin;
    }

    bool value(const PlainPath& path, std::size_t depth) {
        skip_blank();
        if (at_ == text_.size()) return false;
        const char first = text_[at_];
        if (first == '{' || first == '[') {
            if (++depth > kNestingMax) return false;
            if (depth > event::kDepthMax) rows_.back().is_truncated = true;
            return first == '{' ? object(path, depth) : list(path, depth);
        }
        if (first == '"') {
            std::string text;
            if (!string(text)) return false;
            add(path, text, event::ValueKind::text, depth);
            return true;
        }
        if (literal("true")) return add(path, "true", event::ValueKind::boolean, depth);
        if (literal("false")) return add(path, "false", event::ValueKind::boolean, depth);
        if (literal("null")) return add(path, "", event::ValueKind::null, depth);
        return number(path, depth);
    }

    bool object(const PlainPath& path, std::size_t depth) {
        ++at_;
        skip_blank();
        if (take('}')) {
            if (!path.is_root) add(path, {}, event::ValueKind::empty_object, depth);
            return true;
        }
        std::set<std::string> keys;
        while (true) {
            std::string key;
            skip_blank();
            if (!string(key)) return false;
            if (!keys.insert(key).second && depth <= event::kDepthMax) {
                rows_.back().has_repeated_key = true;
            }
            skip_blank();
            if (!take(':') || !value(path.child(key), depth)) return false;
            skip_blank();
            if (take('}')) return true;
            if (!take(',')) return false;
        }
    }

    bool list(const PlainPath& path, std::size_t depth) {
        ++at_;
        skip_blank();
        if (take(']')) return add(path, {}, event::ValueKind::empty_list, depth);
        while (true) {
            if (!value(path, depth)) return false;
            skip_blank();
            if (take(']')) return true;
            if (!take(',')) return false;
        }
    }

    bool number(const PlainPath& path, std::size_t depth) {
        const std::size_t begin = at_;
        bool is_real = false;
        take('-');
        if (!take('0') && !digits()) return false;
        if (take('.')) {
            is_real = true;
            if (!digits()) return false;
        }
        if (take('e') || take('E')) {
            is_real = true;
            if (!take('+')) take('-');
            if (!digits()) return false;
        }
        return add(path, text_.substr(begin, at_ - begin),
                   is_real ? event::ValueKind::real : event::ValueKind::integer, depth);
    }

    bool digits() {
        const std::size_t begin = at_;
        while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
        return at_ > begin;
    }

    bool string(std::string& out) {
        if (!take('"')) return false;
        while (at_ < text_.size()) {
            const char c = text_[at_++];
            if (c == '"') return true;
            if (static_cast<unsigned char>(c) < 0x20) return false;
            if (c != '\\') {
                out += c;
            } else if (!escape(out)) {
                return false;
            }
        }
        return false;
    }

    bool escape(std::string& out) {
        if (at_ == text_.size()) return false;
        const char c = text_[at_++];
        if (c == 'u') {
            const auto unit = hex4();
            if (!unit) return false;
            std::uint32_t code = *unit;
            if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_, 2) == "\\u") {
                const std::size_t back = at_;
                at_ += 2;
                const auto low = hex4();
                if (!low) return false;
                if (*low >= 0xDC00 && *low < 0xE000) {
                    code = 0x10000 + ((code - 0xD800) << 10) + (*low - 0xDC00);
                } else {
                    at_ = back;
                }
            }
            append_code_point(out, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
            return true;
        }
        constexpr std::string_view kNames = "\"\\/bfnrt";
        constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
        const std::size_t which = kNames.find(c);
        if (which == std::string_view::npos) return false;
        out += kValues[which];
        return true;
    }

    std::optional<std::uint32_t> hex4() {
        if (text_.size() - at_ < 4) return std::nullopt;
        std::uint32_t value = 0;
        for (int i = 0; i < 4; ++i) {
            const char c = text_[at_++];
            const int digit = c >= '0' && c <= '9'   ? c - '0'
                              : c >= 'a' && c <= 'f' ? c - 'a' + 10
                              : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                     : -1;
            if (digit < 0) return std::nullopt;
            value = value * 16 + static_cast<std::uint32_t>(digit);
        }
        return value;
    }

    static void append_code_point(std::string& out, std::uint32_t code) {
        const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
        if (code < 0x80) {
            put(code);
        } else if (code < 0x800) {
            put(0xC0 | code >> 6), put(0x80 | (code & 0x3F));
        } else if (code < 0x10000) {
            put(0xE0 | code >> 12), put(0x80 | (code >> 6 & 0x3F)), put(0x80 | (code & 0x3F));
        } else {
            put(0xF0 | code >> 18), put(0x80 | (code >> 12 & 0x3F));
            put(0x80 | (code >> 6 & 0x3F)), put(0x80 | (code & 0x3F));
        }
    }

    bool add(const PlainPath& path, std::string_view text, event::ValueKind kind,
             std::size_t depth = 0) {
        if (depth > event::kDepthMax) return true;
        PlainRow& row = rows_.back();
        if (row.values.size() == event::kValuesPerRowMax) {
            row.is_truncated = true;
            return true;
        }
        row.is_truncated |= path.is_cut;
        row.values.push_back({path.text, path.is_cut, std::string(text), kind});
        return true;
    }

    bool literal(std::string_view word) {
        if (text_.substr(at_, word.size()) != word) return false;
        at_ += word.size();
        return true;
    }
    bool is_at(char c) const { return at_ < text_.size() && text_[at_] == c; }
    bool take(char c) {
        if (!is_at(c)) return false;
        ++at_;
        return true;
    }
    void skip_blank() {
        while (is_at(' ') || is_at('\t') || is_at('\n') || is_at('\r')) ++at_;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t documents_ = 0;
    bool is_list_ = false;
    std::vector<PlainRow> rows_;
};

}  // namespace vedette::parse::json
