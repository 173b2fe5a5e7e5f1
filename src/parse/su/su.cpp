// SPDX-License-Identifier: Apache-2.0
#include "parse/pam.h"
#include "parse/program_format.h"
#include "parse/su/fields.h"
#include "parse/text_scan.h"

namespace vedette::parse {

namespace {

using namespace su;

void set_switch(bool is_allowed, ProgramValues& out) {
    out[kAction] = is_allowed ? "su_switch" : "su_failed";
    out[kCategory] = "authentication";
    out[kOutcome] = is_allowed ? "success" : "failure";
}

bool read_pam(const PamMessage& pam, ProgramValues& out) {
    using Kind = PamMessage::Kind;
    out[kModule] = pam.module;
    out[kType] = pam.type;
    out[kTty] = pam.tty;
    out[kUser] = pam.caller;
    out[kUserId] = pam.caller_id;
    out[kTarget] = pam.user;
    out[kTargetId] = pam.user_id;
    if (pam.kind == Kind::session_opened || pam.kind == Kind::session_closed) {
        const bool is_opened = pam.kind == Kind::session_opened;
        out[kAction] = is_opened ? "su_session_opened" : "su_session_closed";
        out[kCategory] = "session";
        if (is_opened) out[kOutcome] = "success";
    } else if (pam.kind != Kind::other) {
        out[kAction] = "su_authentication_failure";
        out[kCategory] = "authentication";
        out[kOutcome] = "failure";
        out[kUser] = pam.remote_user;
    }
    return true;
}

/// util-linux: "(to root) alice on pts/0", the name last but two.
bool read_util_linux(TextScanner rest, bool is_allowed, ProgramValues& out) {
    const auto target = rest.until(") ");
    if (!target) return false;
    const auto user = rest.until_last(" on ");
    if (!user) return false;
    set_switch(is_allowed, out);
    out[kTarget] = *target;
    out[kUser] = *user;
    out[kTty] = rest.rest();
    return true;
}

/// shadow: "root by alice"
bool read_shadow(TextScanner rest, bool is_allowed, ProgramValues& out) {
    const auto target = rest.until(" by ");
    if (!target) return false;
    set_switch(is_allowed, out);
    out[kTarget] = *target;
    out[kUser] = rest.rest();
    return true;
}

/// shadow's syslog of old: "+ pts/0 alice:root", "- ??? alice:root"
bool read_sign(TextScanner rest, bool is_allowed, ProgramValues& out) {
    out[kTty] = rest.word();
    const auto user = rest.until(":");
    if (!user || user->empty() || rest.is_at_end()) return false;
    // Other logs begin with a sign as well, but go on with more words.
    if (user->find(' ') != user->npos || rest.rest().find(' ') != std::string_view::npos)
        return false;
    set_switch(is_allowed, out);
    out[kUser] = *user;
    out[kTarget] = rest.rest();
    return true;
}

/// BSD and macOS: "BAD SU alice to root on /dev/ttys000"; without "BAD SU " it was allowed.
bool read_bsd(TextScanner rest, bool is_allowed, ProgramValues& out) {
    const auto user = rest.until(" to ");
    const auto target = user ? rest.until(" on ") : std::nullopt;
    if (!target || user->find(' ') != user->npos || target->find(' ') != target->npos) return false;
    set_switch(is_allowed, out);
    out[kUser] = *user;
    out[kTarget] = *target;
    out[kTty] = rest.rest();
    return true;
}

bool read_reason(TextScanner rest, ProgramValues& out) {
    out[kAction] = "su_authentication_failure";
    out[kCategory] = "authentication";
    out[kOutcome] = "failure";
    out[kReason] = rest.rest();
    return true;
}

bool read(std::string_view text, ProgramValues& out) {
    if (const auto pam = read_pam_message(text)) return read_pam(*pam, out);
    PamMessage old;  // of the tag "su(pam_unix)"
    read_pam_text(text, old);
    if (old.kind != PamMessage::Kind::other) return read_pam(old, out);
    TextScanner scanner(text);
    if (scanner.skip("FAILED SU (to ")) return read_util_linux(scanner, false, out);
    if (scanner.skip("(to ")) return read_util_linux(scanner, true, out);
    if (scanner.skip("Successful su for ")) return read_shadow(scanner, true, out);
    if (scanner.skip("FAILED su for ")) return read_shadow(scanner, false, out);
    if (scanner.skip("pam_authenticate: ")) return read_reason(scanner, out);
    if (scanner.skip("+ ")) return read_sign(scanner, true, out);
    if (scanner.skip("- ")) return read_sign(scanner, false, out);
    if (scanner.skip("BAD SU ")) return read_bsd(scanner, false, out);
    return read_bsd(scanner, true, out);
}

constexpr std::string_view kHints[] = {"su", "su-l"};

}  // namespace

void register_su(Registry& registry) {
    ProgramFormat format;
    format.name = "su";
    format.dataset = "linux.su";
    format.summary = "su: who became whom, who failed, sessions";
    format.fields = kFields;
    format.read = read;
    format.hints = kHints;
    add_program(registry, format);
}

}  // namespace vedette::parse
