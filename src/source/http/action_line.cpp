// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "base/json_text.h"
#include "source/http/bulk_body.h"
#include "source/http/limits.h"

namespace vedette::source::http {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

// A reader of its own, because a general one costs a multiple of these forty bytes in set-up and
// padding. What it accepts and gives is held against simdjson in the tests.
class ActionReader {
  public:
    explicit ActionReader(std::string_view text) : text_(text) {}

    bool take(char wanted) {
        skip_blanks();
        if (at_ >= text_.size() || text_[at_] != wanted) return false;
        ++at_;
        return true;
    }

    bool is_at_end() {
        skip_blanks();
        return at_ == text_.size();
    }

    char peek() {
        skip_blanks();
        return at_ < text_.size() ? text_[at_] : '\0';
    }

    /// A JSON string into `out`, unescaped. False if there is none or it is damaged.
    bool string(std::string& out) {
        out.clear();
        if (!take('"')) return false;
        for (;;) {
            const std::size_t begin = at_;
            while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
                   static_cast<unsigned char>(text_[at_]) >= 0x20) {
                ++at_;
            }
            if (at_ >= text_.size()) return false;
            out.append(text_.substr(begin, at_ - begin));
            const char stop = text_[at_++];
            if (stop == '"') return true;
            if (stop != '\\' || !escape(out)) return false;
        }
    }

    /// A number or true/false as written, into `out`.
    bool bare_word(std::string& out) {
        out.clear();
        skip_blanks();
        const std::size_t begin = at_;
        while (at_ < text_.size() && is_word(text_[at_])) ++at_;
        out.assign(text_.substr(begin, at_ - begin));
        return !out.empty();
    }

    /// Passes over any value.
    bool skip_value(int depth = 0) {
        std::string unused;
        switch (peek()) {
            case '"': return string(unused);
            case '{': return skip_list(depth, '{', '}');
            case '[': return skip_list(depth, '[', ']');
            default: return bare_word(unused);
        }
    }

  private:
    static bool is_word(char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '+' ||
               c == '.' || c == 'E';
    }

    void skip_blanks() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    }

    bool skip_list(int depth, char open, char close) {
        if (depth >= kActionDepthMax || !take(open)) return false;
        if (take(close)) return true;
        std::string unused;
        do {
            if (open == '{' && (!string(unused) || !take(':'))) return false;
            if (!skip_value(depth + 1)) return false;
        } while (take(','));
        return take(close);
    }

    std::optional<std::uint32_t> four_digits() {
        if (text_.size() - at_ < 4) return std::nullopt;
        std::uint32_t value = 0;
        for (int i = 0; i < 4; ++i) {
            const char c = text_[at_++];
            const bool is_digit = c >= '0' && c <= '9';
            const auto lower = static_cast<char>(c | 0x20);
            if (!is_digit && (lower < 'a' || lower > 'f')) return std::nullopt;
            value = value * 16 + static_cast<std::uint32_t>(is_digit ? c - '0' : lower - 'a' + 10);
        }
        return value;
    }

    bool escape(std::string& out) {
        if (at_ >= text_.size()) return false;
        const char kind = text_[at_++];
        static constexpr std::string_view kKinds = "\"\\/bfnrt", kMeant = "\"\\/\b\f\n\r\t";
        const std::size_t simple = kKinds.find(kind);
        if (simple != std::string_view::npos) {
            out.push_back(kMeant[simple]);
            return true;
        }
        if (kind != 'u') return false;
        auto code = four_digits();
        if (!code) return false;
        if (*code >= 0xDC00 && *code <= 0xDFFF) return false;
        if (*code >= 0xD800 && *code <= 0xDBFF) {
            if (text_.substr(at_, 2) != "\\u") return false;
            at_ += 2;
            const auto low = four_digits();
            if (!low || *low < 0xDC00 || *low > 0xDFFF) return false;
            code = 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
        }
        append_utf8(out, *code);
        return true;
    }

    static void append_utf8(std::string& out, std::uint32_t code) {
        const auto byte = [&](std::uint32_t value) { out.push_back(static_cast<char>(value)); };
        if (code < 0x80) {
            byte(code);
        } else if (code < 0x800) {
            byte(0xC0 | code >> 6), byte(0x80 | (code & 0x3F));
        } else if (code < 0x10000) {
            byte(0xE0 | code >> 12), byte(0x80 | (code >> 6 & 0x3F)), byte(0x80 | (code & 0x3F));
        } else {
            byte(0xF0 | code >> 18), byte(0x80 | (code >> 12 & 0x3F));
            byte(0x80 | (code >> 6 & 0x3F)), byte(0x80 | (code & 0x3F));
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t size = base::utf8_sequence_size(text);
        if (size == 0) return false;
        text.remove_prefix(size);
    }
    return true;
}

/// A name: text, or a number as Elasticsearch takes it; null leaves it open.
bool read_name(ActionReader& reader, std::string& out, bool& is_given) {
    is_given = true;
    if (reader.peek() == '"') return reader.string(out) && is_utf8(out);
    if (!reader.bare_word(out)) return false;
    if (out == "null") {
        out.clear();
        is_given = false;
    }
    return true;
}

bool read_members(ActionReader& reader, ActionLine& out) {
    if (!reader.take('{')) return false;
    if (reader.take('}')) return true;
    std::string key, text;
    bool has_id = false;
    do {
        if (!reader.string(key) || !reader.take(':')) return false;
        if (key == "_index") {
            if (!read_name(reader, out.index, out.has_index)) return false;
        } else if (key == "_id") {
            if (!read_name(reader, out.id, has_id)) return false;
        } else if (key == "op_type" && reader.peek() == '"') {
            if (!reader.string(text)) return false;
            if (text == "create" && out.action == BulkAction::index)
                out.action = BulkAction::create;
        } else if (!reader.skip_value()) {
            return false;
        }
    } while (reader.take(','));
    return reader.take('}');
}

std::optional<BulkAction> action_of(std::string_view word) {
    for (const BulkAction action :
         {BulkAction::index, BulkAction::create, BulkAction::update, BulkAction::remove}) {
        if (word == name(action)) return action;
    }
    return std::nullopt;
}

}  // namespace

Result<ActionLine> read_action_line(std::string_view line) {
    ActionReader reader(line);
    std::string word;
    if (!reader.take('{') || !reader.string(word) || !reader.take(':')) {
        return fail(ErrorCode::bad_input,
                    "Malformed action/metadata line, expected {\"index\":{...}}");
    }
    const auto action = action_of(word);
    if (!action) {
        return fail(ErrorCode::bad_input,
                    "Malformed action/metadata line, expected index, create, update or delete");
    }
    ActionLine out;
    out.action = *action;
    if (!read_members(reader, out) || !reader.take('}') || !reader.is_at_end()) {
        return fail(ErrorCode::bad_input, "Malformed action/metadata line, not valid JSON");
    }
    return out;
}

}  // namespace vedette::source::http
