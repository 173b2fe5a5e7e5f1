// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace vedette::bench {

struct LoadOptions {
    std::uint64_t events = 0;
    int connections = 2;
    std::size_t events_per_request = 500;
    double events_per_second = 0;  ///< 0: as fast as answers come
    bool is_json = false;          ///< `_bulk`; else /ingest as syslog
};

struct LoadResult {
    std::vector<double> acknowledged_ms;  ///< of each request, rising
    std::uint64_t refused = 0;            ///< answers that were not a success; sent again
    std::uint64_t cpu_ns = 0;             ///< of the senders

    double percentile(double share) const;
};

/// The senders of a load in a process of their own, so that neither their memory nor their CPU time
/// counts as the server's. Threads: one at a time.
class LoadProcess {
  public:
    /// Makes the process and has it ready to send; nothing is sent yet. Call it while this process
    /// has one thread. `lines` are repeated until there are enough.
    static base::Result<LoadProcess> prepare(const LoadOptions& options,
                                             const std::vector<std::string>& lines);
    LoadProcess(LoadProcess&& other) noexcept;
    LoadProcess& operator=(LoadProcess&&) = delete;
    /// Ends the process if it still runs.
    ~LoadProcess();

    /// Sends to 127.0.0.1:port.
    base::Result<void> start(std::uint16_t port);
    /// Waits until everything was acknowledged. Errors: io if the senders died.
    base::Result<LoadResult> finish();

  private:
    LoadProcess() = default;
    pid_t pid_ = 0;
    int to_child_ = -1, from_child_ = -1;
};

}  // namespace vedette::bench
