// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "sandbox/worker.h"

namespace vedette::sandbox {

struct PoolOptions {
    WorkerOptions worker = {};
    std::size_t workers_max = 0;  ///< 0: one per core
};

/// What happened to workers, for metrics.
struct PoolStatus {
    std::uint64_t jobs = 0;     ///< asked for
    std::uint64_t refused = 0;  ///< the input was at fault, said by a worker that lives on
    std::uint64_t died = 0;     ///< workers that died in a job
    std::uint64_t silent = 0;   ///< workers killed because they took too long
    std::uint64_t bursts = 0;   ///< workers killed because they said too much
    std::uint64_t started = 0;
};

/// Workers for whoever has something risky to read. They start when they are first needed and live
/// on; one that dies, hangs or says too much is replaced at the next job.
///
/// A worker that dies in a job may have met a defect or may have been killed by somebody, so a job
/// whose output nobody has seen yet is done once more, by a fresh one; if that dies too the input
/// is at fault and the caller keeps it as such. Threads: any; a job waits while all workers are
/// busy.
class Pool {
  public:
    explicit Pool(PoolOptions options = {});

    /// Does a job and hands its output over as it comes.
    /// Errors: those of Worker::run; not_found if there is no worker program.
    base::Result<void> run(std::string_view job, const Input& input, const OutputSink& sink);

    /// The same with the whole output in memory, at most kGatheredBytesMax; half an output is never
    /// seen, so it is always tried twice.
    base::Result<std::string> gather(std::string_view job, const Input& input);

    PoolStatus status() const;

  private:
    base::Result<Worker> take();
    void give_back(Worker worker);
    base::Result<void> run_once(std::string_view job, const Input& input, const OutputSink& sink);
    void count(const base::Error& error, bool is_usable);

    PoolOptions options_;
    mutable std::mutex mutex_;
    std::condition_variable has_free_;
    std::vector<Worker> idle_;
    std::size_t busy_ = 0;
    PoolStatus status_;
};

}  // namespace vedette::sandbox
