// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "parse/program_format.h"

/// What lines of BIND fill.
namespace vedette::parse::named {

enum Field : std::size_t {
    kAction,
    kCategory,
    kOutcome,
    kClientIp,
    kClientPort,
    kServerIp,
    kServerPort,
    kQuestion,
    kType,
    kClass,
    kResponseCode,
    kFlags,
    kView,
    kCategoryName,
    kLevel,
    kZone,
    kKey,
    kReason,
    kProtocol,
};

/// In the order of Field.
inline constexpr ProgramField kFields[] = {
    {"event.action"},
    {"event.category"},
    {"event.outcome"},
    {"source.ip", ValueForm::address, "source.domain"},
    {"source.port", ValueForm::number},
    {"destination.ip", ValueForm::address},
    {"destination.port", ValueForm::number},
    {"dns.question.name"},
    {"dns.question.type"},
    {"dns.question.class"},
    {"dns.response_code"},
    {"named.flags"},
    {"named.view"},
    {"named.category"},
    {"log.level"},
    {"named.zone"},
    {"named.key"},
    {"named.reason"},
    {"network.protocol"},
};

}  // namespace vedette::parse::named
