// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "parse/program_format.h"

/// What lines of systemd and systemd-logind fill.
namespace vedette::parse::systemd {

enum Field : std::size_t {
    kAction,
    kCategory,
    kOutcome,
    kUnit,
    kDescription,
    kResult,
    kExitKind,
    kExitStatus,
    kProcessRole,
    kRestarts,
    kSession,
    kSeat,
    kUser,
    kUserId,
    kDevice,
};

/// In the order of Field.
inline constexpr ProgramField kFields[] = {
    {"event.action"},        {"event.category"},
    {"event.outcome"},       {"service.name"},
    {"systemd.description"}, {"systemd.result"},
    {"systemd.exit.kind"},   {"systemd.exit.status"},
    {"systemd.process"},     {"systemd.restarts", ValueForm::number},
    {"systemd.session"},     {"systemd.seat"},
    {"user.name"},           {"user.id"},
    {"systemd.device"},
};

}  // namespace vedette::parse::systemd
