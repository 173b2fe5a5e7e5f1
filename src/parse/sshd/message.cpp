// SPDX-License-Identifier: Apache-2.0
#include "parse/sshd/message.h"

#include "parse/pam.h"
#include "parse/sshd/shapes.h"

namespace vedette::parse::sshd {

namespace {

constexpr std::string_view kAuthentication = "authentication";
constexpr std::string_view kNetwork = "network";
constexpr std::string_view kSession = "session";
constexpr std::string_view kProcess = "process";
constexpr std::string_view kSuccess = "success";
constexpr std::string_view kFailure = "failure";
constexpr std::string_view kUnknown = "unknown";

/// A line's first words, what it means, and how the rest is read.
struct Shape {
    std::string_view begin, action, category, outcome;
    bool (*read)(TextScanner, Message&);
};

/// The first that fits is taken, so a longer beginning stands before a shorter one; otherwise by
/// how often lines occur in the logs of a server on the internet.
constexpr Shape kShapes[] = {
    {"Failed ", "ssh_login", kAuthentication, kFailure, read_login},
    {"Accepted key ", "ssh_key_accepted", kAuthentication, kUnknown, read_nothing},
    {"Accepted certificate ", "ssh_key_accepted", kAuthentication, kUnknown, read_nothing},
    {"Accepted ", "ssh_login", kAuthentication, kSuccess, read_login},
    {"Invalid user ", "ssh_invalid_user", kAuthentication, kFailure, read_unknown_user},
    {"Illegal user ", "ssh_invalid_user", kAuthentication, kFailure, read_unknown_user},
    {"Received disconnect from ", "ssh_disconnect_received", kNetwork, {}, read_disconnect},
    {"Disconnected from ", "ssh_disconnected", kNetwork, {}, read_user_and_peer},
    {"Connection closed by remote host", "ssh_connection_closed", kNetwork, {}, read_nothing},
    {"Connection closed by ", "ssh_connection_closed", kNetwork, {}, read_user_and_peer},
    {"Connection reset by ", "ssh_connection_reset", kNetwork, {}, read_user_and_peer},
    {"Connection from ", "ssh_connection_opened", kNetwork, {}, read_both_ends},
    {"Closing connection to ", "ssh_connection_closed", kNetwork, {}, read_peer_and_reason},
    {"input_userauth_request: ", "ssh_invalid_user", kAuthentication, kFailure, read_invalid_user},
    {"maximum authentication attempts exceeded for ", "ssh_too_many_failures", kAuthentication,
     kFailure, read_user_from_peer},
    {"Disconnecting: Too many authentication failures for ", "ssh_too_many_failures",
     kAuthentication, kFailure, read_user},
    {"Disconnecting: ", "ssh_disconnecting", kNetwork, {}, read_reason},
    {"Disconnecting ", "ssh_disconnecting", kNetwork, {}, read_user_peer_and_reason},
    {"Did not receive identification string from ", "ssh_no_identification", kNetwork, kFailure,
     read_peer_and_reason},
    {"kex_exchange_identification: ", "ssh_no_identification", kNetwork, kFailure,
     read_identification},
    {"ssh_exchange_identification: ", "ssh_no_identification", kNetwork, kFailure,
     read_identification},
    {"Bad protocol version identification ", "ssh_bad_protocol", kNetwork, kFailure,
     read_banner_from_peer},
    {"banner exchange: Connection from ", "ssh_bad_protocol", kNetwork, kFailure,
     read_user_peer_and_reason},
    {"Protocol major versions differ for ", "ssh_bad_protocol", kNetwork, kFailure,
     read_peer_and_reason},
    {"Protocol major versions differ: ", "ssh_bad_protocol", kNetwork, kFailure, read_reason},
    {"Unable to negotiate with ", "ssh_negotiation_failed", kNetwork, kFailure,
     read_peer_and_reason},
    {"no matching ", "ssh_negotiation_failed", kNetwork, kFailure, read_reason},
    {"kex_protocol_error: ", "ssh_kex_failed", kNetwork, kFailure, read_reason},
    {"ssh_dispatch_run_fatal: Connection from ", "ssh_connection_failed", kNetwork, kFailure,
     read_user_peer_and_reason},
    {"ssh_packet_", "ssh_connection_failed", kNetwork, kFailure, read_reason},
    {"Write failed: ", "ssh_connection_failed", kNetwork, kFailure, read_reason},
    {"send_error: ", "ssh_connection_failed", kNetwork, kFailure, read_reason},
    {"Read error from remote host ", "ssh_connection_failed", kNetwork, kFailure,
     read_peer_and_reason},
    {"Timeout before authentication for connection from ", "ssh_timeout", kNetwork, kFailure,
     read_nothing},
    {"Timeout before authentication for ", "ssh_timeout", kNetwork, kFailure, read_peer_and_reason},
    {"Timeout, client not responding from ", "ssh_timeout", kNetwork, kFailure, read_user_and_peer},
    {"drop connection ", "ssh_connection_dropped", kNetwork, kFailure, read_dropped},
    {"beginning MaxStartups throttling", "ssh_throttling_begun", kNetwork, {}, read_nothing},
    {"exited MaxStartups throttling", "ssh_throttling_ended", kNetwork, {}, read_nothing},
    {"ROOT LOGIN REFUSED FROM ", "ssh_login_refused", kAuthentication, kFailure,
     read_peer_and_reason},
    {"Access denied for user ", "ssh_login_refused", kAuthentication, kFailure,
     read_user_and_reason},
    {"Authentication refused for ", "ssh_login_refused", kAuthentication, kFailure, read_reason},
    {"Authentication refused: ", "ssh_login_refused", kAuthentication, kFailure, read_reason},
    {"User ", "ssh_login_refused", kAuthentication, kFailure, read_not_allowed},
    {"Postponed ", "ssh_login_postponed", kAuthentication, kUnknown, read_login},
    {"Partial ", "ssh_login_partial", kAuthentication, kUnknown, read_login},
    {"PAM service(sshd) ignoring max retries", "ssh_too_many_failures", kAuthentication, kFailure,
     read_nothing},
    {"PAM: ", "ssh_authentication_failure", kAuthentication, kFailure, read_pam_error},
    {"PAM ", "ssh_authentication_failure", kAuthentication, kFailure, read_pam_summary},
    {"reverse mapping checking getaddrinfo for ",
     "ssh_reverse_mapping_failed",
     kNetwork,
     {},
     read_reverse_mapping},
    {"Address ", "ssh_reverse_mapping_failed", kNetwork, {}, read_address_maps},
    {"Starting session: ", "ssh_session_started", kSession, {}, read_session_start},
    {"Close session: ", "ssh_session_ended", kSession, {}, read_session_close},
    {"subsystem request for ", "ssh_subsystem_requested", kSession, {}, read_subsystem},
    {"Server listening on ", "ssh_server_started", kProcess, {}, read_listening},
    {"Received signal ", "ssh_server_stopped", kProcess, {}, read_nothing},
};

void read_level(TextScanner& scanner, Message& out) {
    if (scanner.skip("error: ")) {
        out.level = "error";
    } else if (scanner.skip("fatal: ")) {
        out.level = "fatal";
    } else if (scanner.skip("debug1: ") || scanner.skip("debug2: ") || scanner.skip("debug3: ")) {
        out.level = "debug";
    }
}

void read_pam(const PamMessage& pam, Message& out) {
    using Kind = PamMessage::Kind;
    out.pam_module = pam.module;
    out.pam_type = pam.type;
    out.user = pam.user;
    out.user_id = pam.user_id;
    out.address = pam.remote_host;
    out.remote_user = pam.remote_user;
    out.tty = pam.tty;
    if (pam.kind == Kind::authentication_failure || pam.kind == Kind::user_unknown) {
        out.action = "ssh_authentication_failure";
        out.category = kAuthentication;
        out.outcome = kFailure;
    } else if (pam.kind != Kind::other) {
        const bool is_opened = pam.kind == Kind::session_opened;
        out.action = is_opened ? "ssh_session_opened" : "ssh_session_closed";
        out.category = kSession;
        if (is_opened) out.outcome = kSuccess;
    }
}

bool read_shape(const Shape& shape, TextScanner rest, Message& out) {
    Message read = out;
    read.action = shape.action;
    read.category = shape.category;
    read.outcome = shape.outcome;
    if (!shape.read(rest, read)) return false;
    out = read;
    return true;
}

}  // namespace

Message read_message(std::string_view text) {
    Message out;
    TextScanner scanner(trimmed(text));
    read_level(scanner, out);
    out.is_preauth = scanner.skip_end(" [preauth]");
    if (const auto pam = read_pam_message(scanner.rest())) {
        read_pam(*pam, out);
        return out;
    }
    if (scanner.rest().starts_with("authentication failure; logname=")) {
        // Old PAM modules were named in the tag, "sshd(pam_unix)", and not in the message.
        PamMessage pam;
        pam.kind = PamMessage::Kind::authentication_failure;
        read_pam_failure(scanner.rest(), pam);
        read_pam(pam, out);
        return out;
    }
    for (const Shape& shape : kShapes) {
        if (!scanner.rest().starts_with(shape.begin)) continue;
        TextScanner rest(scanner.rest().substr(shape.begin.size()));
        if (read_shape(shape, rest, out)) return out;
    }
    return out;
}

}  // namespace vedette::parse::sshd
