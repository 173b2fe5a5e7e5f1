// SPDX-License-Identifier: Apache-2.0
#include "parse/user_made/scan_compiler.h"

#include <algorithm>

#include "parse/text_scan.h"
#include "parse/user_made/limits.h"

namespace vedette::parse::user_made {

namespace {

using Class = std::bitset<256>;

Class single(char c) {
    Class out;
    out.set(static_cast<unsigned char>(c));
    return out;
}

Class range(int first, int last) {
    Class out;
    for (int byte = first; byte <= last; ++byte) out.set(static_cast<std::size_t>(byte));
    return out;
}

// RE2's classes hold ASCII only; their complements hold every other character.
Class digits() { return range('0', '9'); }
Class words() { return range('a', 'z') | range('A', 'Z') | digits() | single('_'); }
Class blanks() { return single(' ') | single('\t') | single('\n') | single('\f') | single('\r'); }

bool is_ascii(const Class& bytes) { return (bytes & range(0x80, 0xFF)).none(); }
/// Characters beyond ASCII have several bytes: a class has all of these bytes or none.
bool holds_whole_characters(const Class& bytes) {
    const Class beyond = bytes & range(0x80, 0xFF);
    return beyond.none() || beyond == range(0x80, 0xFF);
}

/// The byte of a class that has one.
char only_byte(const Class& bytes) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
        if (bytes.test(byte)) return static_cast<char>(byte);
    }
    return 0;
}

int hex_value(char c) {
    if (is_digit(c)) return c - '0';
    const char low = static_cast<char>(c | 0x20);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

}  // namespace

bool ScanCompiler::number(std::uint32_t& out) {
    std::uint32_t value = 0;
    std::size_t size = 0;
    while (size < rest_.size() && size < 5 && is_digit(rest_[size])) {
        value = value * 10 + static_cast<std::uint32_t>(rest_[size++] - '0');
    }
    rest_.remove_prefix(size);
    out = value;
    return size > 0;
}

/// What stands behind a backslash, which has been eaten.
std::optional<Class> ScanCompiler::escape() {
    if (rest_.empty()) return std::nullopt;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    switch (c) {
        case 'd': return digits();
        case 'D': return ~digits();
        case 'w': return words();
        case 'W': return ~words();
        case 's': return blanks();
        case 'S': return ~blanks();
        case 't': return single('\t');
        case 'n': return single('\n');
        case 'r': return single('\r');
        case 'f': return single('\f');
        case 'v': return single('\v');
        case 'a': return single('\a');
        case 'x': {
            if (rest_.size() < 2 || hex_value(rest_[0]) < 0 || hex_value(rest_[1]) < 0)
                return std::nullopt;
            const int value = hex_value(rest_[0]) * 16 + hex_value(rest_[1]);
            rest_.remove_prefix(2);
            if (value >= 0x80) return std::nullopt;
            return single(static_cast<char>(value));
        }
        default: break;
    }
    const bool is_plain = static_cast<unsigned char>(c) < 0x80 && !is_digit(c) &&
                          !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z');
    return is_plain ? std::optional(single(c)) : std::nullopt;
}

/// A class in brackets, the first of which has been eaten.
std::optional<Class> ScanCompiler::bracket() {
    Class out;
    const bool is_negated = rest_.starts_with('^');
    if (is_negated) rest_.remove_prefix(1);
    for (bool is_first = true;; is_first = false) {
        if (rest_.empty()) return std::nullopt;
        char c = rest_.front();
        if (c == ']' && !is_first) break;
        if (c == '[' && rest_.size() > 1 && (rest_[1] == ':' || rest_[1] == '='))
            return std::nullopt;
        rest_.remove_prefix(1);
        if (static_cast<unsigned char>(c) >= 0x80) return std::nullopt;
        Class bytes = single(c);
        if (c == '\\') {
            const auto escaped = escape();
            if (!escaped) return std::nullopt;
            bytes = *escaped;
            if (bytes.count() == 1) c = only_byte(bytes);
        }
        const bool is_range =
            bytes.count() == 1 && rest_.size() > 1 && rest_[0] == '-' && rest_[1] != ']';
        if (is_range) {
            rest_.remove_prefix(1);
            char last = rest_.front();
            rest_.remove_prefix(1);
            if (last == '\\') {
                const auto escaped = escape();
                if (!escaped || escaped->count() != 1) return std::nullopt;
                last = only_byte(*escaped);
            } else if (last == '[' || static_cast<unsigned char>(last) >= 0x80) {
                return std::nullopt;
            }
            if (last < c) return std::nullopt;
            bytes = range(static_cast<unsigned char>(c), static_cast<unsigned char>(last));
        }
        out |= bytes;
    }
    rest_.remove_prefix(1);
    if (is_negated) out = ~out;
    return out;
}

bool ScanCompiler::repetition(Item& item) {
    if (rest_.empty()) return true;
    const char c = rest_.front();
    if (c == '*' || c == '+' || c == '?') {
        item.min = c == '+' ? 1 : 0;
        item.max = c == '?' ? 1 : kNoLimit;
        rest_.remove_prefix(1);
    } else if (c == '{') {
        rest_.remove_prefix(1);
        if (!number(item.min)) return false;
        item.max = item.min;
        if (rest_.starts_with(',')) {
            rest_.remove_prefix(1);
            if (!number(item.max)) item.max = kNoLimit;
        }
        if (!rest_.starts_with('}') || item.max < item.min) return false;
        rest_.remove_prefix(1);
    } else {
        return true;
    }
    if (rest_.starts_with('?')) {
        item.is_lazy = true;
        rest_.remove_prefix(1);
    }
    // "a**" and "a{2}{3}" are left to RE2.
    const bool is_again = !rest_.empty() && (rest_[0] == '*' || rest_[0] == '+' ||
                                             rest_[0] == '?' || rest_[0] == '{');
    return !is_again;
}

std::optional<ScanCompiler::Item> ScanCompiler::item(int depth) {
    Item out;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == '(') {
        out.is_group = true;
        if (rest_.starts_with("?:")) {
            rest_.remove_prefix(2);
        } else if (rest_.starts_with("?P<")) {
            const std::size_t close = rest_.find('>');
            if (close == std::string_view::npos) return std::nullopt;
            rest_.remove_prefix(close + 1);
            out.group = group_count_++;
        } else if (rest_.starts_with('?')) {
            return std::nullopt;  // flags
        } else {
            out.group = group_count_++;
        }
        auto inside = sequence(depth + 1);
        if (!inside || !rest_.starts_with(')')) return std::nullopt;
        rest_.remove_prefix(1);
        out.inside = std::move(*inside);
    } else if (c == '[') {
        const auto bytes = bracket();
        if (!bytes) return std::nullopt;
        out.bytes = *bytes;
    } else if (c == '\\') {
        const auto bytes = escape();
        if (!bytes) return std::nullopt;
        out.bytes = *bytes;
    } else if (c == '.') {
        out.bytes = ~single('\n');
    } else if (c == '|' || c == '^' || c == '$' || c == '*' || c == '+' || c == '?' || c == '{') {
        return std::nullopt;
    } else {
        // A character beyond ASCII is several items; none of them may be repeated alone.
        out.bytes = single(c);
        const bool is_beyond = static_cast<unsigned char>(c) >= 0x80;
        if (is_beyond) {
            const bool is_repeated =
                !rest_.empty() && std::string_view("*+?{").find(rest_[0]) != std::string_view::npos;
            if (is_repeated) return std::nullopt;
            return out;
        }
    }
    if (!repetition(out)) return std::nullopt;
    if (out.is_group && !(out.min <= 1 && out.max == 1)) return std::nullopt;
    if (!out.is_group && out.bytes.count() > 1 && !holds_whole_characters(out.bytes))
        return std::nullopt;
    // Counts are of characters, ours of bytes.
    const bool counts = out.min > 1 || (out.max != kNoLimit && out.max != out.min) || out.max > 1;
    const bool is_counted = counts && out.max != kNoLimit;
    if (!out.is_group && (is_counted || out.min > 1) && !is_ascii(out.bytes)) return std::nullopt;
    // A single item beyond ASCII is a whole character there and a byte here.
    const bool is_one = !out.is_group && out.max == 1 && out.bytes.count() > 1;
    if (is_one && !is_ascii(out.bytes)) return std::nullopt;
    return out;
}

std::optional<std::vector<ScanCompiler::Item>> ScanCompiler::sequence(int depth) {
    if (depth > kScanDepthMax) return std::nullopt;
    std::vector<Item> out;
    while (!rest_.empty() && rest_.front() != ')') {
        if (depth == 0 && rest_ == "$") {
            has_end_ = true;
            rest_ = {};
            break;
        }
        auto next = item(depth);
        if (!next || out.size() > kScanStepsMax) return std::nullopt;
        out.push_back(std::move(*next));
    }
    return out;
}

bool ScanCompiler::is_nullable(const Item& item) {
    if (item.min == 0) return true;
    return item.is_group && std::all_of(item.inside.begin(), item.inside.end(), is_nullable);
}

void ScanCompiler::add_first(const Item& item, Class& bytes, bool& may_be_empty) {
    if (!item.is_group) {
        bytes |= item.bytes;
        may_be_empty = item.min == 0;
        return;
    }
    may_be_empty = true;
    for (const Item& inner : item.inside) {
        add_first(inner, bytes, may_be_empty);
        if (!may_be_empty) break;
    }
    may_be_empty = may_be_empty || item.min == 0;
}

ScanCompiler::Follow ScanCompiler::before(const std::vector<Item>& items, std::size_t from,
                                          const Follow& behind) {
    Follow out;
    for (std::size_t i = from; i < items.size(); ++i) {
        bool may_be_empty = false;
        add_first(items[i], out.bytes, may_be_empty);
        if (!may_be_empty) return out;
    }
    out.bytes |= behind.bytes;
    out.may_end_anywhere = behind.may_end_anywhere;
    return out;
}

bool ScanCompiler::add(ScanProgram::Step step) {
    is_literal_open_ = false;
    out_.steps_.push_back(step);
    return out_.steps_.size() <= kScanStepsMax;
}

std::uint32_t ScanCompiler::add_class(const Class& bytes) {
    const auto found = std::find(out_.classes_.begin(), out_.classes_.end(), bytes);
    const auto index = static_cast<std::uint32_t>(found - out_.classes_.begin());
    if (found == out_.classes_.end()) {
        out_.classes_.push_back(bytes);
        std::array<bool, 256> table{};
        for (std::size_t byte = 0; byte < 256; ++byte) table[byte] = bytes.test(byte);
        out_.tables_.push_back(table);
    }
    return index;
}

void ScanCompiler::add_literal(char c) {
    if (!is_literal_open_) {
        add({ScanProgram::Code::literal, static_cast<std::uint32_t>(out_.text_.size()), 0, 0, 0,
             0});
    }
    out_.text_ += c;
    ++out_.steps_.back().b;
    is_literal_open_ = true;
}

/// A lazy run in front of a literal: up to the first occurrence of the literal, which is then
/// walked over by the steps behind it.
bool ScanCompiler::emit_find(const std::vector<Item>& items, std::size_t at) {
    std::string literal;
    for (std::size_t i = at + 1; i < items.size(); ++i) {
        const Item& next = items[i];
        const bool is_literal =
            !next.is_group && next.min == 1 && next.max == 1 && next.bytes.count() == 1;
        if (!is_literal) break;
        for (int byte = 0; byte < 256; ++byte) {
            if (next.bytes.test(static_cast<std::size_t>(byte))) literal += static_cast<char>(byte);
        }
    }
    if (literal.empty() || items[at].max != kNoLimit) return false;
    ScanProgram::Step step;
    step.code = ScanProgram::Code::find;
    step.a = static_cast<std::uint32_t>(out_.text_.size());
    step.b = static_cast<std::uint32_t>(literal.size());
    step.c = add_class(items[at].bytes);
    step.min = items[at].min;
    out_.text_ += literal;
    return add(step);
}

bool ScanCompiler::emit_class(const std::vector<Item>& items, std::size_t& at,
                              const Follow& follow) {
    const Item& item = items[at];
    if (item.min == 1 && item.max == 1 && item.bytes.count() == 1) {
        for (int byte = 0; byte < 256; ++byte) {
            if (item.bytes.test(static_cast<std::size_t>(byte)))
                add_literal(static_cast<char>(byte));
        }
        return out_.steps_.size() <= kScanStepsMax;
    }
    const bool is_fixed = item.min == item.max;
    const bool is_apart = (item.bytes & follow.bytes).none();
    if (!is_fixed && item.is_lazy && (!is_apart || follow.may_end_anywhere)) return false;
    if (!is_fixed && !item.is_lazy && !is_apart) return false;
    ScanProgram::Step step;
    step.min = item.min;
    step.max = item.max;
    const Class left_out = ~item.bytes;
    if (left_out.count() == 1 && item.max == kNoLimit) {
        step.code = ScanProgram::Code::run_until;
        for (std::uint32_t byte = 0; byte < 256; ++byte) {
            if (left_out.test(byte)) step.a = byte;
        }
    } else {
        step.code = ScanProgram::Code::run;
        step.a = add_class(item.bytes);
    }
    return add(step);
}

bool ScanCompiler::emit_group(const Item& item, const Follow& follow) {
    std::size_t option = 0;
    if (item.min == 0) {
        Class first;
        bool may_be_empty = false;
        Item once = item;
        once.min = 1;
        add_first(once, first, may_be_empty);
        if (may_be_empty || (first & follow.bytes).any()) return false;
        // A lazy option at the very end is never taken.
        if (item.is_lazy && follow.may_end_anywhere) return false;
        ScanProgram::Step step;
        step.code = ScanProgram::Code::option;
        step.a = add_class(first);
        option = out_.steps_.size();
        if (!add(step)) return false;
    }
    const auto group = static_cast<std::uint32_t>(item.group);
    if (item.group >= 0 && !add({ScanProgram::Code::open, group, 0, 0, 0, 0})) return false;
    if (!emit(item.inside, follow)) return false;
    if (item.group >= 0 && !add({ScanProgram::Code::close, group, 0, 0, 0, 0})) return false;
    if (item.min == 0) {
        out_.steps_[option].b = static_cast<std::uint32_t>(out_.steps_.size());
        is_literal_open_ = false;
    }
    return true;
}

bool ScanCompiler::emit(const std::vector<Item>& items, const Follow& behind) {
    for (std::size_t i = 0; i < items.size(); ++i) {
        const Follow follow = before(items, i + 1, behind);
        if (items[i].is_group) {
            // `(.*?)" `: the literal stands behind the group, not in it.
            const Item& group = items[i];
            const bool is_lazy_run = group.min == 1 && group.inside.size() == 1 &&
                                     !group.inside[0].is_group && group.inside[0].is_lazy &&
                                     (group.inside[0].bytes & follow.bytes).any();
            if (!is_lazy_run) {
                if (!emit_group(group, follow)) return false;
                continue;
            }
            std::vector<Item> flat = {group.inside[0]};
            flat.insert(flat.end(), items.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                        items.end());
            const auto number = static_cast<std::uint32_t>(group.group);
            if (group.group >= 0 && !add({ScanProgram::Code::open, number, 0, 0, 0, 0}))
                return false;
            if (!emit_find(flat, 0)) return false;
            if (group.group >= 0 && !add({ScanProgram::Code::close, number, 0, 0, 0, 0}))
                return false;
            continue;
        }
        const bool is_lazy_run = items[i].is_lazy && (items[i].bytes & follow.bytes).any();
        if (is_lazy_run ? !emit_find(items, i) : !emit_class(items, i, follow)) return false;
    }
    return true;
}

std::optional<ScanProgram> ScanCompiler::compile() {
    if (rest_.starts_with('^')) rest_.remove_prefix(1);
    const auto items = sequence(0);
    if (!items || !rest_.empty()) return std::nullopt;
    Follow behind;
    behind.may_end_anywhere = !has_end_;
    if (!emit(*items, behind)) return std::nullopt;
    if (has_end_ && !add({})) return std::nullopt;
    out_.group_count_ = static_cast<std::size_t>(group_count_);
    return std::move(out_);
}

}  // namespace vedette::parse::user_made
