// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette::store::host {

/// How a child that could not start tells its supervisor why: as bytes on this descriptor, a pipe
/// that the supervisor hands down, and as exit status for everybody else. A pipe and not a file,
/// because the disk may be the reason; not the log, because the engine writes there too.
inline constexpr int kStartReportFd = 3;

/// The name of the line that a child logs beside its report.
inline constexpr std::string_view kStartFailedLogName = "store.host.failed";

/// Exit status of a child that could not start, or that failed later.
inline constexpr int kExitFailed = 1;
/// Exit status of a child whose data folder another process holds: trying again may help, which no
/// other reason promises.   Source: EX_TEMPFAIL of sysexits.h
inline constexpr int kExitFolderHeld = 75;

/// The exit status that goes with an error of run_store_host.
int exit_status_of(const base::Error& error);

/// The error as bytes. Limits: texts beyond kStartReportTextBytesMax are cut.
std::string encode_start_report(const base::Error& error);

/// The error again; nothing if these bytes are no whole report (a child that was killed).
std::optional<base::Error> decode_start_report(std::string_view bytes);

/// Writes a report to a descriptor and closes it; a supervisor that is gone is no reason to fail.
void send_start_report(int fd, const base::Error& error);

}  // namespace vedette::store::host
