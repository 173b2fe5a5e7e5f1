// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "parse/sudo/message.h"

namespace vedette::parse::sudo {
namespace {

/// A value without the mark that stands between keys.
std::string plain_value() {
    const auto c = rc::gen::element('a', 'B', '/', ' ', '=', ':', ';', '.', '"');
    std::string out = *rc::gen::container<std::string>(c);
    for (std::size_t at = out.find(" ;"); at != std::string::npos; at = out.find(" ;")) {
        out.erase(at, 1);
    }
    while (out.ends_with(' ')) out.pop_back();
    return "/" + out;
}

RC_GTEST_PROP(Sudo, gives_back_the_values_that_were_written_in_its_order, ()) {
    const std::string directory = plain_value(), target = plain_value();
    // The command comes last and may hold anything, also what looks like keys.
    const std::string command = plain_value() + " ; USER=x ; COMMAND=" + plain_value();
    const std::string line =
        "   alice : TTY=pts/0 ; PWD=" + directory + " ; USER=" + target + " ; COMMAND=" + command;
    const Message message = read_message(line);
    RC_ASSERT(message.action == "sudo_command");
    RC_ASSERT(message.user == "alice");
    RC_ASSERT(message.tty == "pts/0");
    RC_ASSERT(message.directory == directory);
    RC_ASSERT(message.target == target);
    RC_ASSERT(message.command_line == command);
}

RC_GTEST_PROP(Sudo, a_refused_command_never_looks_like_one_that_ran, ()) {
    const std::string reason = *rc::gen::element<std::string>(
        "3 incorrect password attempts", "1 incorrect password attempt", "user NOT in sudoers",
        "user NOT authorized on host", "command not allowed", "a password is required");
    const std::string line =
        "bob : " + reason + " ; PWD=" + plain_value() + " ; USER=root ; COMMAND=" + plain_value();
    const Message message = read_message(line);
    RC_ASSERT(message.outcome == "failure");
    RC_ASSERT(message.action != "sudo_command");
    RC_ASSERT(message.reason == reason);
    RC_ASSERT(message.target == "root");
}

}  // namespace
}  // namespace vedette::parse::sudo
