// SPDX-License-Identifier: Apache-2.0
#include "parse/sshd/shapes.h"

#include "parse/pam.h"

namespace vedette::parse::sshd {

namespace {

/// "A port P" or "A": an address is one word.
bool read_peer(std::string_view text, Message& out) {
    TextScanner scanner(text);
    out.address = scanner.word();
    if (out.address.empty()) return false;
    if (scanner.is_at_end()) return true;
    if (!scanner.skip("port ") || !is_digits(scanner.rest(), 5)) return false;
    out.port = scanner.rest();
    return true;
}

bool skip_user_kind(TextScanner& scanner, Message& out) {
    if (scanner.skip("invalid user ") || scanner.skip("illegal user ")) {
        out.is_invalid_user = true;
        return true;
    }
    return scanner.skip("authenticating user ") || scanner.skip("user ");
}

/// "RSA SHA256:..." and, of certificates, "RSA-CERT SHA256:... ID name (serial 1) CA RSA
/// SHA256:...".
void read_key(std::string_view text, Message& out) {
    TextScanner scanner(text);
    out.key_type = scanner.word();
    const std::string_view fingerprint = scanner.word();
    if (fingerprint.find(':') == std::string_view::npos) {
        out.key_type = {};
        out.key_detail = text;
        return;
    }
    out.key_fingerprint = fingerprint;
    out.key_detail = scanner.rest();
}

/// "A port P ssh2[: key]"
bool read_login_peer(std::string_view text, Message& out) {
    TextScanner scanner(text);
    out.address = scanner.word();
    if (!scanner.skip("port ")) return false;
    out.port = scanner.word();
    if (out.address.empty() || !is_digits(out.port, 5)) return false;
    const std::string_view version = scanner.rest();
    if (version == "ssh2" || version == "ssh") return true;  // OpenSSH before 7.6 also had "ssh"
    if (!scanner.skip("ssh2: ")) return false;
    read_key(scanner.rest(), out);
    return true;
}

}  // namespace

bool read_login(TextScanner rest, Message& out) {
    out.method = rest.word();
    if (!rest.skip("for ")) return false;
    out.is_invalid_user = rest.skip("invalid user ") || rest.skip("illegal user ");
    if (!out.is_invalid_user) {
        TextScanner from_left = rest;
        out.user = from_left.word();
        if (from_left.skip("from ") && read_login_peer(from_left.rest(), out)) return true;
    }
    const auto user = rest.until_last(" from ");
    if (!user) return false;
    out.user = *user;
    return read_login_peer(rest.rest(), out);
}

bool read_user_and_peer(TextScanner rest, Message& out) {
    if (!skip_user_kind(rest, out)) {
        return read_peer(rest.rest(), out) &&
               (is_ip_address(out.address) || out.address == "UNKNOWN");
    }
    TextScanner before(rest.rest());
    if (const auto front = before.until_last(" port ")) {
        if (!is_digits(before.rest(), 5)) return false;
        out.port = before.rest();
        before = TextScanner(*front);
    }
    out.address = before.last_word();
    out.user = before.rest();
    return !out.address.empty();
}

bool read_user_peer_and_reason(TextScanner rest, Message& out) {
    // The two reasons that sshd gives here; the second repeats names that the client has sent.
    std::string_view text = rest.rest();
    std::size_t at = text.rfind(": Too many authentication failures");
    if (at == std::string_view::npos) at = text.find(": Change of username or service");
    if (at == std::string_view::npos) at = text.rfind(": ");
    if (at == std::string_view::npos) return read_user_and_peer(rest, out);
    out.reason = text.substr(at + 2);
    return read_user_and_peer(TextScanner(text.substr(0, at)), out);
}

bool read_user_from_peer(TextScanner rest, Message& out) {
    out.is_invalid_user = rest.skip("invalid user ") || rest.skip("illegal user ");
    rest.skip_end(" ssh2");
    const auto user = rest.until_last(" from ");
    if (!user) return false;
    out.user = *user;
    return read_peer(rest.rest(), out);
}

bool read_unknown_user(TextScanner rest, Message& out) {
    out.is_invalid_user = true;
    const auto user = rest.until_last(" from ");
    if (!user) return false;
    out.user = *user;
    return read_peer(rest.rest(), out);
}

bool read_disconnect(TextScanner rest, Message& out) {
    const std::string_view address = rest.word();
    if (address.ends_with(':')) {
        out.address = address.substr(0, address.size() - 1);
    } else {
        out.address = address;
        if (!rest.skip("port ")) return false;
        out.port = rest.until(":").value_or(std::string_view());
        if (!is_digits(out.port, 5)) return false;
    }
    rest.until(": ");  // SSH_MSG_DISCONNECT's code says less than its text
    out.reason = rest.rest();
    return !out.address.empty();
}

bool read_peer_and_reason(TextScanner rest, Message& out) {
    std::string_view address = rest.word();
    if (address.ends_with(':') && !rest.is_at_end()) {
        out.address = address.substr(0, address.size() - 1);
        out.reason = rest.rest();
        return true;
    }
    out.address = address;
    if (!rest.skip("port ")) {
        out.reason = rest.rest();
        return rest.is_at_end() && !address.empty();
    }
    std::string_view port = rest.until(": ").value_or(std::string_view());
    if (port.empty()) {
        port = rest.take_all();
        while (port.ends_with('.') || port.ends_with(' ')) port.remove_suffix(1);
    }
    out.reason = rest.rest();
    out.port = port;
    return is_digits(port, 5);
}

bool read_banner_from_peer(TextScanner rest, Message& out) {
    const auto banner = rest.until_last(" from ");
    if (!banner || !read_peer(rest.rest(), out)) return false;
    TextScanner quoted(*banner);
    quoted.skip("'");
    quoted.skip_end("'");
    out.banner = quoted.rest();
    return true;
}

bool read_both_ends(TextScanner rest, Message& out) {
    out.address = rest.word();
    if (!rest.skip("port ")) return false;
    out.port = rest.word();
    if (!rest.skip("on ")) return is_digits(out.port, 5);
    out.local_address = rest.word();
    if (!rest.skip("port ")) return false;
    out.local_port = rest.word();
    return is_digits(out.port, 5) && is_digits(out.local_port, 5);
}

bool read_dropped(TextScanner rest, Message& out) {
    rest.word();
    if (!rest.skip("from [")) return false;
    const auto address = rest.until("]:");
    if (!address) return false;
    out.address = *address;
    out.port = rest.word();
    if (!is_digits(out.port, 5)) return false;
    if (rest.skip("on [")) {
        const auto local = rest.until("]:");
        if (!local) return false;
        out.local_address = *local;
        out.local_port = rest.word();
    }
    out.reason = rest.rest();
    return true;
}

bool read_session_start(TextScanner rest, Message& out) {
    // A subsystem's or forced command's name stands in quotes and is not for us to take apart.
    const auto kind = rest.until_last(" for ");
    if (!kind) return false;
    TextScanner words(*kind);
    out.session = words.until(" on ").value_or(words.rest());
    if (out.session.size() < kind->size()) out.tty = words.rest();
    return read_session_close(rest, out);
}

bool read_session_close(TextScanner rest, Message& out) {
    rest.skip("user ");
    out.user = rest.word();
    if (!rest.skip("from ")) return false;
    out.address = rest.word();
    if (!rest.skip("port ")) return false;
    out.port = rest.word();
    return is_digits(out.port, 5);
}

bool read_not_allowed(TextScanner rest, Message& out) {
    const auto who = rest.until(" not allowed because ");
    if (!who) return false;
    out.reason = rest.rest();
    TextScanner words(*who);
    out.user = words.until(" from ").value_or(*who);
    if (out.user.size() < who->size()) out.address = words.rest();
    return true;
}

bool read_reverse_mapping(TextScanner rest, Message& out) {
    if (!rest.until("[")) return false;
    const auto address = rest.until("]");
    if (!address) return false;
    out.address = *address;
    return true;
}

bool read_address_maps(TextScanner rest, Message& out) {
    out.address = rest.word();
    return rest.skip("maps to ");
}

bool read_pam_summary(TextScanner rest, Message& out) {
    if (!is_digits(rest.word(), 9) || !rest.skip("more authentication failure")) return false;
    if (!rest.until("; ")) return false;
    PamMessage pam;
    read_pam_failure(rest.rest(), pam);
    out.user = pam.user;
    out.address = pam.remote_host;
    out.tty = pam.tty;
    return true;
}

bool read_pam_error(TextScanner rest, Message& out) {
    const auto reason = rest.until(" for ");
    if (!reason) return false;
    out.reason = *reason;
    return read_user_from_peer(rest, out);
}

bool read_identification(TextScanner rest, Message& out) {
    if (rest.skip("client sent invalid protocol identifier \"")) {
        rest.skip_end("\"");
        out.banner = rest.rest();
        out.action = "ssh_bad_protocol";
        return true;
    }
    out.reason = rest.rest();
    if (out.reason.starts_with("banner line")) out.action = "ssh_bad_protocol";
    return true;
}

bool read_user(TextScanner rest, Message& out) {
    out.user = rest.rest();
    return true;
}

bool read_invalid_user(TextScanner rest, Message& out) {
    if (!rest.skip("invalid user ") && !rest.skip("illegal user ")) return false;
    out.is_invalid_user = true;
    out.user = rest.rest();
    return true;
}

bool read_user_and_reason(TextScanner rest, Message& out) {
    out.user = rest.word();
    out.reason = rest.rest();
    return !out.user.empty();
}

bool read_subsystem(TextScanner rest, Message& out) {
    out.session = rest.word();
    if (!rest.skip("by user ")) return false;
    out.user = rest.word();
    return true;
}

bool read_listening(TextScanner rest, Message& out) {
    out.local_address = rest.word();
    if (!rest.skip("port ")) return false;
    rest.skip_end(".");
    out.local_port = rest.word();
    return is_digits(out.local_port, 5);
}

bool read_nothing(TextScanner, Message&) { return true; }

bool read_reason(TextScanner rest, Message& out) {
    out.reason = rest.rest();
    return true;
}

}  // namespace vedette::parse::sshd
