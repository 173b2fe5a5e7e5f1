// SPDX-License-Identifier: Apache-2.0
#include "parse/pam.h"

#include "parse/text_scan.h"

namespace vedette::parse {

namespace {

/// "root(uid=0)", "root", "(uid=0)": a name and an id, either may be missing.
void split_user(std::string_view text, std::string_view& user, std::string_view& id) {
    user = text;
    const std::size_t bracket = text.rfind("(uid=");
    if (bracket == std::string_view::npos || text.back() != ')') return;
    user = text.substr(0, bracket);
    id = text.substr(bracket + 5, text.size() - bracket - 6);
}

/// "root(uid=0) by alice(uid=1000)"
void read_session_opened(std::string_view text, PamMessage& out) {
    out.kind = PamMessage::Kind::session_opened;
    TextScanner scanner(text);
    if (const auto user = scanner.until_last(" by ")) {
        split_user(*user, out.user, out.user_id);
        split_user(scanner.rest(), out.caller, out.caller_id);
    } else {
        split_user(text, out.user, out.user_id);
    }
}

/// The word after `key`, which must not be inside a longer key ("user=" in "ruser=").
std::string_view value_of(std::string_view pairs, std::string_view key) {
    TextScanner scanner(pairs);
    if (!scanner.skip(key)) {
        std::size_t at = pairs.find(key);
        while (at != std::string_view::npos && pairs[at - 1] != ' ') at = pairs.find(key, at + 1);
        if (at == std::string_view::npos) return {};
        scanner = TextScanner(pairs.substr(at + key.size()));
    }
    return scanner.word();
}

}  // namespace

void read_pam_text(std::string_view text, PamMessage& out) {
    TextScanner scanner(text);
    if (scanner.skip("authentication failure; ")) {
        out.kind = PamMessage::Kind::authentication_failure;
        read_pam_failure(scanner.rest(), out);
    } else if (scanner.skip("session opened for user ")) {
        read_session_opened(scanner.rest(), out);
    } else if (scanner.skip("session closed for user ")) {
        out.kind = PamMessage::Kind::session_closed;
        split_user(scanner.rest(), out.user, out.user_id);
    } else if (scanner.skip("check pass; user unknown")) {
        out.kind = PamMessage::Kind::user_unknown;
    }
}

std::optional<PamMessage> read_pam_message(std::string_view message) {
    if (!message.starts_with("pam_")) return std::nullopt;
    TextScanner scanner(message);
    PamMessage out;
    const auto head = scanner.until("): ");
    if (!head) return std::nullopt;
    TextScanner words(*head);
    const auto module = words.until("(");
    const auto service = words.until(":");
    if (!module || !service || module->find(' ') != module->npos) return std::nullopt;
    out.module = *module;
    out.service = *service;
    out.type = words.rest();
    read_pam_text(scanner.rest(), out);
    return out;
}

void read_pam_failure(std::string_view pairs, PamMessage& out) {
    // The user comes last and is the guesser's text: what stands before it is read without it.
    TextScanner scanner(pairs);
    const auto rhost = scanner.until("rhost=");
    if (!rhost) return;
    out.tty = value_of(*rhost, "tty=");
    out.remote_user = value_of(*rhost, "ruser=");
    out.remote_host = scanner.word();
    scanner.skip_blanks();
    if (scanner.skip("user=")) out.user = scanner.rest();
}

}  // namespace vedette::parse
