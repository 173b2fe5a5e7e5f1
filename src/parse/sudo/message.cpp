// SPDX-License-Identifier: Apache-2.0
#include "parse/sudo/message.h"

#include "parse/pam.h"
#include "parse/text_scan.h"

namespace vedette::parse::sudo {

namespace {

constexpr std::string_view kAuthentication = "authentication";
constexpr std::string_view kSuccess = "success";
constexpr std::string_view kFailure = "failure";

/// sudo's keys in the order in which it writes them; COMMAND runs to the end of the line.
struct Key {
    std::string_view begin;
    std::string_view Message::*value;
};
constexpr Key kKeys[] = {
    {"HOST=", &Message::host},
    {"TTY=", &Message::tty},
    {"CHROOT=", &Message::chroot},
    {"PWD=", &Message::directory},
    {"USER=", &Message::target},
    {"GROUP=", &Message::target_group},
    {"TSID=", &Message::log_id},
    {"ENV=", &Message::environment},
    {"COMMAND=", &Message::command_line},
};
constexpr std::string_view kBetween = " ; ";

/// The number of the key that `text` begins with, from `first` on; std::size(kKeys) if none.
std::size_t key_at(std::string_view text, std::size_t first) {
    while (first < std::size(kKeys) && !text.starts_with(kKeys[first].begin)) ++first;
    return first;
}

/// Where the first " ; KEY=" of a later key begins, or the end.
std::size_t end_of_value(std::string_view text, std::size_t next_key) {
    std::size_t at = text.find(kBetween);
    while (at != std::string_view::npos &&
           key_at(text.substr(at + kBetween.size()), next_key) == std::size(kKeys)) {
        at = text.find(kBetween, at + 1);
    }
    return at == std::string_view::npos ? text.size() : at;
}

/// "TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls"
void read_keys(std::string_view text, Message& out) {
    std::size_t key = key_at(text, 0);
    while (key < std::size(kKeys)) {
        text.remove_prefix(kKeys[key].begin.size());
        const bool is_last = key + 1 == std::size(kKeys);
        const std::size_t end = is_last ? text.size() : end_of_value(text, key + 1);
        out.*kKeys[key].value = text.substr(0, end);
        text.remove_prefix(end);
        if (text.size() < kBetween.size()) return;
        text.remove_prefix(kBetween.size());
        key = key_at(text, key + 1);
    }
}

/// What stands between the user and the keys says whether the command ran.
void read_verdict(std::string_view reason, Message& out) {
    out.reason = reason;
    out.category = kAuthentication;
    out.outcome = kFailure;
    if (reason.find("incorrect password attempt") != std::string_view::npos) {
        out.action = "sudo_incorrect_password";
        out.attempts = TextScanner(reason).word();
    } else if (reason == "user NOT in sudoers" || reason == "user NOT authorized on host") {
        out.action = "sudo_not_in_sudoers";
    } else if (reason == "command not allowed") {
        out.action = "sudo_command_not_allowed";
    } else if (reason == "a password is required") {
        out.action = "sudo_password_required";
    } else if (reason.starts_with("no tty present") || reason.starts_with("sorry, you ")) {
        out.action = "sudo_refused";
    } else {
        out.category = {};
        out.outcome = {};
    }
}

void read_pam(const PamMessage& pam, Message& out) {
    using Kind = PamMessage::Kind;
    out.pam_module = pam.module;
    out.pam_type = pam.type;
    out.tty = pam.tty;
    if (pam.kind == Kind::session_opened || pam.kind == Kind::session_closed) {
        const bool is_opened = pam.kind == Kind::session_opened;
        out.action = is_opened ? "sudo_session_opened" : "sudo_session_closed";
        out.category = "session";
        if (is_opened) out.outcome = kSuccess;
        out.user = pam.caller;
        out.user_id = pam.caller_id;
        out.target = pam.user;
        out.target_id = pam.user_id;
    } else if (pam.kind != Kind::other) {
        out.action = "sudo_authentication_failure";
        out.category = kAuthentication;
        out.outcome = kFailure;
        out.user = pam.user.empty() ? pam.remote_user : pam.user;
    }
}

void read_command(TextScanner rest, Message& out) {
    if (rest.skip("(command continued) ")) {
        out.action = "sudo_command_continued";
        out.category = "process";
        out.command_line = rest.rest();
        return;
    }
    std::string_view keys = rest.rest(), reason;
    if (key_at(keys, 0) == std::size(kKeys)) {
        const std::size_t end = end_of_value(keys, 0);
        reason = keys.substr(0, end);
        keys.remove_prefix(end);
        if (!keys.starts_with(kBetween)) return;  // no key at all: not a line about a command
        keys.remove_prefix(kBetween.size());
    }
    read_keys(keys, out);
    out.executable = TextScanner(out.command_line).word();
    if (!reason.empty()) {
        read_verdict(reason, out);
    } else if (!out.command_line.empty()) {
        out.action = "sudo_command";
        out.category = "process";
        out.outcome = kSuccess;
    }
}

}  // namespace

Message read_message(std::string_view text) {
    Message out;
    if (const auto pam = read_pam_message(text)) {
        read_pam(*pam, out);
        return out;
    }
    // The name is padded to eight places on the left and its end is " : ".
    TextScanner scanner(text);
    scanner.skip_blanks();
    const auto user = scanner.until(" : ");
    if (!user || user->empty()) return out;
    read_command(scanner, out);
    if (!out.action.empty() || !out.reason.empty()) out.user = *user;
    return out;
}

}  // namespace vedette::parse::sudo
