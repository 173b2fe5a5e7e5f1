// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

namespace vedette::parse {

/// What Linux-PAM's modules write into the log of the program that called them, the same in sshd,
/// sudo and all others: "pam_unix(sshd:auth): authentication failure; logname= uid=0 ...".
/// Lives: views into the message.
/// Source: Linux-PAM 1.5.2, pam_syslog() and modules/pam_unix
struct PamMessage {
    enum class Kind {
        other,
        authentication_failure,  ///< a wrong password
        user_unknown,            ///< "check pass; user unknown"
        session_opened,
        session_closed,
    };
    Kind kind = Kind::other;
    std::string_view module;             ///< "pam_unix"
    std::string_view service;            ///< "sshd"
    std::string_view type;               ///< auth, account, password or session
    std::string_view user, user_id;      ///< whom it is about
    std::string_view caller, caller_id;  ///< who opened the session
    std::string_view remote_user, remote_host, tty;
};

/// Reads a line of a PAM module. Nothing if it does not begin with "pam_name(service:type): ".
std::optional<PamMessage> read_pam_message(std::string_view message);

/// Reads what follows the head of such a line, or a whole line of a program whose tag names the
/// module, "su(pam_unix)", into `out`; kind `other` if its form is not known.
void read_pam_text(std::string_view text, PamMessage& out);

/// Reads "authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root"
/// and the same after "PAM 2 more authentication failures; " into `out`. A user's name may hold
/// blanks, so it is all that follows the last key.
void read_pam_failure(std::string_view pairs, PamMessage& out);

}  // namespace vedette::parse
