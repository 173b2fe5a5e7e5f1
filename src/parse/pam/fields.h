// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "parse/program_format.h"

/// What lines of PAM modules fill.
namespace vedette::parse::pam {

enum Field : std::size_t {
    kAction,
    kCategory,
    kOutcome,
    kModule,
    kService,
    kType,
    kUser,
    kUserId,
    kCaller,
    kCallerId,
    kRemoteUser,
    kRemoteHost,
    kTty,
};

/// In the order of Field.
inline constexpr ProgramField kFields[] = {
    {"event.action"},  {"event.category"},  {"event.outcome"},
    {"pam.module"},    {"pam.service"},     {"pam.type"},
    {"user.name"},     {"user.id"},         {"pam.caller.name"},
    {"pam.caller.id"}, {"pam.remote_user"}, {"source.ip", ValueForm::address, "source.domain"},
    {"pam.tty"},
};

}  // namespace vedette::parse::pam
