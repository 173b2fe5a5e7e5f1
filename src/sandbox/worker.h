// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/result.h"
#include "sandbox/limits.h"

namespace vedette::sandbox {

struct WorkerOptions {
    /// The worker program and its arguments; empty: $VEDETTE_WORKER, else vedette-worker beside the
    /// running program.
    std::string program = {};
    std::uint64_t memory_bytes_max = kMemoryBytesMax;
    int silence_ms_max = kSilenceMsMax;
    std::uint64_t output_bytes_max = kOutputBytesMax;
};

/// What a job works on. Lives: until the job is over.
struct Input {
    std::string_view arguments = {};
    std::string_view bytes = {};  ///< at most kInputBytesMax
    int file = -1;                ///< instead of bytes: an open file, from its beginning
};

/// Takes pieces of a job's output; an error ends the job and is its answer.
using OutputSink = std::function<base::Result<void>(std::string_view piece)>;

/// One confined process that does jobs, one at a time. Threads: one at a time.
class Worker {
  public:
    /// Starts the program and waits until it is confined and ready.
    /// Errors: not_found (no such program), unavailable (it did not come up), timeout.
    static base::Result<Worker> start(const WorkerOptions& options);
    Worker(Worker&& other) noexcept;
    Worker& operator=(Worker&&) = delete;
    /// Kills it.
    ~Worker();

    /// Does a job. After an error for which is_usable() turns false the process is of no use.
    /// Errors: what the job says is wrong with its input; limit (too much output); timeout (it said
    /// nothing for too long); unavailable (it died in the middle: of a defect that the input found,
    /// of its memory limit, of a call it may not make, or because somebody killed it); those of the
    /// sink.
    base::Result<void> run(std::string_view job, const Input& input, const OutputSink& sink);

    bool is_usable() const { return is_usable_; }
    std::uint64_t jobs_done() const { return jobs_done_; }
    pid_t pid() const { return pid_; }

  private:
    Worker() = default;
    base::Result<void> send(std::string_view job, const Input& input);
    base::Result<void> receive(const OutputSink& sink);
    /// The process is gone or must go: why, in the words of its end.
    base::Error end_with(base::Error error);

    WorkerOptions options_;
    pid_t pid_ = 0;
    base::OwnedFd socket_;
    bool is_usable_ = true;
    std::uint64_t jobs_done_ = 0;
};

}  // namespace vedette::sandbox
