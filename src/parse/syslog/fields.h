// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>

#include "event/field.h"
#include "event/schema.h"

namespace vedette::parse::syslog {

/// Keywords of RFC 5424 section 6.2.1, in the order of their codes.
inline constexpr std::array<std::string_view, 24> kFacilityNames = {
    "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
    "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
    "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};
inline constexpr std::array<std::string_view, 8> kSeverityNames = {
    "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"};

/// The fields of ECS that only syslog fills.
struct Fields {
    explicit Fields(event::FieldDictionary& fields)
        : priority(*fields.intern("log.syslog.priority")),
          facility_code(*fields.intern("log.syslog.facility.code")),
          facility_name(*fields.intern("log.syslog.facility.name")),
          severity_code(*fields.intern("log.syslog.severity.code")),
          severity_name(*fields.intern("log.syslog.severity.name")),
          program(*fields.intern("log.syslog.appname")),
          process_id(*fields.intern("log.syslog.procid")),
          message_id(*fields.intern("log.syslog.msgid")),
          version(*fields.intern("log.syslog.version")),
          repeated(*fields.intern("log.syslog.repeated")) {}

    event::FieldId priority, facility_code, facility_name, severity_code, severity_name, program,
        process_id, message_id, version, repeated;
};

}  // namespace vedette::parse::syslog
