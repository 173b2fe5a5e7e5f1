// SPDX-License-Identifier: Apache-2.0
#include "parse/json/walker.h"

#include <algorithm>
#include <cstring>

#include "parse/json_string.h"

namespace vedette::parse::json {

using event::ValueKind;

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Compares a key of the text, with readable bytes behind it, to a node's.
inline bool has_key(const PathNode& node, const char* key, std::uint32_t size) {
    if (node.key_size != size || node.is_unescaped) return false;
    const auto equal_mask = [&](std::size_t at) {
        const __m128i ours = _mm_loadu_si128(reinterpret_cast<const __m128i*>(node.key + at));
        const __m128i theirs = _mm_loadu_si128(reinterpret_cast<const __m128i*>(key + at));
        return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(ours, theirs)));
    };
    if (size <= 16) {
        const std::uint32_t wanted = (1u << size) - 1;
        return (equal_mask(0) & wanted) == wanted;
    }
    if (size <= PathNode::kShortKeyBytes) {
        const std::uint64_t wanted = (std::uint64_t{1} << size) - 1;
        const std::uint64_t equal = equal_mask(0) | std::uint64_t{equal_mask(16)} << 16;
        return (equal & wanted) == wanted;
    }
    return std::memcmp(node.long_key.data(), key, size) == 0;
}

/// Of two remembered guesses the newer one comes first.
inline void remember(PathNode** guess, PathNode* node) {
    guess[1] = guess[0];
    guess[0] = node;
}

}  // namespace

PathNode* Walker::child(PathNode& parent, PathNode** guess, const char* key, std::uint32_t size) {
    if (guess[0] != nullptr && has_key(*guess[0], key, size)) [[likely]]
        return guess[0];
    if (guess[1] != nullptr && has_key(*guess[1], key, size)) {
        std::swap(guess[0], guess[1]);
        return guess[0];
    }
    PathNode* const node = paths_.child(parent, {key, size});
    if (node != nullptr) remember(guess, node);
    return node;
}

template <bool kEmit>
bool Walker::value(PathNode& node, std::size_t depth) {
    switch (text_[*at_]) {
        case '"': return string<kEmit>(node);
        case '{': return object<kEmit>(node, depth + 1);
        case '[': return list<kEmit>(node, depth + 1);
        case 't': return word<kEmit>(node, "true", ValueKind::boolean);
        case 'f': return word<kEmit>(node, "false", ValueKind::boolean);
        case 'n': return word<kEmit>(node, "null", ValueKind::null);
        default: return number<kEmit>(node);
    }
}

template <bool kEmit>
bool Walker::object(PathNode& node, std::size_t depth) {
    if (*at_ >= end_ || depth > kNestingMax) return false;
    if constexpr (kEmit) {
        if (depth > event::kDepthMax) {
            flags_ |= event::kRowTruncated;
            return object<false>(node, depth);
        }
    }
    ++at_;
    if (text_[*at_] == '}') {
        ++at_;
        if (kEmit && &node != &paths_.root()) add(node, {}, ValueKind::empty_object);
        return true;
    }
    const std::uint64_t number_of_object = ++object_number_;
    PathNode** guess = node.first;
    PathNode* member = &node;
    while (true) {
        const std::uint32_t open = at_[0];
        std::uint32_t close = at_[1];
        if (text_[open] != '"' || text_[close] != ':') return false;
        // Between a string and the next token there are only blanks.
        while (text_[--close] != '"') {
        }
        if constexpr (kEmit) {
            member = child(node, guess, text_ + open + 1, close - open - 1);
            if (member == nullptr) return false;
            guess = member->next;
            std::uint64_t& seen = member->same->seen;
            if (seen == number_of_object) flags_ |= event::kRowRepeatedKey;
            seen = number_of_object;
        } else {
            scratch_.resize(close - open + kCopySlackBytes);
            if (copy_string(scratch_.data(), text_ + open + 1, close - open - 1) == kBadString) {
                return false;
            }
        }
        at_ += 2;
        if (!value<kEmit>(*member, depth)) return false;
        const char next = text_[*at_++];
        if (next == '}') return true;
        if (next != ',') return false;
    }
}

template <bool kEmit>
bool Walker::list(PathNode& node, std::size_t depth) {
    if (*at_ >= end_ || depth > kNestingMax) return false;
    if constexpr (kEmit) {
        if (depth > event::kDepthMax) {
            flags_ |= event::kRowTruncated;
            return list<false>(node, depth);
        }
    }
    ++at_;
    if (text_[*at_] == ']') {
        ++at_;
        if (kEmit) add(node, {}, ValueKind::empty_list);
        return true;
    }
    while (true) {
        if (!value<kEmit>(node, depth)) return false;
        const char next = text_[*at_++];
        if (next == ']') return true;
        if (next != ',') return false;
    }
}

template <bool kEmit>
bool Walker::string(PathNode& node) {
    const std::uint32_t open = at_[0];
    if (open >= end_) return false;
    // Between a string and the next token, or the end, there are only blanks.
    std::uint32_t close = std::min(at_[1], end_);
    while (text_[--close] != '"') {
    }
    if (close == open) return false;
    ++at_;
    const char* const from = text_ + open + 1;
    const std::uint32_t size = close - open - 1;
    if constexpr (!kEmit) {
        scratch_.resize(size + kCopySlackBytes);
        return copy_string(scratch_.data(), from, size) != kBadString;
    }
    if (!may_add()) {
        scratch_.resize(size + kCopySlackBytes);
        return copy_string(scratch_.data(), from, size) != kBadString;
    }
    if (!has_column(node)) return add_escaped_overflow(node, from, size);
    char* const to = batch_->begin_value(node.field, size);
    const std::size_t written = copy_string(to, from, size);
    if (written == kBadString) return false;
    batch_->end_value(written, ValueKind::text);
    return true;
}

template <bool kEmit>
bool Walker::number(PathNode& node) {
    const char* const begin = text_ + *at_;
    const char* at = begin;
    bool is_real = false;
    if (*at == '-') ++at;
    if (*at == '0') {
        ++at;
    } else {
        if (!is_digit(*at)) return false;
        while (is_digit(*at)) ++at;
    }
    if (*at == '.') {
        is_real = true;
        if (!is_digit(*++at)) return false;
        while (is_digit(*at)) ++at;
    }
    if (*at == 'e' || *at == 'E') {
        is_real = true;
        ++at;
        if (*at == '+' || *at == '-') ++at;
        if (!is_digit(*at)) return false;
        while (is_digit(*at)) ++at;
    }
    ++at_;
    if (!is_blank(static_cast<std::uint32_t>(at - text_), *at_)) return false;
    if (kEmit && may_add()) {
        const std::string_view text(begin, static_cast<std::size_t>(at - begin));
        const ValueKind kind = is_real ? ValueKind::real : ValueKind::integer;
        if (has_column(node)) {
            char* const to = batch_->begin_value(node.field, text.size());
            std::memcpy(to, text.data(), text.size());
            batch_->end_value(text.size(), kind);
        } else {
            add_overflow(node, text, kind);
        }
    }
    return true;
}

template <bool kEmit>
bool Walker::word(PathNode& node, std::string_view word, ValueKind kind) {
    const std::uint32_t begin = *at_;
    if (std::memcmp(text_ + begin, word.data(), word.size()) != 0) return false;
    ++at_;
    if (!is_blank(begin + static_cast<std::uint32_t>(word.size()), *at_)) return false;
    if constexpr (kEmit) add(node, kind == ValueKind::null ? std::string_view() : word, kind);
    return true;
}

/// Whether a scalar that ends at `begin` reaches up to the next token but for blanks. Behind the
/// last token that is up to the end of the text.
bool Walker::is_blank(std::uint32_t begin, std::uint32_t end) const {
    if (end > end_) end = end_;
    for (; begin < end; ++begin) {
        if (!is_space(text_[begin])) return false;
    }
    return true;
}

bool Walker::may_add() {
    if (value_count_ == event::kValuesPerRowMax) [[unlikely]] {
        flags_ |= event::kRowTruncated;
        return false;
    }
    ++value_count_;
    return true;
}

/// Whether the node's values have a column; finds it out if nobody has yet.
inline bool Walker::has_column(PathNode& node) {
    if (node.field != event::kNoField) [[likely]]
        return true;
    if (node.is_cut) return false;
    const auto field = fields_.intern(node.path, *budget_);
    if (!field) return false;
    node.field = *field;
    return true;
}

void Walker::add(PathNode& node, std::string_view text, ValueKind kind) {
    if (!may_add()) return;
    if (has_column(node)) {
        char* const to = batch_->begin_value(node.field, text.size());
        if (!text.empty()) std::memcpy(to, text.data(), text.size());
        batch_->end_value(text.size(), kind);
    } else {
        add_overflow(node, text, kind);
    }
}

void Walker::add_overflow(PathNode& node, std::string_view text, ValueKind kind) {
    if (node.is_cut) flags_ |= event::kRowTruncated;
    if (node.path.size() > name_bytes_left_) {
        flags_ |= event::kRowTruncated;
        return;
    }
    name_bytes_left_ -= node.path.size();
    batch_->add_overflow(node.path, text, kind);
}

bool Walker::add_escaped_overflow(PathNode& node, const char* from, std::uint32_t size) {
    scratch_.resize(size + kCopySlackBytes);
    const std::size_t written = copy_string(scratch_.data(), from, size);
    if (written == kBadString) return false;
    add_overflow(node, std::string_view(scratch_).substr(0, written), ValueKind::text);
    return true;
}

template bool Walker::value<true>(PathNode& node, std::size_t depth);
template bool Walker::value<false>(PathNode& node, std::size_t depth);

}  // namespace vedette::parse::json
