// SPDX-License-Identifier: Apache-2.0
#include "parse/line_time.h"
#include "parse/named/fields.h"
#include "parse/program_format.h"
#include "parse/text_scan.h"

namespace vedette::parse {

namespace {

using namespace named;

void set(ProgramValues& out, std::string_view action, std::string_view outcome = {}) {
    out[kAction] = action;
    out[kCategory] = "network";
    out[kOutcome] = outcome;
    out[kProtocol] = "dns";
}

/// "192.0.2.7#53124"
bool read_address(std::string_view text, Field ip, Field port, ProgramValues& out) {
    const std::size_t hash = text.rfind('#');
    const std::string_view address = text.substr(0, hash);
    if (!is_ip_address(address)) return false;
    out[ip] = address;
    if (hash != std::string_view::npos) out[port] = text.substr(hash + 1);
    return true;
}

/// "example.org/A/IN", "example.org/IN": from the right, as a name may hold anything.
void read_slashed(std::string_view text, ProgramValues& out) {
    const std::size_t last = text.rfind('/');
    if (last == std::string_view::npos) {
        out[kQuestion] = text;
        return;
    }
    const std::string_view behind = text.substr(last + 1), before = text.substr(0, last);
    const std::size_t middle = before.rfind('/');
    if (middle == std::string_view::npos) {
        out[kQuestion] = before;
        out[kClass] = behind;
        return;
    }
    out[kQuestion] = before.substr(0, middle);
    // "name/type/class" of queries, "name/class/type" of resolving errors before 9.11
    const bool is_class_last = behind == "IN" || behind == "CH" || behind == "HS";
    out[kType] = is_class_last ? before.substr(middle + 1) : behind;
    out[kClass] = is_class_last ? behind : before.substr(middle + 1);
}

/// "example.org IN A +E(0)K (192.0.2.53)", the name being the client's but without blanks.
bool read_query(TextScanner scanner, ProgramValues& out) {
    const std::string_view name = scanner.word(), dns_class = scanner.word(), type = scanner.word(),
                           flags = scanner.word();
    if (type.empty()) return false;
    set(out, "dns_query");
    out[kQuestion] = name;
    out[kClass] = dns_class;
    out[kType] = type;
    out[kFlags] = flags;
    // A "T" among the flags is a query over TCP.
    TextScanner server(scanner.rest());
    if (server.skip("(")) {
        read_address(server.until(")").value_or(""), kServerIp, kServerPort, out);
    }
    return true;
}

/// "query (cache) 'example.org/A/IN' denied", "zone transfer 'example.org/AXFR/IN' denied", "update
/// 'example.org/IN' denied"
bool read_quoted(TextScanner scanner, ProgramValues& out) {
    const auto what = scanner.until("'");
    const auto name = what ? scanner.until_last("'") : std::nullopt;
    if (!name || name->empty()) return false;
    const bool is_denied = scanner.rest().starts_with(" denied");
    if (!is_denied && !scanner.rest().starts_with(" approved")) return false;
    const std::string_view outcome = is_denied ? "failure" : "success";
    if (what->starts_with("query")) {
        set(out, is_denied ? "dns_query_denied" : "dns_query_approved", outcome);
        read_slashed(*name, out);
    } else if (what->starts_with("zone transfer")) {
        set(out, "dns_zone_transfer", outcome);
        read_slashed(*name, out);
        out[kZone] = out[kQuestion];
    } else if (what->find("update") != std::string_view::npos) {
        set(out, "dns_update", outcome);
        read_slashed(*name, out);
        out[kZone] = out[kQuestion];
    } else if (what->starts_with("notify")) {
        set(out, "dns_notify", outcome);
        out[kZone] = *name;
    } else {
        return false;
    }
    return true;
}

/// "query failed (SERVFAIL) for example.org/IN/A at ../../../lib/ns/query.c:5611"
bool read_query_failed(TextScanner scanner, ProgramValues& out) {
    const auto code = scanner.until(") for ");
    if (!code) return false;
    set(out, "dns_query_failed", "failure");
    out[kResponseCode] = *code;
    read_slashed(scanner.until_last(" at ").value_or(scanner.rest()), out);
    return true;
}

/// "rpz QNAME NXDOMAIN rewrite bad.example/A/IN via bad.example.rpz.local"
bool read_rpz(TextScanner scanner, ProgramValues& out) {
    const auto policy = scanner.until(" rewrite ");
    const auto name = policy ? scanner.until_last(" via ") : std::nullopt;
    if (!name) return false;
    set(out, "dns_query_rewritten", "failure");
    out[kReason] = *policy;
    read_slashed(*name, out);
    out[kZone] = scanner.rest();
    return true;
}

/// "client @0x7f12 192.0.2.7#53124/key k (example.org): view internal: query: ..."; the handle,
/// key, name and view may be missing.
bool read_client(TextScanner scanner, ProgramValues& out) {
    if (scanner.skip("@")) scanner.word();
    const auto head = scanner.until(": ");
    if (!head) return false;
    TextScanner who(*head);
    std::string_view peer = who.until(" (").value_or(who.rest());
    const std::size_t key = peer.find("/key ");
    if (key != std::string_view::npos) {
        out[kKey] = peer.substr(key + 5);
        peer = peer.substr(0, key);
    }
    if (!read_address(peer, kClientIp, kClientPort, out)) return false;
    if (scanner.skip("view ")) {
        const auto view = scanner.until(": ");
        if (!view) return false;
        out[kView] = *view;
    }
    if (scanner.skip("query: ")) return read_query(scanner, out);
    if (scanner.skip("query failed (")) return read_query_failed(scanner, out);
    if (scanner.skip("rpz ")) return read_rpz(scanner, out);
    if (read_quoted(scanner, out)) return true;
    set(out, "dns_client_message");
    out[kReason] = scanner.rest();
    return true;
}

/// "REFUSED unexpected RCODE resolving 'example.org/A/IN': 192.0.2.53#53", "error (timed out)
/// resolving ...", "lame server resolving ... (in 'example.org'?): ..."
bool read_resolving(TextScanner scanner, ProgramValues& out) {
    const auto why = scanner.until(" resolving '");
    if (!why) return false;
    const auto name = scanner.until("'");
    if (!name) return false;
    set(out, "dns_resolution_failed", "failure");
    read_slashed(*name, out);
    out[kReason] = *why;
    TextScanner code(*why);
    const std::string_view first = code.word();
    if (code.rest() == "unexpected RCODE") out[kResponseCode] = first;
    read_address(scanner.last_word(), kServerIp, kServerPort, out);
    return true;
}

/// "transfer of 'example.org/IN' from 192.0.2.53#53: Transfer completed: ..."
bool read_transfer(TextScanner scanner, ProgramValues& out) {
    const auto zone = scanner.until("'");
    if (!zone) return false;
    set(out, "dns_zone_transfer");
    read_slashed(*zone, out);
    out[kZone] = out[kQuestion];
    if (scanner.skip(" from "))
        read_address(scanner.until(": ").value_or(""), kServerIp, kServerPort, out);
    out[kReason] = scanner.rest();
    return true;
}

bool read_message(TextScanner scanner, ProgramValues& out) {
    if (scanner.skip("client ")) return read_client(scanner, out);
    if (scanner.skip("transfer of '")) return read_transfer(scanner, out);
    if (scanner.skip("zone ")) {
        const auto zone = scanner.until(": ");
        if (!zone) return false;
        set(out, "dns_zone_message");
        const std::size_t slash = zone->find('/');
        out[kZone] = zone->substr(0, slash);
        out[kReason] = scanner.rest();
        return true;
    }
    if (scanner.skip("rate limit ") || scanner.skip("limit ")) {
        set(out, "dns_rate_limited", "failure");
        out[kReason] = scanner.rest();
        return true;
    }
    return read_resolving(scanner, out);
}

/// "queries: info: " where print-category and print-severity are on
void skip_category(TextScanner& scanner, ProgramValues& out) {
    constexpr std::string_view kSeverities[] = {"info", "notice", "warning", "error", "critical"};
    TextScanner rest = scanner;
    std::string_view word = rest.until(": ").value_or("");
    std::string_view category;
    if (word.find(' ') != std::string_view::npos || word.empty()) return;
    for (int i = 0; i < 2; ++i) {
        const bool is_debug = word.starts_with("debug ");
        for (const std::string_view severity : kSeverities) {
            if (word != severity && !is_debug) continue;
            out[kLevel] = word;
            out[kCategoryName] = category;
            scanner = rest;
            return;
        }
        category = word;
        word = rest.until(": ").value_or("");
    }
}

bool read(std::string_view text, ProgramValues& out) {
    TextScanner scanner(text);
    skip_category(scanner, out);
    return read_message(scanner, out);
}

/// "22-Nov-2026 16:03:00.123 " of a channel with print-time; "iso8601-utc" and "iso8601" are read
/// as well.
std::optional<base::Timestamp> read_time(std::string_view& text, const event::Envelope& envelope) {
    const TimeHints hints = time_hints(envelope);
    if (text.size() > 20 && text[4] == '-' && text[10] == 'T') {
        const std::size_t end = text.find(' ');
        const auto time = base::parse_rfc3339(text.substr(0, end));
        if (!time || end == std::string_view::npos) return std::nullopt;
        const bool names_zone = text[end - 1] == 'Z';
        text.remove_prefix(end + 1);
        return names_zone ? time : to_utc(*time, hints.zone);
    }
    if (text.size() < 21 || text[2] != '-' || text[6] != '-' || text[11] != ' ')
        return std::nullopt;
    base::Civil civil;
    civil.day = two_digits(text, 0);
    civil.month = month_of(text.substr(3));
    const auto year = to_number(text.substr(7, 4));
    std::string_view rest = text.substr(12);
    if (!year || civil.day < 1 || civil.month == 0 || !read_time_of_day(rest, civil)) {
        return std::nullopt;
    }
    civil.year = static_cast<int>(*year);
    const auto time = in_zone(civil, hints);
    if (!time || !rest.starts_with(' ')) return std::nullopt;
    text = rest.substr(1);
    return time;
}

constexpr std::string_view kHints[] = {"named", "named-pkcs11", "bind9"};

}  // namespace

void register_named(Registry& registry) {
    ProgramFormat format;
    format.name = "named";
    format.dataset = "dns.named";
    format.summary = "BIND: queries, refusals, failed resolutions, zone transfers";
    format.fields = kFields;
    format.read = read;
    format.read_time = read_time;
    format.hints = kHints;
    add_program(registry, format);
}

}  // namespace vedette::parse
