// SPDX-License-Identifier: Apache-2.0
#include "parse/auditd/record.h"

#include <arpa/inet.h>

#include <array>

#include "parse/auditd/limits.h"
#include "parse/decoder.h"
#include "parse/text_scan.h"
#include "parse/time_fields.h"

namespace vedette::parse::auditd {

namespace {

constexpr char kInterpretation = '\x1D';

int nibble(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

/// Up to `size_max` bytes of hexadecimal text; nothing if it is shorter than two digits or damaged.
template <std::size_t kSize>
std::size_t read_bytes(std::string_view hex, std::array<unsigned char, kSize>& out) {
    std::size_t size = 0;
    while (size < kSize && hex.size() >= 2) {
        const int high = nibble(hex[0]), low = nibble(hex[1]);
        if (high < 0 || low < 0) return 0;
        out[size++] = static_cast<unsigned char>(high * 16 + low);
        hex.remove_prefix(2);
    }
    return size;
}

bool is_key(std::string_view key) {
    if (key.empty() || key.size() > kKeyBytesMax) return false;
    for (const char c : key) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !is_digit(c) && c != '_' && c != '-' && c != '[' && c != ']')
            return false;
    }
    return true;
}

}  // namespace

std::optional<Head> read_head(std::string_view line) {
    Head head;
    TextScanner scanner(line);
    if (scanner.skip("node=")) head.node = scanner.word();
    if (!scanner.skip("type=")) return std::nullopt;
    head.type = scanner.word();
    // "msg=audit(" in audit.log, "audit(" where the kernel writes to its own log
    scanner.skip("msg=");
    if (head.type.empty() || !scanner.skip("audit(")) return std::nullopt;
    const auto stamp = scanner.until(")");
    if (!stamp || !scanner.skip(":")) return std::nullopt;
    head.stamp = *stamp;
    const std::size_t colon = stamp->find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    head.serial = stamp->substr(colon + 1);
    const auto time = parse_epoch(stamp->substr(0, colon));
    if (!time || !is_digits(head.serial, 20)) return std::nullopt;
    head.time = *time;
    scanner.skip_blanks();
    head.fields = scanner.rest();
    const std::size_t mark = head.fields.find(kInterpretation);
    if (mark != std::string_view::npos) {
        head.names = head.fields.substr(mark + 1);
        head.fields = head.fields.substr(0, mark);
    }
    return head;
}

std::optional<Pair> PairReader::next() {
    for (;;) {
        while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == ',')) {
            rest_.remove_prefix(1);
        }
        if (rest_.empty()) return std::nullopt;
        const std::size_t end = rest_.find_first_of("= ");
        if (end == std::string_view::npos) {
            rest_ = {};
            return std::nullopt;
        }
        const std::string_view key = rest_.substr(0, end);
        const bool is_pair = rest_[end] == '=';
        rest_.remove_prefix(end + 1);
        if (!is_pair) continue;
        Pair pair{key, {}, Pair::Kind::plain};
        const char quote = rest_.empty() ? ' ' : rest_.front();
        // An apostrophe opens a list of pairs in `msg` alone; it ends with the last of the line.
        const bool is_message = quote == '\'' && key == "msg";
        const std::size_t close = is_message     ? rest_.rfind('\'')
                                  : quote == '"' ? rest_.find('"', 1)
                                                 : std::string_view::npos;
        if (close != std::string_view::npos && close > 0) {
            pair.kind = is_message ? Pair::Kind::message : Pair::Kind::quoted;
            pair.value = rest_.substr(1, close - 1);
            rest_.remove_prefix(close + 1);
        } else {
            const std::size_t stop = std::min(rest_.find(' '), rest_.size());
            pair.value = rest_.substr(0, stop);
            rest_.remove_prefix(stop);
        }
        if (is_key(key)) return pair;
    }
}

std::optional<std::string_view> decode_hex(std::string_view text, std::string& scratch) {
    if (text.size() < 2 || text.size() % 2 != 0) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t at = 0; at < text.size(); at += 2) {
        const int high = nibble(text[at]), low = nibble(text[at + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        const char c = static_cast<char>(high * 16 + low);
        bytes.push_back(c == '\0' || c == '\x01' ? ' ' : c);
    }
    scratch.clear();
    append_valid_utf8(scratch, bytes);
    return scratch;
}

std::optional<SocketAddress> read_socket_address(std::string_view hex) {
    std::array<unsigned char, 28> bytes{};
    const std::size_t size = read_bytes(hex, bytes);
    SocketAddress out;
    // The family is in the machine's order, which is little-endian wherever we have seen logs from.
    const bool is_ipv4 = size >= 8 && bytes[0] == AF_INET && bytes[1] == 0;
    const bool is_ipv6 = size >= 24 && bytes[0] == AF_INET6 && bytes[1] == 0;
    if (!is_ipv4 && !is_ipv6) return std::nullopt;
    out.port = static_cast<unsigned>(bytes[2]) * 256 + bytes[3];
    const void* const address = is_ipv4 ? &bytes[4] : &bytes[8];
    if (inet_ntop(is_ipv4 ? AF_INET : AF_INET6, address, out.text, sizeof out.text) == nullptr) {
        return std::nullopt;
    }
    return out;
}

}  // namespace vedette::parse::auditd
