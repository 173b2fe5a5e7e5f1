// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "parse/program_format.h"

/// What lines of Postfix fill.
namespace vedette::parse::postfix {

enum Field : std::size_t {
    kAction,
    kCategory,
    kOutcome,
    kQueueId,
    kMessageId,
    kFrom,
    kTo,
    kOriginalTo,
    kClientIp,
    kClientName,
    kClientPort,
    kRelay,
    kRelayIp,
    kRelayName,
    kRelayPort,
    kStatus,
    kDsn,
    kReason,
    kDelay,
    kDelays,
    kSize,
    kRecipients,
    kUser,
    kSaslMethod,
    kHelo,
    kProtocol,
    kStage,
    kCode,
    kUserId,
    kTlsVersion,
    kTlsCipher,
    kTlsTrust,
    kLevel,
};

/// In the order of Field.
inline constexpr ProgramField kFields[] = {
    {"event.action"},
    {"event.category"},
    {"event.outcome"},
    {"postfix.queue_id"},
    {"email.message_id"},
    {"email.from.address"},
    {"email.to.address"},
    {"postfix.original_to"},
    {"source.ip", ValueForm::address},
    {"source.domain"},
    {"source.port", ValueForm::number},
    {"postfix.relay"},
    {"destination.ip", ValueForm::address},
    {"destination.domain"},
    {"destination.port", ValueForm::number},
    {"postfix.status"},
    {"postfix.dsn"},
    {"postfix.reason"},
    {"postfix.delay_s"},
    {"postfix.delays"},
    {"postfix.size_bytes", ValueForm::number},
    {"postfix.recipients", ValueForm::number},
    {"user.name"},
    {"postfix.sasl_method"},
    {"postfix.helo"},
    {"postfix.protocol"},
    {"postfix.stage"},
    {"postfix.response_code", ValueForm::number},
    {"user.id"},
    {"tls.version"},
    {"tls.cipher"},
    {"postfix.tls_trust"},
    {"log.level"},
};

}  // namespace vedette::parse::postfix
