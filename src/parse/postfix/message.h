// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "parse/program_format.h"

namespace vedette::parse::postfix {

/// Reads a line of any of Postfix's programs without time, host and program. Names of hosts, HELO
/// and addresses are the client's text: Postfix replaces control and non-printing characters by
/// '?', not blanks or brackets within addresses, so that addresses end at the last '>' before ", ".
/// Cost: linear.   Source: Postfix 3.7 (smtpd.c, smtpd_check.c, cleanup, qmgr, global/log_adhoc.c)
bool read_message(std::string_view text, ProgramValues& out);

}  // namespace vedette::parse::postfix
