// SPDX-License-Identifier: Apache-2.0
#include "parse/postfix/message.h"

#include "parse/postfix/fields.h"
#include "parse/text_scan.h"

namespace vedette::parse::postfix {

namespace {

constexpr std::string_view kSuccess = "success";
constexpr std::string_view kFailure = "failure";

void set(ProgramValues& out, std::string_view action, std::string_view category,
         std::string_view outcome = {}) {
    out[kAction] = action;
    out[kCategory] = category;
    out[kOutcome] = outcome;
}

/// Short ids are hexadecimal, long ones letters and digits without vowels; both over 5 long.
bool is_queue_id(std::string_view text) {
    if (text == "NOQUEUE") return true;
    if (text.size() < 6 || text.size() > 24) return false;
    bool has_digit = false;
    for (const char c : text) {
        const bool is_letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!is_digit(c) && !is_letter) return false;
        has_digit = has_digit || is_digit(c);
    }
    return has_digit;
}

/// "mail.example.org[192.0.2.1]:25", "unknown[192.0.2.1]", "[192.0.2.1]:4711"
struct Host {
    std::string_view name, address, port;
};
Host read_host(std::string_view text) {
    Host host;
    const std::size_t close = text.rfind(']');
    const std::size_t open = close == text.npos ? text.npos : text.rfind('[', close);
    if (open == std::string_view::npos) {
        host.name = text;
        return host;
    }
    host.name = text.substr(0, open);
    if (host.name == "unknown") host.name = {};
    host.address = text.substr(open + 1, close - open - 1);
    const std::string_view behind = text.substr(close + 1);
    if (behind.starts_with(':')) host.port = behind.substr(1);
    return host;
}

void set_client(std::string_view text, ProgramValues& out) {
    const Host host = read_host(text);
    out[kClientName] = host.name;
    out[kClientIp] = host.address;
    out[kClientPort] = host.port;
}

std::string_view without_angles(std::string_view text) {
    TextScanner scanner(text);
    if (scanner.skip("<")) scanner.skip_end(">");
    return scanner.rest();
}

/// Where an address in angles closes: a local part that is quoted may hold a '>' of its own.
std::size_t address_end(std::string_view text) {
    bool is_quoted = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '"') is_quoted = !is_quoted;
        if (is_quoted && text[at] == '\\') ++at;
        if (!is_quoted && text[at] == '>') return at;
    }
    return text.find('>');  // a quote that is never closed is no quote
}

/// Where the value at the front of `text` ends: at `between`, for an address behind its '>'.
std::size_t value_end(std::string_view text, std::string_view between) {
    const std::size_t from = text.starts_with('<') ? address_end(text) : 0;
    const std::size_t end = from == text.npos ? text.npos : text.find(between, from);
    return end == std::string_view::npos ? text.size() : end;
}

void read_status(std::string_view value, ProgramValues& out) {
    TextScanner scanner(value);
    TextScanner status_word(scanner.word());
    status_word.skip_end(",");
    out[kStatus] = status_word.rest();
    if (scanner.skip("(")) {
        scanner.skip_end(")");
        out[kReason] = scanner.rest();
    }
    const std::string_view status = out[kStatus];
    if (status == "sent") {
        set(out, "mail_delivered", "email", kSuccess);
    } else if (status == "deferred") {
        set(out, "mail_deferred", "email", kFailure);
    } else if (status == "bounced" || status == "undeliverable") {
        set(out, "mail_bounced", "email", kFailure);
    } else if (status.starts_with("expired")) {
        set(out, "mail_expired", "email", kFailure);
    } else {
        set(out, "mail_delivery", "email");
    }
}

void set_relay(std::string_view value, ProgramValues& out) {
    out[kRelay] = value;
    if (value.find('[') == std::string_view::npos) return;
    const Host host = read_host(value);
    out[kRelayName] = host.name;
    out[kRelayIp] = host.address;
    out[kRelayPort] = host.port;
}

/// "250 2.1.0 text": what a server answered. Filters leave the code out.
void read_response(std::string_view text, ProgramValues& out) {
    TextScanner scanner(text);
    TextScanner rest = scanner;
    const std::string_view code = rest.word();
    if (code.size() == 3 && is_digits(code, 3)) {
        out[kCode] = code;
        scanner = rest;
    }
    rest = scanner;
    const std::string_view dsn = rest.word();
    if (dsn.size() >= 5 && dsn.size() <= 11 && dsn[1] == '.' && is_digit(dsn[0])) {
        out[kDsn] = dsn;
        scanner = rest;
    }
    out[kReason] = scanner.rest();
}

void set_pair(std::string_view key, std::string_view value, ProgramValues& out) {
    if (key == "from") {
        out[kFrom] = without_angles(value);
    } else if (key == "to") {
        out[kTo] = without_angles(value);
    } else if (key == "orig_to") {
        out[kOriginalTo] = without_angles(value);
    } else if (key == "message-id" || key == "resent-message-id") {
        out[kMessageId] = without_angles(value);
        if (out[kAction].empty()) set(out, "mail_accepted", "email");
    } else if (key == "client") {
        set_client(value, out);
        set(out, "mail_received", "email");
    } else if (key == "relay") {
        set_relay(value, out);
    } else if (key == "status") {
        read_status(value, out);
    } else if (key == "dsn") {
        out[kDsn] = value;
    } else if (key == "delay") {
        out[kDelay] = value;
    } else if (key == "delays") {
        out[kDelays] = value;
    } else if (key == "size") {
        out[kSize] = value;
    } else if (key == "nrcpt") {
        out[kRecipients] = TextScanner(value).word();
        set(out, "mail_queued", "email");
    } else if (key == "sasl_method") {
        out[kSaslMethod] = value;
    } else if (key == "sasl_username") {
        out[kUser] = value;
        set(out, "smtp_login", "authentication", kSuccess);
    } else if (key == "helo") {
        out[kHelo] = without_angles(value);
    } else if (key == "proto") {
        out[kProtocol] = value;
    } else if (key == "uid") {
        out[kUserId] = value;
        if (out[kAction].empty()) set(out, "mail_picked_up", "email");
    }
}

/// "from=<a@example.org>, size=1, nrcpt=1 (queue active)"; `between` is ", " or, behind a reject,
/// " ". `status` comes last and holds the server's words, so it is all that is left.
bool read_pairs(std::string_view text, std::string_view between, ProgramValues& out) {
    std::size_t count = 0;
    while (!text.empty()) {
        const std::size_t equals = text.find('=');
        if (equals == std::string_view::npos || equals > 24) break;
        const std::string_view key = text.substr(0, equals);
        if (key.find(' ') != std::string_view::npos) break;
        text.remove_prefix(equals + 1);
        // Pickup leaves the comma out: "uid=0 from=<root>".
        const std::size_t end =
            key == "status" ? text.size() : value_end(text, key == "uid" ? " " : between);
        set_pair(key, text.substr(0, end), out);
        ++count;
        text.remove_prefix(end);
        if (text.starts_with(between)) text.remove_prefix(between.size());
        while (text.starts_with(' ') || text.starts_with(',')) text.remove_prefix(1);
    }
    return count > 0;
}

/// "RCPT from unknown[192.0.2.1]: 554 5.7.1 <x>: Relay access denied; from=<a> to=<b> proto=ESMTP
/// helo=<c>"
bool read_refusal(TextScanner scanner, std::string_view action, ProgramValues& out) {
    const auto stage = scanner.until(" from ");
    const auto client = stage ? scanner.until(": ") : std::nullopt;
    if (!client || stage->size() > 32) return false;
    const std::size_t pairs = scanner.rest().rfind("; from=<");
    const std::string_view said = scanner.rest().substr(0, pairs);
    out[kStage] = *stage;
    read_response(said, out);
    if (pairs != std::string_view::npos) {
        read_pairs(scanner.rest().substr(pairs + 2), " ", out);
    } else {
        const std::size_t later = said.rfind("; ");
        if (later != std::string_view::npos) read_pairs(said.substr(later + 2), " ", out);
    }
    // Last, because pairs name actions as well.
    set_client(*client, out);
    set(out, action, "email", kFailure);
    return true;
}

/// "Anonymous TLS connection established from host[192.0.2.1]: TLSv1.3 with cipher X (256/256
/// bits)"
bool read_tls(TextScanner scanner, ProgramValues& out) {
    const auto trust = scanner.until(" TLS connection established ");
    if (!trust || trust->find(' ') != trust->npos) return false;
    const bool is_client = scanner.skip("from ");
    if (!is_client && !scanner.skip("to ")) return false;
    const auto peer = scanner.until(": ");
    if (!peer) return false;
    if (is_client) {
        set_client(*peer, out);
    } else {
        set_relay(*peer, out);
    }
    out[kTlsTrust] = *trust;
    out[kTlsVersion] = scanner.until(" with cipher ").value_or("");
    out[kTlsCipher] = scanner.word();
    set(out, "smtp_tls_established", "network", kSuccess);
    return true;
}

/// "unknown[192.0.2.1]: SASL LOGIN authentication failed: UGFzc3dvcmQ6, sasl_username=x"
bool read_sasl_failure(TextScanner scanner, ProgramValues& out) {
    const auto peer = scanner.until(": SASL ");
    if (!peer) return false;
    const auto method = scanner.until(" authentication failed");
    if (!method) return false;
    set_client(*peer, out);
    out[kSaslMethod] = *method;
    scanner.skip(": ");
    const std::size_t user = scanner.rest().rfind(", sasl_username=");
    out[kReason] = scanner.rest().substr(0, user);
    if (user != std::string_view::npos) out[kUser] = scanner.rest().substr(user + 16);
    set(out, "smtp_login", "authentication", kFailure);
    return true;
}

void read_warning(TextScanner scanner, ProgramValues& out) {
    out[kLevel] = "warning";
    if (read_sasl_failure(scanner, out)) return;
    set(out, "mail_warning", "email");
    out[kReason] = scanner.rest();
    if (scanner.skip("hostname ")) {
        out[kClientName] = scanner.word();
        if (scanner.skip("does not resolve to address ")) {
            out[kClientIp] = scanner.until(":").value_or(scanner.rest());
        }
    }
}

/// "lost connection after AUTH from unknown[192.0.2.1]" and the like
bool read_after(TextScanner scanner, std::string_view action, ProgramValues& out) {
    const auto stage = scanner.until(" from ");
    if (!stage) return false;
    out[kStage] = *stage;
    set_client(scanner.until(":").value_or(scanner.rest()), out);
    set(out, action, "network", kFailure);
    return true;
}

bool read_connection(TextScanner scanner, ProgramValues& out) {
    if (scanner.skip("connect from ") || scanner.skip("CONNECT from ")) {
        set_client(scanner.word(), out);
        set(out, "smtp_connected", "network");
        if (scanner.skip("to ")) set_relay(scanner.word(), out);
        return true;
    }
    if (scanner.skip("disconnect from ") || scanner.skip("DISCONNECT ")) {
        set_client(scanner.word(), out);
        out[kReason] = scanner.rest();  // numbers of commands: "ehlo=1 auth=0/1 quit=1"
        set(out, "smtp_disconnected", "network");
        return true;
    }
    if (scanner.skip("PASS ")) {
        out[kStage] = scanner.word();
        set_client(scanner.word(), out);
        set(out, "smtp_screen_passed", "network", kSuccess);
        return true;
    }
    if (scanner.skip("lost connection after "))
        return read_after(scanner, "smtp_connection_lost", out);
    if (scanner.skip("timeout after ")) return read_after(scanner, "smtp_timeout", out);
    if (scanner.skip("too many errors after "))
        return read_after(scanner, "smtp_too_many_errors", out);
    if (scanner.skip("improper command pipelining after ")) {
        return read_after(scanner, "smtp_pipelining", out);
    }
    if (scanner.skip("SSL_accept error from ")) {
        set_client(scanner.until(": ").value_or(scanner.rest()), out);
        out[kReason] = scanner.rest();
        set(out, "smtp_tls_failed", "network", kFailure);
        return true;
    }
    if (scanner.skip("connect to ")) {
        const auto peer = scanner.until(": ");
        if (!peer) return false;
        set_relay(*peer, out);
        out[kReason] = scanner.rest();
        set(out, "smtp_connection_failed", "network", kFailure);
        return true;
    }
    return read_tls(scanner, out);
}

bool read_queue_text(TextScanner scanner, ProgramValues& out) {
    if (scanner.rest() == "removed") {
        set(out, "mail_removed", "email");
        return true;
    }
    if (scanner.skip("reject: ")) return read_refusal(scanner, "mail_rejected", out);
    if (scanner.skip("milter-reject: ")) return read_refusal(scanner, "mail_rejected", out);
    if (scanner.skip("reject_warning: ")) return read_refusal(scanner, "mail_warning", out);
    if (scanner.skip("discard: ")) return read_refusal(scanner, "mail_discarded", out);
    if (scanner.skip("hold: ")) return read_refusal(scanner, "mail_held", out);
    if (scanner.skip("warning: ")) {
        read_warning(scanner, out);
        return true;
    }
    if (scanner.skip("sender non-delivery notification: ") ||
        scanner.skip("sender delivery status notification: ")) {
        set(out, "mail_bounce_sent", "email");
        out[kReason] = scanner.rest();
        return true;
    }
    if (read_connection(scanner, out)) return true;
    if (read_pairs(scanner.rest(), ", ", out)) return !out[kAction].empty();
    set(out, "mail_message", "email");
    out[kReason] = scanner.rest();
    return true;
}

}  // namespace

bool read_message(std::string_view text, ProgramValues& out) {
    TextScanner scanner(text);
    TextScanner behind = scanner;
    if (const auto id = behind.until(": "); id && is_queue_id(*id)) {
        if (*id != "NOQUEUE") out[kQueueId] = *id;
        return read_queue_text(behind, out);
    }
    if (scanner.skip("warning: ") || scanner.skip("error: ") || scanner.skip("fatal: ") ||
        scanner.skip("panic: ")) {
        read_warning(scanner, out);
        out[kLevel] = text.substr(0, text.find(':'));
        return true;
    }
    if (scanner.skip("statistics: ")) {
        set(out, "smtp_statistics", "network");
        return true;
    }
    if (scanner.skip("daemon started") || scanner.skip("reload ") ||
        scanner.skip("terminating on signal ") || scanner.skip("refreshing the Postfix") ||
        scanner.skip("starting the Postfix") || scanner.skip("stopping the Postfix")) {
        set(out, "mail_server_state", "process");
        return true;
    }
    return read_connection(scanner, out);
}

}  // namespace vedette::parse::postfix
