// SPDX-License-Identifier: Apache-2.0
#include "parse/web_error_log/line.h"

#include "parse/row_fields.h"
#include "parse/text_scan.h"

namespace vedette::parse::web_error_log {

namespace {

/// "2015/05/17 10:05:03", local time.
std::optional<base::Timestamp> read_nginx_time(TextScanner& scanner, const TimeHints& hints) {
    const std::string_view text = scanner.rest();
    if (text.size() < 20 || text[4] != '/' || text[7] != '/' || text[10] != ' ') return {};
    base::Civil civil;
    const auto year = to_number(text.substr(0, 4));
    civil.month = two_digits(text, 5);
    civil.day = two_digits(text, 8);
    if (!year || civil.month < 1 || civil.day < 1) return {};
    civil.year = static_cast<int>(*year);
    std::string_view rest = text.substr(11);
    if (!read_time_of_day(rest, civil)) return {};
    scanner = TextScanner(rest);
    return in_zone(civil, hints);
}

/// "Wed Oct 11 14:32:52.123456 2000", local time.
std::optional<base::Timestamp> read_apache_time(std::string_view text, const TimeHints& hints) {
    if (text.size() < 24 || text[3] != ' ' || text[7] != ' ') return {};
    base::Civil civil;
    civil.month = month_of(text.substr(4));
    civil.day = two_digits(text, 8);
    if (civil.month == 0 || civil.day < 1 || text[10] != ' ') return {};
    std::string_view rest = text.substr(11);
    if (!read_time_of_day(rest, civil) || !rest.starts_with(' ')) return {};
    const auto year = to_number(rest.substr(1));
    if (!year || *year < 1970 || *year > 2200) return {};
    civil.year = static_cast<int>(*year);
    return in_zone(civil, hints);
}

/// The value of `, name: "..."`; the last one, because the server writes it and what a client wrote
/// stands before.
std::string_view quoted_behind(std::string_view text, std::string_view name) {
    const std::size_t at = text.rfind(name);
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + name.size());
    return text.substr(0, text.find('"'));
}

/// ", client: A, server: S, request: "R", upstream: "U", host: "H", referrer: "F"" behind the
/// message. The message may hold what a client wrote, and so may the referrer: the client looked
/// for is the last one before the referrer.
void read_nginx_context(std::string_view text, Line& out) {
    constexpr std::string_view kClient = ", client: ";
    const std::size_t referrer = text.find(", referrer: \"");
    std::size_t at = text.substr(0, referrer).rfind(kClient);
    if (at == std::string_view::npos) at = text.rfind(kClient);
    if (at == std::string_view::npos) {
        out.message = text;
        return;
    }
    out.message = text.substr(0, at);
    std::string_view rest = text.substr(at + kClient.size());
    out.client = rest.substr(0, rest.find(','));
    if (const std::size_t server = rest.find(", server: "); server != rest.npos) {
        out.server = rest.substr(server + 10);
        out.server = out.server.substr(0, out.server.find(','));
    }
    const std::size_t behind = rest.find(", referrer: \"");
    if (behind != rest.npos) {
        out.referrer = rest.substr(behind + 13);
        if (out.referrer.ends_with('"')) out.referrer.remove_suffix(1);
        rest = rest.substr(0, behind);
    }
    out.upstream = quoted_behind(rest, ", upstream: \"");
    out.host = quoted_behind(rest, ", host: \"");
    if (const std::size_t request = rest.find(", request: \""); request != rest.npos) {
        out.request = rest.substr(request + 12);
        std::size_t end = out.request.find("\", upstream: \"");
        if (end == out.request.npos) end = out.request.rfind("\", host: \"");
        if (end == out.request.npos) end = out.request.rfind('"');
        out.request = out.request.substr(0, end);
    }
}

/// "open() ... failed (2: No such file or directory)"
std::string_view error_number_of(std::string_view message) {
    const std::size_t open = message.rfind(" failed (");
    if (open == std::string_view::npos) return {};
    const std::string_view inside = message.substr(open + 9);
    const std::string_view number = inside.substr(0, inside.find(':'));
    return is_digits(number, 5) ? number : std::string_view();
}

bool read_nginx(std::string_view text, const TimeHints& hints, Line& out) {
    TextScanner scanner(text);
    const auto time = read_nginx_time(scanner, hints);
    if (!time || !scanner.skip(" [")) return false;
    const auto level = scanner.until("] ");
    if (!level || level->size() > 8) return false;
    TextScanner ids(scanner.word());
    const auto process = ids.until("#");
    if (!process || !ids.skip_end(":") || !is_digits(*process, 10)) return false;
    out.is_nginx = true;
    out.time = *time;
    out.level = *level;
    out.process_id = *process;
    out.thread_id = ids.rest();
    if (scanner.skip("*")) out.connection = scanner.word();
    read_nginx_context(scanner.rest(), out);
    out.error_number = error_number_of(out.message);
    return true;
}

/// "AH00128: text": a number that Apache's own messages have.
void read_code(TextScanner& scanner, Line& out) {
    const std::string_view text = scanner.rest();
    if (!text.starts_with("AH") || text.size() < 9 || text[7] != ':') return;
    if (!is_digits(text.substr(2, 5), 5)) return;
    out.code = text.substr(0, 7);
    scanner = TextScanner(text.substr(8));
    scanner.skip_blanks();
}

void read_ids(std::string_view inside, Line& out) {
    TextScanner ids(inside);
    if (!ids.skip("pid ")) return;
    const auto process = ids.until(":tid ");
    out.process_id = process ? *process : ids.rest();
    if (process) out.thread_id = ids.rest();
}

bool read_apache(std::string_view text, const TimeHints& hints, Line& out) {
    TextScanner scanner(text);
    if (!scanner.skip("[")) return false;
    const auto stamp = scanner.until("] ");
    const auto time = stamp ? read_apache_time(*stamp, hints) : std::nullopt;
    if (!time || !scanner.skip("[")) return false;
    const auto kind = scanner.until("] ");
    if (!kind) return false;
    out.time = *time;
    const std::size_t colon = kind->find(':');
    out.module = colon == kind->npos ? std::string_view() : kind->substr(0, colon);
    out.level = colon == kind->npos ? *kind : kind->substr(colon + 1);
    if (out.level.empty() || out.level.size() > 8) return false;
    if (scanner.rest().starts_with("[pid ")) {
        scanner.skip("[");
        const auto ids = scanner.until("] ");
        if (ids) read_ids(*ids, out);
    }
    if (scanner.skip("[client ") || scanner.skip("[remote ")) {
        out.client = scanner.until("] ").value_or("");
    }
    read_code(scanner, out);
    out.message = scanner.rest();
    const std::size_t referrer = out.message.rfind(", referer: ");
    if (referrer != out.message.npos && !out.client.empty()) {
        out.referrer = out.message.substr(referrer + 11);
        out.message = out.message.substr(0, referrer);
    }
    return true;
}

}  // namespace

bool read_line(std::string_view text, const TimeHints& hints, Line& out) {
    return text.starts_with('[') ? read_apache(text, hints, out) : read_nginx(text, hints, out);
}

}  // namespace vedette::parse::web_error_log
