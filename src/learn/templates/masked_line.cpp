// SPDX-License-Identifier: Apache-2.0
#include "learn/templates/masked_line.h"

#include <algorithm>
#include <cstring>

#include "base/hash.h"

namespace vedette::learn {

namespace {

enum CharKind : std::uint8_t { kBlank, kPart, kDigit, kDelimiter };

constexpr std::array<std::uint8_t, 256> make_kinds() {
    std::array<std::uint8_t, 256> kinds{};
    for (int c = 0; c < 256; ++c) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
        kinds[c] = is_letter ? kPart : kDelimiter;
        if (c <= ' ' || c == 0x7F) kinds[c] = kBlank;
        if (c >= '0' && c <= '9') kinds[c] = kDigit;
    }
    for (const char c :
         {'_', '.', '$', '/', '\\', '*', '@', '~', '%', '&', '#', '!', '?', '^', '+', '-'}) {
        kinds[static_cast<unsigned char>(c)] = kPart;
    }
    return kinds;
}

constexpr std::array<std::uint8_t, 256> kKinds = make_kinds();

CharKind kind_of(char c) { return static_cast<CharKind>(kKinds[static_cast<unsigned char>(c)]); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_part(char c) { return kind_of(c) == kPart || kind_of(c) == kDigit; }

template <std::size_t N>
bool is_one_of(std::string_view text, const std::array<std::string_view, N>& list) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

constexpr std::array<std::string_view, 24> kMonths = {
    "Jan",  "Feb",  "Mar",    "Apr",       "May",     "Jun",      "Jul",      "Aug",
    "Sep",  "Oct",  "Nov",    "Dec",       "January", "February", "March",    "April",
    "June", "July", "August", "September", "October", "November", "December", "Sept"};
constexpr std::array<std::string_view, 14> kDays = {
    "Mon",    "Tue",     "Wed",       "Thu",      "Fri",    "Sat",      "Sun",
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
constexpr std::array<std::string_view, 13> kUnits = {"B",   "KB",  "MB",  "GB", "TB",  "kB",  "KiB",
                                                     "MiB", "GiB", "TiB", "ms", "sec", "secs"};

/// The piece that begins at or behind blanks from `at`.
std::string_view next_piece(std::string_view line, std::size_t at) {
    while (at < line.size() && (line[at] == ' ' || line[at] == ',')) ++at;
    std::size_t end = at;
    while (end < line.size() && is_part(line[end])) ++end;
    return line.substr(at, end - at);
}

bool begins_with_digit(std::string_view piece) { return !piece.empty() && is_digit(piece[0]); }

/// Names of days and months before a number, and a zone between a time and a year.
bool is_of_date(std::string_view piece, std::string_view line, std::size_t end, bool after_time) {
    if (piece.size() < 3 || piece.size() > 9 || piece[0] < 'A' || piece[0] > 'Z') return false;
    const std::string_view next = next_piece(line, end);
    if (begins_with_digit(next)) {
        if (is_one_of(piece, kMonths)) return true;
        const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
        return after_time && piece.size() <= 4 && next.size() == 4 &&
               std::all_of(piece.begin(), piece.end(), is_capital);
    }
    if (!is_one_of(piece, kDays) || !is_one_of(next, kMonths)) return false;
    const auto behind = static_cast<std::size_t>(next.data() + next.size() - line.data());
    return begins_with_digit(next_piece(line, behind));
}

bool is_masked_piece(std::string_view piece, bool has_digit) {
    if (has_digit) return true;
    if (piece.size() > 1 && (piece[0] == '/' || piece[0] == '\\')) return true;
    if (piece.size() < 3) return false;
    std::size_t slashes = 0;
    bool is_hex = piece.size() >= 6;
    for (const char c : piece) {
        slashes += c == '/' || c == '\\' ? 1 : 0;
        is_hex = is_hex && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
    }
    return is_hex || slashes >= 2;
}

/// Where the quoted text or the dumped structure that begins at `at` ends; `at` where none does.
std::size_t joined_until(std::string_view line, std::size_t at) {
    if (line[at] == '"') {
        const std::size_t close = line.find('"', at + 1);
        return close == std::string_view::npos ? at : close;
    }
    if (at == 0 || !(is_part(line[at - 1]) || line[at - 1] == '=')) return at;
    const std::size_t close = line.find_first_of("{}", at + 1);
    return close == std::string_view::npos || line[close] == '{' ? at : close;
}

}  // namespace

void MaskedLine::add_mask() {
    const std::size_t begin = word_begin();
    const auto at = [&](std::size_t back) { return text_[text_.size() - back]; };
    if (text_.size() > begin && at(1) == '*') return;
    if (text_.size() > begin + 1 && at(2) == '*' &&
        (at(1) == ':' || at(1) == ',' || at(1) == '=')) {
        text_.pop_back();
        return;
    }
    text_.push_back('*');
}

void MaskedLine::add_piece(std::string_view piece, bool has_digit) {
    if (!is_masked_piece(piece, has_digit)) {
        text_.append(piece);
        last_ = Piece::other;
        return;
    }
    const bool is_number =
        has_digit && piece.find_first_not_of("0123456789.+-") == std::string_view::npos;
    last_ = is_number ? Piece::number : Piece::mask;
    add_mask();
}

/// Ends the word under way, and joins it to the one before where both are masks.
void MaskedLine::end_word() {
    const std::size_t begin = word_begin();
    if (text_.size() == begin) return;
    if (text_.size() - begin > kWordBytesMax) {
        text_.resize(begin + kWordBytesMax - 1);
        text_.push_back('*');
    }
    const auto is_mask = [&](std::size_t from, std::size_t to) {
        return from < to && text_[from] == '*' &&
               (to == from + 1 || (to == from + 2 && text_[from + 1] == ','));
    };
    if (!ends_.empty()) {
        const std::size_t before = ends_.size() == 1 ? 0 : ends_[ends_.size() - 2];
        const bool is_list = text_[begin] == '*' && is_mask(before, ends_.back()) &&
                             text_.find_first_not_of("*,.;:()[]\"'<>", begin) == std::string::npos;
        if (is_list) {
            text_.erase(before, begin - before);
            ends_.pop_back();
        } else if (ends_.size() == kWordsMax) {
            const std::size_t last = ends_[kWordsMax - 2];
            text_.resize(last);
            text_.push_back('*');
            ends_.back() = static_cast<std::uint32_t>(text_.size());
            return;
        }
    }
    ends_.push_back(static_cast<std::uint32_t>(text_.size()));
}

/// A unit behind a number is part of the quantity: `9.6 KB`, `<1 sec`.
bool MaskedLine::swallows_unit(std::string_view line, std::size_t& at) const {
    std::size_t end = at;
    while (end < line.size() && end - at < 5 && is_letter(line[end])) ++end;
    if (end < line.size() && is_part(line[end]) && line[end] != '.') return false;
    if (end == at || !is_one_of(line.substr(at, end - at), kUnits)) return false;
    at = end;
    return true;
}

void MaskedLine::set(std::string_view line) {
    line = line.substr(0, kLineBytesMax);
    text_.clear();
    ends_.clear();
    last_ = Piece::other;
    last_had_colon_ = false;
    std::size_t at = 0, joined = 0;  // up to `joined` blanks do not cut
    bool is_joined = false;
    while (at < line.size()) {
        const char c = line[at];
        const CharKind kind = kind_of(c);
        if (is_joined && at >= joined) is_joined = false;
        if (kind == kBlank && !is_joined) {
            ++at;
            if (last_ == Piece::number && c == ' ' && swallows_unit(line, at)) {
                const std::size_t begin = word_begin();
                if (text_.size() == begin + 2 && text_[begin] == '<') text_.erase(begin, 1);
                last_ = Piece::mask;
                continue;
            }
            end_word();
            last_ = Piece::other;
            continue;
        }
        if (kind == kDelimiter) {
            if ((c == '"' || c == '{') && !is_joined) {
                joined = joined_until(line, at);
                is_joined = joined > at;
            }
            last_had_colon_ = (last_ == Piece::number || last_had_colon_) && c == ':';
            text_.push_back(c);
            last_ = Piece::other;
            ++at;
            continue;
        }
        std::size_t end = at;
        bool has_digit = false, has_blank = false;
        while (end < line.size()) {
            const CharKind next = kind_of(line[end]);
            const bool is_inner_blank = next == kBlank && is_joined && end < joined;
            if (next == kDelimiter || (next == kBlank && !is_inner_blank)) break;
            has_digit = has_digit || next == kDigit;
            has_blank = has_blank || is_inner_blank;
            ++end;
            const bool is_after_dots = line[end - 1] == '.' && end - at >= 2 &&
                                       line[end - 2] == '.' &&
                                       (end == line.size() || line[end] != '.');
            if (is_after_dots) break;
        }
        const std::string_view piece = line.substr(at, end - at);
        const bool is_after_dots = piece.ends_with("..");
        if (!has_digit && is_of_date(piece, line, end, last_had_colon_)) {
            add_mask();
            last_ = Piece::mask;
        } else {
            const bool has_time = last_had_colon_ && has_digit;
            add_piece(piece, has_digit);
            last_had_colon_ = has_time;
        }
        if (has_blank && last_ == Piece::other) {
            const std::size_t from = text_.size() - piece.size();
            std::replace_if(
                text_.begin() + static_cast<std::ptrdiff_t>(from), text_.end(),
                [](char x) { return kind_of(x) == kBlank; }, '_');
        }
        at = end;
        if (is_after_dots) end_word();
    }
    end_word();
    hash_ = hash_of(text_, ends_);
}

std::uint64_t MaskedLine::hash_of(std::string_view text, std::span<const std::uint32_t> ends) {
    std::uint64_t hash = base::hash64(text);
    for (const std::uint32_t end : ends) hash = (hash ^ end) * 0x9E37'79B9'7F4A'7C15ull;
    return hash;
}

namespace {

bool is_name_char(char c) { return is_letter(c) || is_digit(c) || c == '_' || (c & 0x80) != 0; }

constexpr std::string_view kAroundWords = ".,;:()[]\"'<>";

std::string_view bare(std::string_view word) {
    const std::size_t begin = word.find_first_not_of(kAroundWords);
    if (begin == std::string_view::npos) return {};
    return word.substr(begin, word.find_last_not_of(kAroundWords) - begin + 1);
}

std::uint32_t key_bytes_of(std::string_view word) {
    const auto opens = [](char c) {
        return std::string_view("=:[({<\"'").find(c) != std::string_view::npos;
    };
    std::size_t lead = 0;
    while (lead < word.size() && !is_name_char(word[lead])) ++lead;
    std::size_t end = lead;
    while (end < word.size() && (is_name_char(word[end]) || word[end] == '.')) ++end;
    if (end < word.size() && opens(word[end])) {
        ++end;
    } else {
        end = lead;
        while (end > 0 && !opens(word[end - 1])) --end;
    }
    return end < word.size() ? static_cast<std::uint32_t>(end) : 0;
}

constexpr std::array<std::string_view, 8> kNamers = {"user",     "username", "account", "host",
                                                     "hostname", "domain",   "group",   "login"};

}  // namespace

WordTraits traits_of(std::string_view word) {
    WordTraits traits;
    traits.key_bytes = key_bytes_of(word);
    const std::string_view core = bare(word);
    traits.is_masked = core == "*";
    const auto is_outer = [](char c) { return !is_name_char(c) && c != '*'; };
    const auto* const first = std::find_if_not(word.begin(), word.end(), is_outer);
    const auto* const letters_end = std::find_if_not(first, word.end(), is_letter);
    traits.is_word = letters_end != first && std::all_of(letters_end, word.end(), is_outer);
    std::string_view stem = word;
    while (!stem.empty() && std::strchr(".,:;!?", stem.back()) != nullptr) stem.remove_suffix(1);
    traits.is_name = stem.find_first_of(".*@/") == std::string_view::npos;
    const std::string_view value = bare(word.substr(traits.key_bytes));
    traits.is_value_letters = !value.empty() && std::all_of(value.begin(), value.end(), is_letter);
    traits.announces_name = is_one_of(core, kNamers);
    return traits;
}

}  // namespace vedette::learn
