// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace vedette::parse::sudo {

/// What one line of sudo says, as views into it; what it does not say is empty.
struct Message {
    std::string_view action, category, outcome;  ///< empty action: a line we do not know
    std::string_view user, user_id;              ///< who called sudo
    std::string_view target, target_id;          ///< as whom: USER=, or the session's user
    std::string_view target_group;               ///< GROUP=
    std::string_view host, tty, directory, chroot, environment, log_id;
    std::string_view command_line, executable;
    std::string_view reason;    ///< why it was refused, in sudo's words
    std::string_view attempts;  ///< number of wrong passwords
    std::string_view pam_module, pam_type;
};

/// Reads a line of sudo without time, host and program:
/// "alice : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/home/alice ; USER=root ;
/// COMMAND=/bin/ls".
///
/// sudo writes its keys in one order and does not mark their ends, so that a directory named
/// "x ; USER=root" cannot be told from a key: the first place that fits is taken.
/// Cost: linear.   Source: sudo 1.9.13p3, lib/eventlog/eventlog.c (new_logline), sudoers(5)
Message read_message(std::string_view text);

}  // namespace vedette::parse::sudo
