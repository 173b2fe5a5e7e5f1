// SPDX-License-Identifier: Apache-2.0
#include "parse/dovecot/fields.h"
#include "parse/program_format.h"
#include "parse/text_scan.h"

namespace vedette::parse {

namespace {

using namespace dovecot;

constexpr std::string_view kSuccess = "success";
constexpr std::string_view kFailure = "failure";

void set(ProgramValues& out, std::string_view action, std::string_view category,
         std::string_view outcome = {}) {
    out[kAction] = action;
    out[kCategory] = category;
    out[kOutcome] = outcome;
}

struct Key {
    std::string_view name;
    Field field;
};
constexpr Key kKeys[] = {
    {"user", kUser},    {"method", kMethod},    {"rip", kClientIp}, {"rport", kClientPort},
    {"lip", kServerIp}, {"lport", kServerPort}, {"mpid", kMailPid}, {"session", kSession},
    {"secured", kTls},  {"TLS", kTls},          {"STARTTLS", kTls}, {"SSL", kTls},
};

std::string_view without_angles(std::string_view text) {
    TextScanner scanner(text);
    if (scanner.skip("<")) scanner.skip_end(">");
    return scanner.rest();
}

/// "user=<alice>, method=PLAIN, rip=192.0.2.7, lip=192.0.2.1, mpid=7, TLS, session=<AbC>". The user
/// is the client's text within angles; what comes behind is looked for from its last "> ,".
void read_pairs(std::string_view text, ProgramValues& out) {
    TextScanner scanner(text);
    if (scanner.skip("user=<")) {
        // Dovecot writes these keys behind the user; a name may imitate only what comes before.
        std::size_t end = scanner.rest().rfind(">, method=");
        if (end == std::string_view::npos) end = scanner.rest().rfind(">, rip=");
        if (end == std::string_view::npos) end = scanner.rest().find('>');
        if (end == std::string_view::npos) return;
        out[kUser] = scanner.rest().substr(0, end);
        scanner = TextScanner(scanner.rest().substr(end + 1));
        scanner.skip(", ");
    }
    while (!scanner.is_at_end()) {
        const std::string_view pair = scanner.until(", ").value_or(scanner.rest());
        if (pair.size() == scanner.rest().size() && pair.data() == scanner.rest().data()) {
            scanner.take_all();
        }
        const std::size_t equals = pair.find('=');
        const std::string_view name = pair.substr(0, std::min(equals, pair.find(' ')));
        for (const Key& key : kKeys) {
            if (key.name != name || !out[key.field].empty()) continue;
            const bool has_value = equals != std::string_view::npos;
            out[key.field] = has_value ? without_angles(pair.substr(equals + 1)) : pair;
        }
    }
}

/// "(auth failed, 3 attempts in 17 secs)", "(no auth attempts in 0 secs)"
void read_reason(std::string_view reason, ProgramValues& out) {
    out[kReason] = reason;
    TextScanner scanner(reason);
    if (!scanner.until("auth failed, ")) return;
    set(out, "mail_login", "authentication", kFailure);
    const std::string_view attempts = scanner.word();
    if (is_digits(attempts, 9)) out[kAttempts] = attempts;
}

/// imap-login, pop3-login, managesieve-login, submission-login
bool read_login(TextScanner scanner, ProgramValues& out) {
    if (scanner.skip("Login: ")) {
        set(out, "mail_login", "authentication", kSuccess);
        read_pairs(scanner.rest(), out);
        return true;
    }
    const bool is_aborted = scanner.skip("Aborted login");
    if (!is_aborted && !scanner.skip("Disconnected") && !scanner.skip("Login aborted"))
        return false;
    set(out, "mail_login_aborted", "network", is_aborted ? kFailure : std::string_view());
    if (scanner.skip(": ")) {
        // "Disconnected: Inactivity (auth failed, 1 attempts in 2 secs): user=<x>, ..."
        if (!scanner.rest().starts_with("user=<")) {
            const auto why = scanner.until(": ");
            if (!why) {
                out[kReason] = scanner.rest();
                return true;
            }
            read_reason(*why, out);
        }
    } else if (scanner.skip(" (")) {
        const auto why = scanner.until("): ");
        if (!why) return false;
        read_reason(*why, out);
    }
    read_pairs(scanner.rest(), out);
    return true;
}

/// "pam(alice,192.0.2.7,<AbC>): pam_authenticate() failed: ..."
bool read_auth(TextScanner scanner, ProgramValues& out) {
    const auto database = scanner.until("(");
    if (!database || database->empty() || database->find(' ') != database->npos) return false;
    const auto who = scanner.until("): ");
    if (!who) return false;
    TextScanner names(*who);
    out[kDatabase] = *database;
    // A user's name may hold commas: the address and the session are the last words.
    if (names.skip_end(">")) {
        const std::size_t open = names.rest().rfind(",<");
        if (open != std::string_view::npos) {
            out[kSession] = names.rest().substr(open + 2);
            names = TextScanner(names.rest().substr(0, open));
        }
    }
    const std::size_t comma = names.rest().rfind(',');
    out[kUser] = names.rest().substr(0, comma);
    if (comma != std::string_view::npos) out[kClientIp] = names.rest().substr(comma + 1);
    out[kReason] = scanner.rest();
    const auto says = [&](std::string_view words) {
        return scanner.rest().find(words) != std::string_view::npos;
    };
    if (says("failed") || says("unknown user") || says("mismatch") || says("expired") ||
        says("not allowed") || says("disabled")) {
        set(out, "mail_authentication_failure", "authentication", kFailure);
    } else {
        set(out, "mail_authentication", "authentication");
    }
    return true;
}

/// "in=1 out=2 deleted=0": numbers of one session
void read_traffic(std::string_view text, ProgramValues& out) {
    for (TextScanner scanner(text); !scanner.is_at_end();) {
        TextScanner word(scanner.word());
        if (word.skip("in=")) out[kBytesIn] = word.rest();
        if (word.skip("out=")) out[kBytesOut] = word.rest();
        if (word.skip("bytes=")) {
            out[kBytesIn] = word.until("/").value_or("");
            out[kBytesOut] = word.rest();
        }
    }
}

/// "imap(alice)<123><AbC>: Disconnected: Logged out in=1 out=2" of one user's session; `service` is
/// what stands before the bracket.
bool read_user_session(std::string_view service, TextScanner scanner, ProgramValues& out) {
    // The name may hold brackets: what dovecot writes behind it comes before the first ": ".
    const auto head = scanner.until(": ");
    if (!head) return false;
    TextScanner who(*head);
    if (who.skip_end(">")) {
        const std::size_t open = who.rest().rfind('<');
        if (open == std::string_view::npos) return false;
        out[kSession] = who.rest().substr(open + 1);
        who = TextScanner(who.rest().substr(0, open));
        if (who.skip_end(">")) who = TextScanner(who.rest().substr(0, who.rest().rfind('<')));
    }
    if (!who.skip_end(")")) return false;
    out[kService] = service;
    out[kUser] = who.rest();
    set(out, "mail_session_message", "session");
    if (scanner.skip("Disconnected: ") || scanner.rest().starts_with("Logged out") ||
        scanner.rest().starts_with("Connection closed")) {
        set(out, "mail_session_ended", "session");
    } else if (scanner.skip("sieve: ")) {
        set(out, "mail_stored", "email");
    }
    if (scanner.skip("msgid=")) {
        const auto id = scanner.until(": ");
        out[kMessageId] = without_angles(id.value_or(""));
        const std::size_t mailbox = scanner.rest().find("mailbox '");
        if (mailbox != std::string_view::npos) {
            out[kMailbox] = TextScanner(scanner.rest().substr(mailbox + 9)).until("'").value_or("");
            set(out, "mail_stored", "email", kSuccess);
        }
    }
    out[kReason] = scanner.rest();
    read_traffic(scanner.rest(), out);
    return true;
}

void skip_level(TextScanner& scanner, ProgramValues& out) {
    constexpr std::string_view kLevels[] = {"Debug", "Info", "Warning", "Error", "Fatal", "Panic"};
    for (const std::string_view level : kLevels) {
        TextScanner rest = scanner;
        if (!rest.skip(level) || !rest.skip(": ")) continue;
        out[kLevel] = level;
        scanner = rest;
        return;
    }
}

void set_protocol(std::string_view service, ProgramValues& out) {
    constexpr std::string_view kProtocols[] = {"imap", "pop3", "managesieve", "submission", "lmtp"};
    for (const std::string_view protocol : kProtocols) {
        if (service.starts_with(protocol)) out[kProtocol] = protocol;
    }
}

bool read(std::string_view text, ProgramValues& out) {
    TextScanner scanner(text);
    skip_level(scanner, out);
    if (read_login(scanner, out)) return true;  // the tag was "imap-login" itself
    const std::size_t end = scanner.rest().find_first_of(":( <");
    if (end == std::string_view::npos || end == 0) return false;
    const std::string_view service = scanner.rest().substr(0, end);
    TextScanner rest(scanner.rest().substr(end));
    set_protocol(service, out);
    if (service == "auth-worker" && rest.skip("(")) {
        if (!rest.until(")")) return false;  // a process id
    }
    if (rest.skip("(")) return read_user_session(service, rest, out);
    if (!rest.skip(": ")) return false;
    out[kService] = service;
    skip_level(rest, out);
    if (service == "auth" || service == "auth-worker") {
        if (rest.skip("conn unix:") && !rest.until(": ")) return false;
        if (rest.skip("auth-worker<") && !rest.until(">: ")) return false;
        return read_auth(rest, out);
    }
    if (service.ends_with("-login")) return read_login(rest, out);
    if (service == "master" || service == "anvil" || service == "log" || service == "config") {
        set(out, "mail_server_state", "process");
        out[kReason] = rest.rest();
        return true;
    }
    return false;
}

constexpr std::string_view kHints[] = {"dovecot", "imap-login", "pop3-login", "managesieve-login",
                                       "submission-login"};

}  // namespace

void register_dovecot(Registry& registry) {
    ProgramFormat format;
    format.name = "dovecot";
    format.dataset = "mail.dovecot";
    format.summary = "Dovecot: logins, failures, sessions, mails stored";
    format.fields = kFields;
    format.read = read;
    format.hints = kHints;
    add_program(registry, format);
}

}  // namespace vedette::parse
