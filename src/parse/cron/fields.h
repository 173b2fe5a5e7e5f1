// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "parse/program_format.h"

/// What lines of cron, crontab, anacron and run-parts fill.
namespace vedette::parse::cron {

enum Field : std::size_t {
    kAction,
    kCategory,
    kOutcome,
    kUser,
    kCommandLine,
    kJob,
    kJobPid,
    kFile,
    kVerb,
    kDetail,
};

/// In the order of Field.
inline constexpr ProgramField kFields[] = {
    {"event.action"},
    {"event.category"},
    {"event.outcome"},
    {"user.name"},
    {"process.command_line"},
    {"cron.job"},
    {"cron.job_pid", ValueForm::number},
    {"file.path"},
    {"cron.verb"},
    {"cron.detail"},
};

}  // namespace vedette::parse::cron
