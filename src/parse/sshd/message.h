// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace vedette::parse::sshd {

/// What one line of sshd says, as views into it; what it does not say is empty.
struct Message {
    std::string_view action, category, outcome;  ///< empty action: a line we do not know
    std::string_view level;  ///< "error", "fatal", "debug": written by sshd itself
    std::string_view user, user_id, remote_user;
    std::string_view address, port;  ///< the client's; address may be a name or "UNKNOWN"
    std::string_view local_address, local_port;
    std::string_view method;  ///< password, publickey, keyboard-interactive/pam, none
    std::string_view reason;  ///< why it ended or was refused, in sshd's words
    std::string_view key_type, key_fingerprint, key_detail;
    std::string_view banner;        ///< what a client sent instead of an SSH version
    std::string_view session, tty;  ///< shell, command or subsystem 'sftp'
    std::string_view pam_module, pam_type;
    bool is_invalid_user = false;
    bool is_preauth = false;
};

/// Reads a line of OpenSSH's server, versions 5 to 10, without time, host and program.
///
/// A name that nobody has is the client's own text and may imitate the rest of the line
/// ("x from 192.0.2.1 port 1 ssh2"): such lines are read from the right, where sshd writes. A name
/// that sshd calls valid is one word, and such lines are read from the left.
/// Cost: linear.   Source: OpenSSH 9.2p1 (auth.c, sshd.c, packet.c, kex.c, session.c, sshlogin.c)
Message read_message(std::string_view text);

}  // namespace vedette::parse::sshd
