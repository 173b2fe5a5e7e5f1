// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "parse/program_format.h"

/// What lines of su fill.
namespace vedette::parse::su {

enum Field : std::size_t {
    kAction,
    kCategory,
    kOutcome,
    kUser,
    kUserId,
    kTarget,
    kTargetId,
    kTty,
    kReason,
    kModule,
    kType,
};

/// In the order of Field.
inline constexpr ProgramField kFields[] = {
    {"event.action"}, {"event.category"},   {"event.outcome"},  {"user.name"},
    {"user.id"},      {"user.target.name"}, {"user.target.id"}, {"su.tty"},
    {"su.reason"},    {"pam.module"},       {"pam.type"},
};

}  // namespace vedette::parse::su
