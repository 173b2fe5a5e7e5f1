// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace vedette::store::host {

struct StoreHostOptions {
    std::string data_folder;  ///< absolute; made if missing
    std::string socket_path;
    std::uint64_t memory_bytes_max = 2u << 30;
    int threads_max = 2;  ///< of one statement
    /// The process that started us; we stop when it is gone. 0: stay for ever.
    int parent_pid = 0;
    /// Whether kStartReportFd is a pipe that wants to know why there was no start.
    bool reports_start = false;
};

/// The process that hosts chDB: listens on the socket and answers ClickHouse's HTTP protocol until
/// SIGTERM or SIGINT, or until its parent dies; then statements that run are waited for and the
/// engine is closed in order. SIGKILL tears nothing either: an insert is there whole or not at all.
/// Raises its limit of open files as far as it may.   Threads: the only user of its process.
/// Errors: unavailable only if another process holds the folder; every other code stands for a
/// reason that will not pass by itself.
base::Result<void> run_store_host(const StoreHostOptions& options);

/// The program: `vedette-store-host --data DIR --socket PATH [--memory-max BYTES] [--threads-max N]
/// [--parent PID] [--reports-start yes]`. Returns the exit status: 0 ended in order, else those of
/// start_report.h.
int store_host_main(int argc, char** argv);

}  // namespace vedette::store::host
