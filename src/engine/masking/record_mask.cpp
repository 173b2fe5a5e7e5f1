// SPDX-License-Identifier: Apache-2.0
#include "engine/masking/record_mask.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>

#include "engine/masking/limits.h"
#include "event/schema.h"

namespace vedette::engine::masking {

namespace {

/// What stands at one place of a record in some writing: a few bytes of text, and how many bytes it
/// takes there.
struct Unit {
    std::array<char, 4> bytes{};
    std::size_t size = 0, taken = 0;
};
using Reader = Unit (*)(std::string_view rest);

char lower_letter(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

Unit plain(std::string_view rest) { return {{rest[0]}, 1, 1}; }

int hex_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (lower_letter(c) >= 'a' && lower_letter(c) <= 'f') return lower_letter(c) - 'a' + 10;
    return -1;
}

/// The number that so many hexadecimal digits stand for; -1 if they are none.
std::int64_t hex_number(std::string_view text, std::size_t at, std::size_t digits) {
    if (text.size() < at + digits) return -1;
    std::int64_t number = 0;
    for (std::size_t i = at; i < at + digits; ++i) {
        if (hex_of(text[i]) < 0) return -1;
        number = number * 16 + hex_of(text[i]);
    }
    return number;
}

Unit utf8(std::int64_t code, std::size_t taken) {
    Unit unit;
    unit.taken = taken;
    const auto put = [&unit](std::int64_t byte) {
        unit.bytes[unit.size++] = static_cast<char>(byte);
    };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | code >> 6);
        put(0x80 | (code & 63));
    } else if (code < 0x10000) {
        put(0xE0 | code >> 12);
        put(0x80 | (code >> 6 & 63));
        put(0x80 | (code & 63));
    } else {
        put(0xF0 | (code >> 18 & 7));
        put(0x80 | (code >> 12 & 63));
        put(0x80 | (code >> 6 & 63));
        put(0x80 | (code & 63));
    }
    return unit;
}

/// JSON, and what C, journals and YAML write in the same manner.   Source: RFC 8259 section 7
Unit backslash(std::string_view rest) {
    if (rest[0] != '\\' || rest.size() < 2) return plain(rest);
    constexpr std::string_view kLetters = "bfnrtv0", kMeant("\b\f\n\r\t\v\0", 7);
    if (const auto at = kLetters.find(rest[1]); at != std::string_view::npos) {
        return {{kMeant[at]}, 1, 2};
    }
    if (rest[1] == 'x') {
        const std::int64_t byte = hex_number(rest, 2, 2);
        return byte < 0 ? plain(rest) : Unit{{static_cast<char>(byte)}, 1, 4};
    }
    if (rest[1] != 'u') return {{rest[1]}, 1, 2};
    const std::int64_t code = hex_number(rest, 2, 4);
    if (code < 0) return plain(rest);
    if (code < 0xD800 || code > 0xDBFF || rest.substr(6, 2) != "\\u") return utf8(code, 6);
    const std::int64_t second = hex_number(rest, 8, 4);
    if (second < 0xDC00 || second > 0xDFFF) return utf8(code, 6);
    return utf8(0x10000 + ((code - 0xD800) << 10) + (second - 0xDC00), 12);
}

/// Source: XML 1.0 sections 4.1 and 4.6
Unit entity(std::string_view rest) {
    if (rest[0] != '&') return plain(rest);
    struct Named {
        std::string_view name;
        char meant;
    };
    static constexpr Named kNamed[] = {
        {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
    for (const Named& named : kNamed) {
        if (rest.starts_with(named.name)) return {{named.meant}, 1, named.name.size()};
    }
    const std::size_t end = rest.substr(0, 12).find(';');
    if (end == std::string_view::npos || rest[1] != '#' || end < 3) return plain(rest);
    const bool is_hex = lower_letter(rest[2]) == 'x';
    std::int64_t code = 0;
    for (std::size_t i = is_hex ? 3 : 2; i < end; ++i) {
        const int digit = hex_of(rest[i]);
        if (digit < 0 || (!is_hex && digit > 9)) return plain(rest);
        code = code * (is_hex ? 16 : 10) + digit;
    }
    return code > 0x10FFFF ? plain(rest) : utf8(code, end + 1);
}

/// Source: RFC 3986 section 2.1; HTML's forms write a blank as a plus
Unit percent(std::string_view rest) {
    if (rest[0] == '+') return {{' '}, 1, 1};
    const std::int64_t byte = rest[0] == '%' ? hex_number(rest, 1, 2) : -1;
    return byte < 0 ? plain(rest) : Unit{{static_cast<char>(byte)}, 1, 3};
}

/// Source: RFC 4180 section 2
Unit doubled_quote(std::string_view rest) {
    return rest.starts_with("\"\"") ? Unit{{'"'}, 1, 2} : plain(rest);
}

struct Writing {
    Reader read;
    std::string_view marks;  ///< bytes at which an escape begins
    std::string_view sign;   ///< without one of these texts the record has no such escape
    std::string_view other_sign;
};
constexpr Writing kWritings[] = {{plain, {}, {}, {}},
                                 {backslash, "\\", "\\", "\\"},
                                 {entity, "&", "&", "&"},
                                 {percent, "%+", "%", "+"},
                                 {doubled_quote, "\"", "\"\"", "\"\""}};

bool is_in(std::string_view record, const Writing& writing) {
    return record.find(writing.sign) != std::string_view::npos ||
           record.find(writing.other_sign) != std::string_view::npos;
}

/// How many bytes of `rest` are the value in this writing; 0 if it does not begin here.
std::size_t match(std::string_view rest, std::string_view value, Reader read, std::size_t& steps) {
    std::size_t at = 0, done = 0;
    while (done < value.size()) {
        ++steps;
        if (at >= rest.size()) return 0;
        const Unit unit = read(rest.substr(at));
        for (std::size_t i = 0; i < unit.size; ++i, ++done) {
            if (done == value.size() || lower_letter(unit.bytes[i]) != lower_letter(value[done]))
                return 0;
        }
        at += unit.taken;
    }
    return at;
}

bool is_word(char c) {
    return (lower_letter(c) >= 'a' && lower_letter(c) <= 'z') || (c >= '0' && c <= '9') ||
           c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_delimiter(char c) {
    constexpr std::string_view kDelimiters = " \t\r\n\"'`()[]{}<>=,;|";
    return kDelimiters.find(c) != std::string_view::npos || static_cast<unsigned char>(c) < 0x20;
}

/// Whether the stretch is the value, and not a part of something longer.
bool stands_for_itself(std::string_view record, std::size_t begin, std::size_t end,
                       std::string_view value) {
    const char before = begin > 0 ? record[begin - 1] : ' ';
    const char behind = end < record.size() ? record[end] : ' ';
    if (value.size() < kShortBytes) return is_delimiter(before) && is_delimiter(behind);
    if (is_digit(value.front()) && is_word(before)) return false;
    return !(is_digit(value.back()) && is_word(behind));
}

/// Words of which the names of fields are made.
const std::set<std::string, std::less<>>& words_of_names() {
    static const std::set<std::string, std::less<>> words = [] {
        std::set<std::string, std::less<>> out = {"id", "type", "value", "data", "email", "group"};
        for (const event::SchemaField& field : event::schema_fields()) {
            for (std::size_t begin = 0; begin < field.name.size();) {
                const std::size_t end = std::min(field.name.find('.', begin), field.name.size());
                out.emplace(field.name.substr(begin, end - begin));
                begin = end + 1;
            }
        }
        return out;
    }();
    return words;
}

bool is_name_of_value(std::string_view record, std::size_t begin, std::size_t end,
                      std::string_view value) {
    const std::string_view before = record.substr(0, begin);
    std::size_t at = end;
    if (at < record.size() && (record[at] == '"' || record[at] == '\'')) ++at;
    while (at < record.size() && record[at] == ' ') ++at;
    const bool has_value = at < record.size() && (record[at] == ':' || record[at] == '=');
    if (!has_value && !before.ends_with('<') && !before.ends_with("</")) return false;
    std::string word(value);
    std::transform(word.begin(), word.end(), word.begin(), lower_letter);
    return words_of_names().contains(word);
}

/// Bytes at which one of the secrets may begin in a writing: its first letter in either case, or an
/// escape.
class Starts {
  public:
    Starts(const std::vector<Secret>& secrets, std::string_view marks) {
        for (const char mark : marks) set(mark);
        for (const Secret& secret : secrets) {
            if (secret.value.empty()) continue;
            const char first = lower_letter(secret.value[0]);
            set(first);
            set(secret.value[0]);
            if (first >= 'a' && first <= 'z') set(static_cast<char>(first - 'a' + 'A'));
        }
    }
    bool has(char c) const { return bytes_[static_cast<unsigned char>(c)]; }

  private:
    void set(char c) { bytes_[static_cast<unsigned char>(c)] = true; }
    std::array<bool, 256> bytes_{};
};

/// All places in one writing. False if it takes too long.
bool find_in(std::string_view record, const Writing& writing, const std::vector<Secret>& secrets,
             std::vector<Occurrence>& found) {
    const Starts starts(secrets, writing.marks);
    std::vector<std::size_t> steps(secrets.size(), 0), next(secrets.size(), 0);
    for (std::size_t at = 0; at < record.size(); ++at) {
        if (!starts.has(record[at])) continue;
        const char c = lower_letter(record[at]);
        const bool is_mark = writing.marks.find(record[at]) != std::string_view::npos;
        for (std::size_t i = 0; i < secrets.size(); ++i) {
            const std::string& value = secrets[i].value;
            if (value.empty() || at < next[i] || (!is_mark && lower_letter(value[0]) != c))
                continue;
            const std::size_t taken = match(record.substr(at), value, writing.read, steps[i]);
            if (steps[i] > (record.size() + value.size()) * kStepsPerByteMax) return false;
            if (taken == 0 || !stands_for_itself(record, at, at + taken, value) ||
                is_name_of_value(record, at, at + taken, value)) {
                continue;
            }
            found.push_back({at, at + taken, i});
            next[i] = at + taken;
        }
    }
    return true;
}

}  // namespace

std::optional<std::vector<Occurrence>> find_secrets(std::string_view record,
                                                    const std::vector<Secret>& secrets) {
    std::vector<Occurrence> found;
    for (const Writing& writing : kWritings) {
        if (!is_in(record, writing)) continue;
        if (!find_in(record, writing, secrets, found)) return std::nullopt;
    }
    std::sort(found.begin(), found.end(), [](const Occurrence& a, const Occurrence& b) {
        return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
    });
    std::vector<Occurrence> apart;
    for (const Occurrence& each : found) {
        if (!apart.empty() && each.begin < apart.back().end) {
            apart.back().end = std::max(apart.back().end, each.end);
        } else {
            apart.push_back(each);
        }
    }
    return apart;
}

std::string replaced(std::string_view record, const std::vector<Occurrence>& places,
                     const std::vector<Secret>& secrets) {
    std::string out;
    std::size_t at = 0;
    for (const Occurrence& place : places) {
        out.append(record.substr(at, place.begin - at));
        out.append(secrets[place.secret].mask);
        at = place.end;
    }
    return out.append(record.substr(at));
}

}  // namespace vedette::engine::masking
