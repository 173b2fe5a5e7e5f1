// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette::sandbox {

/// Takes the answer of a job, piece by piece, as it comes.
class Output {
  public:
    virtual ~Output() = default;
    /// Errors: io (nobody wants it any more): end the job.
    virtual base::Result<void> write(std::string_view bytes) = 0;
};

/// What a worker is asked to do.
struct Job {
    std::string_view arguments;  ///< small, in the job's own form
    std::string_view input;      ///< bytes, or empty when there is a file
    int file = -1;               ///< to read from its beginning; not to be closed
};

/// Runs inside the confined process: no file can be opened, no thread made, nothing logged. It must
/// not keep anything of one job for the next that could change its answer.
/// Errors: what is wrong with the input; the server gets it as it is.
using JobHandler = std::function<base::Result<void>(const Job& job, Output& output)>;

/// The jobs a worker program knows, by name.
class Jobs {
  public:
    void add(std::string name, JobHandler handler);
    const JobHandler* find(const std::string& name) const;

  private:
    std::map<std::string, JobHandler> handlers_;
};

/// The life of a worker program: confines this process, then does jobs that come over the socket
/// until it closes. Errors: those of confining; no job was taken then.
base::Result<void> run_worker(const Jobs& jobs, int socket, std::uint64_t memory_bytes_max);

/// The descriptor on which a worker program finds its socket.
inline constexpr int kWorkerSocket = 3;

}  // namespace vedette::sandbox
