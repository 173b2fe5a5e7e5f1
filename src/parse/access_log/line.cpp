// SPDX-License-Identifier: Apache-2.0
#include "parse/access_log/line.h"

#include "parse/access_log/limits.h"
#include "parse/row_fields.h"

namespace vedette::parse::access_log {

namespace {

std::string_view unless_dash(std::string_view value) {
    return value == "-" ? std::string_view() : value;
}

/// Whether "[17/May/2015:10:05:03 +0000]" or the same without a zone stands at `at`; its size.
std::size_t time_size(std::string_view text, std::size_t at) {
    constexpr std::size_t kShort = 22, kLong = 28;  // with both brackets
    const std::string_view here = text.substr(at, kLong);
    if (here.size() < kShort || here[3] != '/' || here[7] != '/' || here[12] != ':') return 0;
    if (here[kShort - 1] == ']') return kShort;
    return here.size() == kLong && here[kLong - 1] == ']' ? kLong : 0;
}

/// Splits the line at its time. A user's name is the client's own and may hold a bracket, so the
/// last of several times before the first quote counts.
bool split_at_time(std::string_view text, std::string_view& head, Line& out, TextScanner& rest) {
    std::size_t at = 0, found = std::string_view::npos, found_size = 0;
    const std::size_t stop = text.find(" \"");
    for (std::size_t i = 0; i < kBracketsMax; ++i) {
        at = text.find('[', at);
        if (at == std::string_view::npos || at > stop) break;
        if (const std::size_t size = time_size(text, at); size > 0) {
            found = at;
            found_size = size;
        }
        ++at;
    }
    if (found == std::string_view::npos || found < 2 || text[found - 1] != ' ') return false;
    head = text.substr(0, found - 1);
    out.time = text.substr(found + 1, found_size - 2);
    rest = TextScanner(text.substr(found + found_size));
    rest.skip_blanks();
    return true;
}

/// "host:port" or "name" before the client, as vhost_combined writes it.
bool is_vhost(std::string_view first, std::string_view second) {
    const HostAndPort parts = split_port(first);
    if (!parts.port.empty() && second != "-") return true;
    return is_ip_address(second) && !is_ip_address(first);
}

bool read_head(std::string_view head, Line& out) {
    TextScanner scanner(head);
    std::string_view first = scanner.word();
    if (first.ends_with(',')) {
        // "203.0.113.1, 198.51.100.2 - - [": the addresses that proxies told.
        const std::string_view begin = first;
        while (first.ends_with(',') && !scanner.is_at_end()) first = scanner.word();
        const char* const end = first.data() + first.size();
        out.forwarded = {begin.data(), static_cast<std::size_t>(end - begin.data())};
        first = begin.substr(0, begin.size() - 1);
    }
    TextScanner behind = scanner;
    const std::string_view second = behind.word();
    if (behind.rest().find(' ') != std::string_view::npos && is_vhost(first, second)) {
        const HostAndPort parts = split_port(first);
        out.vhost = unless_dash(parts.host);
        out.vhost_port = parts.port;
        out.client = second;
        scanner = behind;
    } else {
        out.client = first;
    }
    out.identity = unless_dash(scanner.word());
    out.user = unless_dash(trimmed(scanner.rest()));
    if (out.user == "\"\"") out.user = {};
    return !out.client.empty();
}

}  // namespace

bool read_line(std::string_view text, Line& out) {
    std::string_view head;
    TextScanner rest(text);
    if (!split_at_time(text, head, out, rest) || !read_head(head, out)) return false;
    if (const auto request = read_quoted(rest)) {
        out.request = *request;
        out.has_request = true;
        rest.skip(" ");
    }
    const std::string_view status = rest.word();
    if (status != "-" && !is_digits(status, 3)) return false;
    out.status = unless_dash(status);
    out.bytes = unless_dash(rest.word());
    if (!out.bytes.empty() && !is_digits(out.bytes, 19)) return false;
    TextScanner behind = rest;
    const auto referrer = read_quoted(behind);
    if (!referrer || (!behind.is_at_end() && !behind.skip(" "))) {
        out.tail = rest.rest();
        return out.has_request;
    }
    out.referrer = *referrer;
    rest = behind;
    if (const auto agent = read_quoted(behind)) {
        out.agent = *agent;
        behind.skip(" ");
        rest = behind;
    }
    out.referrer.text = unless_dash(out.referrer.text);
    out.agent.text = unless_dash(out.agent.text);
    out.tail = rest.rest();
    return out.has_request;
}

bool read_request(std::string_view text, Request& out) {
    const std::size_t blank = text.find(' ');
    if (blank == std::string_view::npos || blank == 0 || blank > kMethodBytesMax) return false;
    for (const char c : text.substr(0, blank)) {
        const bool is_token =
            (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_';
        if (!is_token) return false;
    }
    out.method = text.substr(0, blank);
    out.target = text.substr(blank + 1);
    const std::size_t last = out.target.rfind(" HTTP/");
    if (last != std::string_view::npos) {
        out.version = out.target.substr(last + 6);
        if (out.version.find(' ') != std::string_view::npos || out.version.size() > 8) return false;
        out.target = out.target.substr(0, last);
    }
    while (out.target.starts_with(' ')) out.target.remove_prefix(1);
    return !out.target.empty();
}

}  // namespace vedette::parse::access_log
