// SPDX-License-Identifier: Apache-2.0
#include "rule/intel/indicator.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/time.h"
#include "event/table_text.h"
#include "rule/intel/domain_name.h"
#include "rule/intel/limits.h"
#include "rule/intel/url_key.h"

namespace vedette::rule::intel {

namespace {

struct TypeEntry {
    IndicatorType type;
    std::string_view name;
    std::size_t digits;  ///< hexadecimal, of values that are such
};

constexpr std::array<TypeEntry, kIndicatorTypes> kTypes = {{
    {IndicatorType::network, "ip", 0},
    {IndicatorType::domain, "domain", 0},
    {IndicatorType::url, "url", 0},
    {IndicatorType::email, "email", 0},
    {IndicatorType::md5, "md5", 32},
    {IndicatorType::sha1, "sha1", 40},
    {IndicatorType::sha256, "sha256", 64},
    {IndicatorType::sha512, "sha512", 128},
    {IndicatorType::imphash, "imphash", 32},
    {IndicatorType::user_agent, "user_agent", 0},
    {IndicatorType::ja3, "ja3", 32},
    {IndicatorType::ja3s, "ja3s", 32},
    {IndicatorType::ja4, "ja4", 0},
}};

const TypeEntry& entry_of(IndicatorType type) { return kTypes[static_cast<std::size_t>(type)]; }

int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_hex(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return digit(c) >= 0; });
}

std::optional<std::string_view> hex_key(std::string_view text, std::size_t digits,
                                        std::string& room) {
    if (text.size() != digits) return std::nullopt;
    room.clear();
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = digit(text[i]), low = digit(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        room.push_back(static_cast<char>(high * 16 + low));
    }
    return room;
}

std::string hex_text(std::string_view bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out.push_back(kDigits[byte >> 4]);
        out.push_back(kDigits[byte & 15]);
    }
    return out;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// `t13d1516h2_8daaf6152771_e5627efa2ab1`.   Source: the published description of JA4
std::optional<std::string_view> ja4_key(std::string_view text, std::string& room) {
    constexpr std::size_t kFront = 10, kPart = 12;
    if (text.size() != kFront + 2 * (kPart + 1) || text[kFront] != '_' ||
        text[kFront + 1 + kPart] != '_') {
        return std::nullopt;
    }
    room.clear();
    for (const char c : text) room.push_back(lower(c));
    const std::string_view front = std::string_view(room).substr(0, kFront);
    const auto is_word = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'); };
    if (!std::all_of(front.begin(), front.end(), is_word)) return std::nullopt;
    if (!is_hex(std::string_view(room).substr(kFront + 1, kPart)) ||
        !is_hex(std::string_view(room).substr(kFront + 2 + kPart))) {
        return std::nullopt;
    }
    return room;
}

std::optional<std::string_view> email_key(std::string_view text, std::string& room) {
    const std::size_t open = text.rfind('<');
    if (open != std::string_view::npos && text.ends_with('>')) {
        text = event::trimmed(text.substr(open + 1, text.size() - open - 2));
    }
    constexpr std::string_view kMailTo = "mailto:";
    if (text.size() > kMailTo.size() && text.substr(0, kMailTo.size()) == kMailTo) {
        text.remove_prefix(kMailTo.size());
    }
    const std::size_t at = text.rfind('@');
    constexpr std::size_t kLocalBytesMax = 64;  // RFC 5321 section 4.5.3.1
    if (at == std::string_view::npos || at == 0 || at > kLocalBytesMax) return std::nullopt;
    const std::string_view local = text.substr(0, at);
    if (local.find_first_of(" \t\r\n<>\"(),;@") != std::string_view::npos) return std::nullopt;
    std::string host_room;
    const auto host = domain_name(text.substr(at + 1), host_room);
    if (!host) return std::nullopt;
    std::string out;
    for (const char c : local) out.push_back(lower(c));
    out.push_back('@');
    out.append(*host);
    room = std::move(out);
    return room;
}

std::optional<std::string_view> address_key(std::string_view text, std::string& room) {
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
        text = text.substr(1, text.size() - 2);
    }
    const auto network = event::read_network(text);
    if (!network) return std::nullopt;
    room = network_key(*network);
    return room;
}

/// Behind this the prefix of version 6 is counted in the first byte of a key.
constexpr int kV6Mark = 64;
constexpr std::size_t kV4KeyBytes = 5, kV6KeyBytes = 17;
constexpr std::size_t kV4At = 12;  // of the four bytes in the long form

}  // namespace

std::string_view name(IndicatorType type) { return entry_of(type).name; }

std::optional<IndicatorType> parse_indicator_type(std::string_view text) {
    const auto found = std::find_if(kTypes.begin(), kTypes.end(),
                                    [&](const TypeEntry& entry) { return entry.name == text; });
    return found == kTypes.end() ? std::nullopt : std::optional(found->type);
}

std::string network_key(const event::Network& network) {
    const bool is_v4 = network.address.is_v4() && network.prefix_bits >= event::kV4PrefixBits;
    const auto* const bytes = reinterpret_cast<const char*>(network.address.bytes.data());
    std::string key;
    if (is_v4) {
        key.push_back(static_cast<char>(network.prefix_bits - event::kV4PrefixBits));
        key.append(bytes + kV4At, kV4KeyBytes - 1);
    } else {
        key.push_back(static_cast<char>(kV6Mark + network.prefix_bits));
        key.append(bytes, kV6KeyBytes - 1);
    }
    return key;
}

std::optional<event::Network> network_of_key(std::string_view key) {
    if (key.empty()) return std::nullopt;
    const int first = static_cast<unsigned char>(key[0]);
    event::Network network;
    if (key.size() == kV4KeyBytes && first <= 32) {
        network.prefix_bits = event::kV4PrefixBits + first;
        network.address.bytes[10] = network.address.bytes[11] = 0xFF;
        std::copy(key.begin() + 1, key.end(), network.address.bytes.begin() + kV4At);
    } else if (key.size() == kV6KeyBytes && first >= kV6Mark && first <= kV6Mark + 128) {
        network.prefix_bits = first - kV6Mark;
        std::copy(key.begin() + 1, key.end(), network.address.bytes.begin());
    } else {
        return std::nullopt;
    }
    return network;
}

std::optional<std::string_view> make_key(IndicatorType type, std::string_view text,
                                         std::string& room) {
    text = event::trimmed(text);
    if (text.empty() || text.size() > kValueBytesMax) return std::nullopt;
    switch (type) {
        case IndicatorType::network: return address_key(text, room);
        case IndicatorType::domain: return domain_name(text, room);
        case IndicatorType::url: return url_key(text, room);
        case IndicatorType::email: return email_key(text, room);
        case IndicatorType::user_agent: room = text; return room;
        case IndicatorType::ja4: return ja4_key(text, room);
        default: return hex_key(text, entry_of(type).digits, room);
    }
}

std::string value_text(IndicatorType type, std::string_view key) {
    if (type == IndicatorType::network) {
        const auto network = network_of_key(key);
        return network ? network->text() : std::string();
    }
    return entry_of(type).digits > 0 ? hex_text(key) : std::string(key);
}

std::string refanged(std::string_view text) {
    static constexpr std::pair<std::string_view, std::string_view> kForms[] = {
        {"[.]", "."},  {"(.)", "."},  {"{.}", "."},     {"[dot]", "."}, {"(dot)", "."},
        {"\\.", "."},  {"[:]", ":"},  {"[://]", "://"}, {"[/]", "/"},   {"[@]", "@"},
        {"[at]", "@"}, {"(at)", "@"}, {"(@)", "@"},
    };
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view rest = text.substr(at);
        const auto form = std::find_if(std::begin(kForms), std::end(kForms), [&](const auto& one) {
            if (rest.size() < one.first.size()) return false;
            return std::equal(one.first.begin(), one.first.end(), rest.begin(),
                              [](char a, char b) { return a == lower(b); });
        });
        if (form == std::end(kForms)) {
            out.push_back(text[at++]);
            continue;
        }
        out += form->second;
        at += form->first.size();
    }
    // hxxp, hXXps, h**p and the like.
    if (out.size() > 4 && lower(out[0]) == 'h' && lower(out[3]) == 'p' && out[1] == out[2] &&
        (lower(out[1]) == 'x' || out[1] == '*') && out.find("://") <= 5) {
        out[1] = out[2] = 't';
    }
    return out;
}

std::optional<IndicatorType> guess_type(std::string_view text) {
    std::string room;
    if (text.find("://") != std::string_view::npos) {
        return make_key(IndicatorType::url, text, room) ? std::optional(IndicatorType::url)
                                                        : std::nullopt;
    }
    if (is_hex(text) && text.find_first_not_of("0123456789") != std::string_view::npos) {
        for (const IndicatorType type : {IndicatorType::md5, IndicatorType::sha1,
                                         IndicatorType::sha256, IndicatorType::sha512}) {
            if (text.size() == entry_of(type).digits) return type;
        }
    }
    for (const IndicatorType type : {IndicatorType::network, IndicatorType::email,
                                     IndicatorType::ja4, IndicatorType::domain}) {
        if (make_key(type, text, room)) return type;
    }
    const std::size_t slash = text.find('/');
    if (slash != std::string_view::npos &&
        make_key(IndicatorType::domain, text.substr(0, slash), room) &&
        make_key(IndicatorType::url, text, room)) {
        return IndicatorType::url;
    }
    return std::nullopt;
}

std::optional<std::int64_t> read_feed_time(std::string_view text) {
    text = event::trimmed(text);
    if (text.empty()) return std::nullopt;
    std::int64_t seconds = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, seconds);
    constexpr std::int64_t kLastSecond = 0xFFFF'FFFE;  // the year 2106: kept in 32 bits
    if (error == std::errc() && stop == end) {
        return seconds > 0 && seconds < kLastSecond ? std::optional(seconds) : std::nullopt;
    }
    constexpr std::size_t kDayBytes = 10;
    const auto time = base::parse_rfc3339(
        text.size() == kDayBytes ? std::string(text) + "T00:00:00Z" : std::string(text));
    if (!time) return std::nullopt;
    seconds = time->unix_ns / base::kNsPerSecond;
    return seconds > 0 && seconds < kLastSecond ? std::optional(seconds) : std::nullopt;
}

void append_attack_ids(std::vector<std::string>& out, std::string_view text) {
    const auto is_word = [](char c) {
        return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '_';
    };
    const auto digits_at = [&](std::size_t at) {
        std::size_t count = 0;
        while (at + count < text.size() && text[at + count] >= '0' && text[at + count] <= '9')
            ++count;
        return count;
    };
    for (std::size_t at = 0; at < text.size() && out.size() < kAttackIdsMax; ++at) {
        if (lower(text[at]) != 't' || (at > 0 && is_word(text[at - 1]))) continue;
        if (digits_at(at + 1) != 4) continue;
        std::size_t end = at + 5;
        if (end < text.size() && text[end] == '.' && digits_at(end + 1) == 3) end += 4;
        if (end < text.size() && is_word(text[end])) continue;
        std::string id(text.substr(at, end - at));
        id[0] = 'T';
        if (std::find(out.begin(), out.end(), id) == out.end()) out.push_back(std::move(id));
        at = end - 1;
    }
}

}  // namespace vedette::rule::intel
