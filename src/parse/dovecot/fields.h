// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "parse/program_format.h"

/// What lines of Dovecot fill.
namespace vedette::parse::dovecot {

enum Field : std::size_t {
    kAction,
    kCategory,
    kOutcome,
    kService,
    kUser,
    kMethod,
    kClientIp,
    kClientPort,
    kServerIp,
    kServerPort,
    kMailPid,
    kSession,
    kTls,
    kReason,
    kAttempts,
    kBytesIn,
    kBytesOut,
    kDatabase,
    kMessageId,
    kMailbox,
    kProtocol,
    kLevel,
};

/// In the order of Field.
inline constexpr ProgramField kFields[] = {
    {"event.action"},
    {"event.category"},
    {"event.outcome"},
    {"dovecot.service"},
    {"user.name"},
    {"dovecot.method"},
    {"source.ip", ValueForm::address, "source.domain"},
    {"source.port", ValueForm::number},
    {"destination.ip", ValueForm::address, "destination.domain"},
    {"destination.port", ValueForm::number},
    {"dovecot.mail_pid", ValueForm::number},
    {"dovecot.session"},
    {"dovecot.tls"},
    {"dovecot.reason"},
    {"dovecot.attempts", ValueForm::number},
    {"dovecot.bytes_in", ValueForm::number},
    {"dovecot.bytes_out", ValueForm::number},
    {"dovecot.passdb"},
    {"email.message_id"},
    {"dovecot.mailbox"},
    {"network.protocol"},
    {"log.level"},
};

}  // namespace vedette::parse::dovecot
