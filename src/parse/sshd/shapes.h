// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "parse/sshd/message.h"
#include "parse/text_scan.h"

/// How the parts of sshd's lines are read, after their first words. Each returns whether the rest
/// had the form it expects; if not, the caller forgets what was read.
namespace vedette::parse::sshd {

/// "password for [invalid user ]U from A port P ssh2[: RSA SHA256:...]"
bool read_login(TextScanner rest, Message& out);
/// "[authenticating user |invalid user |user ][U ]A[ port P]"
bool read_user_and_peer(TextScanner rest, Message& out);
/// "[authenticating user |invalid user |user ][U ]A port P: reason"
bool read_user_peer_and_reason(TextScanner rest, Message& out);
/// "[invalid user ]U from A[ port P][ ssh2]"
bool read_user_from_peer(TextScanner rest, Message& out);
/// "U from A[ port P]" of a user nobody has
bool read_unknown_user(TextScanner rest, Message& out);
/// "A port P:11: reason" or, older, "A: 11: reason"
bool read_disconnect(TextScanner rest, Message& out);
/// "A[ port P][: reason]", also "A: reason"
bool read_peer_and_reason(TextScanner rest, Message& out);
/// "'text' from A port P"
bool read_banner_from_peer(TextScanner rest, Message& out);
/// "A port P on A port P[ rdomain ...]"
bool read_both_ends(TextScanner rest, Message& out);
/// "#1 from [A]:P on [A]:P past MaxStartups"
bool read_dropped(TextScanner rest, Message& out);
/// "shell on pts/0 for U from A port P id 0"
bool read_session_start(TextScanner rest, Message& out);
/// "U from A port P id 0"
bool read_session_close(TextScanner rest, Message& out);
/// "U from A not allowed because reason" or "U not allowed because reason"
bool read_not_allowed(TextScanner rest, Message& out);
/// "name [A] failed ..." and "A maps to name, but ..."
bool read_reverse_mapping(TextScanner rest, Message& out);
bool read_address_maps(TextScanner rest, Message& out);
/// "2 more authentication failures; ... rhost=A  user=U"
bool read_pam_summary(TextScanner rest, Message& out);
/// "Authentication failure for [illegal user ]U from A"
bool read_pam_error(TextScanner rest, Message& out);
/// Lines that kex.c begins with its function's name.
bool read_identification(TextScanner rest, Message& out);
/// "U", all of it
bool read_user(TextScanner rest, Message& out);
/// "invalid user U", all of it
bool read_invalid_user(TextScanner rest, Message& out);
/// "U by PAM account configuration" and the like: a user, then why
bool read_user_and_reason(TextScanner rest, Message& out);
/// "sftp by user U"
bool read_subsystem(TextScanner rest, Message& out);
/// "A port P." of the server itself
bool read_listening(TextScanner rest, Message& out);
/// Nothing more is said, or nothing that has a field.
bool read_nothing(TextScanner rest, Message& out);
/// All of it is the reason.
bool read_reason(TextScanner rest, Message& out);

}  // namespace vedette::parse::sshd
