// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"

namespace vedette::store {

/// A child that was just made, and what it says of its start.
struct ChildProcess {
    pid_t pid = 0;
    base::OwnedFd report;  ///< the reading end of its start report (host/start_report.h)
    std::uint64_t log_begin_bytes = 0;  ///< the size of the log before it wrote its first line

    /// Whether it has closed the pipe without a word: it is up. Also true once it was killed.
    bool has_started() const;
};

/// The program that hosts the store: the one wanted, else $VEDETTE_STORE_HOST, else
/// vedette-store-host beside the running program.   Errors: not_found
base::Result<std::string> find_store_host(const std::string& wanted);

/// Starts `arguments[0]` in a process group of its own, with nothing but its standard streams
/// (input empty, the rest appended to the log) and the start report's pipe.
/// Errors: those of making a pipe and of starting a program.
base::Result<ChildProcess> spawn_child(std::vector<std::string> arguments,
                                       const std::string& log_path);

/// Whether it has ended; it stays there to be reaped.
bool has_ended(pid_t pid);

/// "exit status 1" or "killed by signal 9 (Killed)", of what waitpid said.
std::string how_it_ended(int wait_status);

/// Why a child that has ended did not start: what it reported; without a report (it was killed, or
/// is no program of ours) how it ended. Lines that others wrote into the log during this start
/// stand behind the text: the engine's own reason is among them. Never lines of an earlier start.
/// Errors (in the answer): what the child said; io and retryable if it died of a signal; io if it
/// ended without a word.
base::Error why_not_started(const ChildProcess& child, int wait_status,
                            const std::string& log_path);

}  // namespace vedette::store
