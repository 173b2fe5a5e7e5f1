// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <deque>
#include <optional>
#include <unordered_map>

#include "event/limits.h"
#include "parse/json_index.h"
#include "parse/json_string.h"
#include "parse/text_scan.h"
#include "parse/user_made/limits.h"
#include "parse/user_made/taker.h"

namespace vedette::parse::user_made {

namespace {

using event::ValueKind;

/// Paths that a taker remembers; more are forgotten all at once.
constexpr std::size_t kPathsMax = 16'384;
/// Bytes of a path; what is below a longer one is left to the raw record.
constexpr std::size_t kPathBytesMax = 2'048;

/// A place in the tree of keys: what is below it has names that begin with its path.
struct Path {
    std::string key;   ///< as it is written in the text, escapes and all
    std::string name;  ///< the keys down to here, with dots between
    NameAction action;
    bool has_action = false;
    bool is_too_long = false;
    Path* guess = nullptr;  ///< the child that came first under this one, or behind this one
    std::unordered_map<std::string_view, Path*> children = {};
    Path* next = nullptr;  ///< the sibling that came behind this one
};

/// Whether the text is a number of RFC 8259, and of which kind.
bool read_number(std::string_view text, ValueKind& kind) {
    std::size_t at = 0;
    const auto digits = [&] {
        const std::size_t begin = at;
        while (at < text.size() && is_digit(text[at])) ++at;
        return at > begin;
    };
    if (at < text.size() && text[at] == '-') ++at;
    if (at < text.size() && text[at] == '0') {
        ++at;
    } else if (!digits()) {
        return false;
    }
    kind = ValueKind::integer;
    if (at < text.size() && text[at] == '.') {
        kind = ValueKind::real;
        ++at;
        if (!digits()) return false;
    }
    if (at < text.size() && (text[at] | 0x20) == 'e') {
        kind = ValueKind::real;
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
        if (!digits()) return false;
    }
    return at == text.size();
}

/// One object, walked once over its index straight into values. Strings without escapes stay where
/// they are.
class JsonTaker final : public Taker {
  public:
    explicit JsonTaker(const StageProgram& stage) : stage_(stage) { forget(); }

    void begin_chunk(const event::Chunk& chunk) override { chunk_ = &chunk.bytes; }

    bool take(std::string_view text, const event::Envelope&, RowWork& work) override {
        if (path_count_ > kPathsMax) forget();
        work_ = &work;
        const std::size_t size = text.size();
        text_ = padded(text);
        if (!index_.build(text_, size)) return false;
        end_ = static_cast<std::uint32_t>(size);
        index_.end_with(end_);
        at_ = index_.begin();
        return text_[*at_] == '{' && object(*root_, 1) && *at_ == end_;
    }

  private:
    void forget() {
        paths_.clear();
        path_count_ = 1;
        root_ = &paths_.emplace_back();
    }

    /// The text with readable bytes behind it: the chunk has them, but for its last records.
    const char* padded(std::string_view text) {
        const bool is_inside = chunk_ != nullptr && text.data() >= chunk_->data() &&
                               text.data() + text.size() + json::StructureIndex::kPaddingBytes <=
                                   chunk_->data() + chunk_->size();
        if (is_inside) return text.data();
        copy_.assign(text);
        copy_.append(json::StructureIndex::kPaddingBytes, '\0');
        return copy_.data();
    }

    Path& child(Path& parent, Path* guess, std::string_view key) {
        if (guess != nullptr && guess->key == key) [[likely]]
            return *guess;
        const auto known = parent.children.find(key);
        if (known != parent.children.end()) return *known->second;
        Path& made = paths_.emplace_back();
        ++path_count_;
        made.key = key;
        const std::string_view name = unescaped(key).value_or(key);
        made.name = parent.name.empty() ? std::string(name) : parent.name + "." + std::string(name);
        // Longer names go to the overflow map, but not without end.
        made.is_too_long = parent.is_too_long || made.name.size() > kPathBytesMax;
        if (made.is_too_long) made.name.clear();
        parent.children.emplace(made.key, &made);
        return made;
    }

    /// A string between its quotes. Nothing if an escape is none.
    std::optional<std::string_view> unescaped(std::string_view written) {
        if (std::memchr(written.data(), '\\', written.size()) == nullptr) return written;
        char* const to = work_->room().take(written.size() + json::kCopySlackBytes);
        const std::size_t size = json::copy_string(to, written.data(), written.size());
        if (size == json::kBadString) return std::nullopt;
        std::replace(to, to + size, '\0', ' ');  // the separator of columns
        return std::string_view(to, size);
    }

    /// The string that opens at the token in hand and ends before the next one.
    std::string_view quoted() {
        const std::uint32_t open = *at_++;
        std::uint32_t close = *at_;
        // Between a string and the next token, or the end, there are only blanks.
        while (text_[--close] != '"') {
        }
        return {text_ + open + 1, close > open ? close - open - 1 : 0};
    }

    bool object(Path& path, std::size_t depth) {
        if (depth > event::kDepthMax) return false;
        ++at_;
        if (*at_ < end_ && text_[*at_] == '}') {
            ++at_;
            return true;
        }
        Path* before = nullptr;
        Path* guess = path.guess;
        while (*at_ < end_) {
            if (text_[*at_] != '"' || at_[1] >= end_) return false;
            Path& member = child(path, guess, quoted());
            (before == nullptr ? path.guess : before->next) = &member;
            before = &member;
            guess = member.next;
            if (text_[*at_++] != ':' || !value(member, depth) || *at_ >= end_) return false;
            const char next = text_[*at_++];
            if (next == '}') return true;
            if (next != ',') return false;
        }
        return false;
    }

    bool list(Path& path, std::size_t depth) {
        if (depth > event::kDepthMax) return false;
        ++at_;
        if (*at_ < end_ && text_[*at_] == ']') {
            ++at_;
            return true;
        }
        while (*at_ < end_) {
            if (!value(path, depth) || *at_ >= end_) return false;
            const char next = text_[*at_++];
            if (next == ']') return true;
            if (next != ',') return false;
        }
        return false;
    }

    bool value(Path& path, std::size_t depth) {
        if (*at_ >= end_) return false;
        switch (text_[*at_]) {
            case '{': return object(path, depth + 1);
            case '[': return list(path, depth + 1);
            case '"': {
                const auto text = unescaped(quoted());
                if (text) add(path, *text, ValueKind::text);
                return text.has_value();
            }
            default: return scalar(path);
        }
    }

    /// A number or a word, up to the blanks before the next token.
    bool scalar(Path& path) {
        const char* const begin = text_ + *at_++;
        const char* end = text_ + *at_;
        while (end > begin && static_cast<unsigned char>(end[-1]) <= ' ') --end;
        const std::string_view text(begin, static_cast<std::size_t>(end - begin));
        ValueKind kind = ValueKind::integer;
        if (text == "null") return true;  // a value that is none
        if (text == "true" || text == "false") {
            kind = ValueKind::boolean;
        } else if (!read_number(text, kind)) {
            return false;
        }
        add(path, text, kind);
        return true;
    }

    void add(Path& path, std::string_view text, ValueKind kind) {
        if (path.is_too_long) {
            work_->batch().rows().back().flags |= event::kRowTruncated;
            return;
        }
        if (!path.has_action) {
            path.action = work_->action_of(stage_, path.name);
            // A name without room now may find some with another source's budget.
            path.has_action = !path.action.is_overflow;
        }
        work_->put(path.action, path.name, text, kind);
    }

    const StageProgram& stage_;
    json::StructureIndex index_;
    const std::string* chunk_ = nullptr;
    std::string copy_;
    const char* text_ = nullptr;
    const std::uint32_t* at_ = nullptr;  // the token in hand
    std::uint32_t end_ = 0;  // size of the text; also what the entry behind the last token is
    RowWork* work_ = nullptr;
    std::deque<Path> paths_;
    std::size_t path_count_ = 0;
    Path* root_ = nullptr;
};

}  // namespace

std::unique_ptr<Taker> make_json_taker(const StageProgram& stage) {
    return std::make_unique<JsonTaker>(stage);
}

}  // namespace vedette::parse::user_made
