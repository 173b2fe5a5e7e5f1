// SPDX-License-Identifier: Apache-2.0
#include "parse/user_made/dissect.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>

#include "event/limits.h"
#include "parse/text_scan.h"
#include "parse/user_made/limits.h"

namespace vedette::parse::user_made {

using base::ErrorCode;
using base::Result;

namespace {

/// Keys of one pattern: bounded so that a row's pieces fit on the stack.
constexpr std::size_t kKeysMax = 256;

/// A key as it is written between the braces.
struct Key {
    std::string name;
    bool is_skipped = false, is_appended = false, is_padded = false;
    std::uint32_t order = 0;
    bool has_order = false;
};

tl::unexpected<base::Error> wrong(std::size_t at, const std::string& text, std::string hint = {}) {
    return base::fail(
        ErrorCode::bad_input,
        "the dissect pattern is wrong at byte " + std::to_string(at + 1) + ": " + text, {},
        std::move(hint));
}

Result<Key> read_key(std::string_view text, std::size_t at) {
    Key key;
    if (text.ends_with("->")) {
        key.is_padded = true;
        text.remove_suffix(2);
    }
    if (text.starts_with('+')) {
        key.is_appended = true;
        text.remove_prefix(1);
        const std::size_t slash = text.rfind('/');
        if (slash != std::string_view::npos) {
            const auto order = to_number(text.substr(slash + 1));
            if (!order) return wrong(at, "behind '/' stands the place among the parts, a number");
            key.order = *order;
            key.has_order = true;
            text = text.substr(0, slash);
        }
    } else if (text.starts_with('?')) {
        key.is_skipped = true;
        text.remove_prefix(1);
    } else if (text.starts_with('*') || text.starts_with('&')) {
        return wrong(at, "keys that are named by the text (%{*a}, %{&a}) are not supported",
                     "use key_value");
    }
    if (text.empty()) key.is_skipped = true;
    if (text.empty() && key.is_appended) return wrong(at, "%{+} needs a name");
    const bool is_clean = std::none_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F || c == '{' || c == '%';
    });
    if (!is_clean || text.size() > event::kFieldNameBytesMax) {
        return wrong(at, "'" + std::string(text.substr(0, 100)) + "' is no name of a field");
    }
    key.name = text;
    return key;
}

/// Finds a literal; one byte goes quicker.
std::size_t find(std::string_view text, std::size_t from, const std::string& literal) {
    if (literal.size() == 1) {
        const void* const found =
            from == text.size() ? nullptr
                                : std::memchr(text.data() + from, literal[0], text.size() - from);
        return found == nullptr
                   ? std::string_view::npos
                   : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
    }
    return text.find(literal, from);
}

}  // namespace

Result<Dissect> Dissect::compile(std::string_view pattern, std::string append) {
    Dissect out;
    out.append_ = std::move(append);
    std::map<std::string, std::uint32_t, std::less<>> known;
    struct Place {
        std::uint32_t order, part;
    };
    std::map<std::uint32_t, std::vector<Place>> parts_of;
    std::size_t at = 0;
    std::string* literal = &out.head_;
    while (at < pattern.size()) {
        const std::size_t open = std::min(pattern.find("%{", at), pattern.size());
        literal->append(pattern.substr(at, open - at));
        if (open == pattern.size()) break;
        const std::size_t close = pattern.find('}', open);
        if (close == std::string_view::npos) return wrong(open, "'%{' is never closed by '}'");
        if (!out.parts_.empty() && literal->empty()) {
            return wrong(open, "two keys touch: nothing says where the first one ends",
                         "put what stands between them");
        }
        VD_TRY(const Key key, read_key(pattern.substr(open + 2, close - open - 2), open));
        if (out.parts_.size() == kKeysMax) {
            return wrong(open, "more than " + std::to_string(kKeysMax) + " keys");
        }
        Part part;
        part.is_padded = key.is_padded;
        if (!key.is_skipped) {
            const auto [found, is_new] =
                known.emplace(key.name, static_cast<std::uint32_t>(out.names_.size()));
            if (is_new) {
                out.names_.push_back(key.name);
            } else if (!key.is_appended) {
                return wrong(open, "the key '" + key.name + "' is there twice",
                             "%{+" + key.name + "} appends to it");
            }
            part.name = found->second;
            auto& places = parts_of[part.name];
            const auto next = static_cast<std::uint32_t>(places.size());
            places.push_back(
                {key.has_order ? key.order : next, static_cast<std::uint32_t>(out.parts_.size())});
        }
        out.parts_.push_back(std::move(part));
        literal = &out.parts_.back().literal;
        at = close + 1;
    }
    if (out.parts_.empty()) return wrong(0, "there is no key in it", "e.g. '%{user} %{+user}'");
    for (auto& [name, places] : parts_of) {
        if (places.size() == 1) continue;
        std::stable_sort(places.begin(), places.end(),
                         [](const Place& a, const Place& b) { return a.order < b.order; });
        Joined joined{name, {}};
        for (const Place& place : places) joined.parts.push_back(place.part);
        out.joined_.push_back(std::move(joined));
    }
    return out;
}

std::string Dissect::missing_literal(std::string_view text) const {
    if (!text.starts_with(head_)) return head_;
    std::size_t at = head_.size();
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        const std::string& literal = parts_[i].literal;
        const bool is_last = i + 1 == parts_.size();
        const std::size_t found = text.find(literal, at);
        if (is_last ? !text.substr(at).ends_with(literal) : found == std::string_view::npos) {
            return literal;
        }
        at = found + literal.size();
        while (parts_[i].is_padded && !literal.empty() && text.substr(at).starts_with(literal)) {
            at += literal.size();
        }
        if (is_last) break;
    }
    return {};
}

bool Dissect::match(std::string_view text, std::string_view* values, RowText& room) const {
    if (!text.starts_with(head_)) return false;
    // Left as they are: most patterns join nothing.
    std::array<std::uint32_t, kKeysMax> begins, ends;
    std::size_t at = head_.size();
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        const Part& part = parts_[i];
        std::size_t end = text.size(), next = text.size();
        if (i + 1 == parts_.size()) {
            if (!part.literal.empty()) {
                if (!text.substr(at).ends_with(part.literal)) return false;
                end = text.size() - part.literal.size();
                while (part.is_padded && end > at &&
                       text.substr(at, end - at).ends_with(part.literal)) {
                    end -= part.literal.size();
                }
            }
        } else {
            end = find(text, at, part.literal);
            if (end == std::string_view::npos) return false;
            next = end + part.literal.size();
            while (part.is_padded && end > at && text[end - 1] == part.literal[0]) --end;
            while (part.is_padded && text.substr(next).starts_with(part.literal)) {
                next += part.literal.size();
            }
        }
        if (part.name != kSkipped) values[part.name] = text.substr(at, end - at);
        begins[i] = static_cast<std::uint32_t>(at);
        ends[i] = static_cast<std::uint32_t>(end);
        at = next;
    }
    const auto piece = [&](std::uint32_t part) {
        return text.substr(begins[part], ends[part] - begins[part]);
    };
    for (const Joined& joined : joined_) {
        std::size_t size = 0;
        for (const std::uint32_t part : joined.parts) size += piece(part).size() + append_.size();
        char* const begin = room.take(size);
        char* to = begin;
        for (const std::uint32_t part : joined.parts) {
            if (part != joined.parts.front()) to = std::copy(append_.begin(), append_.end(), to);
            const std::string_view text_of_part = piece(part);
            to = std::copy(text_of_part.begin(), text_of_part.end(), to);
        }
        values[joined.name] = {begin, static_cast<std::size_t>(to - begin)};
    }
    return true;
}

}  // namespace vedette::parse::user_made
