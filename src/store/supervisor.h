// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/counters.h"
#include "base/http_client.h"
#include "base/result.h"
#include "store/child_process.h"

namespace vedette::store {

struct SupervisorOptions {
    std::string data_folder;                    ///< absolute; the engine's files, socket and log
    std::uint64_t memory_bytes_max = 2u << 30;  ///< of the child
    int threads_max = 2;                        ///< of one statement in the child
    /// The program; empty: $VEDETTE_STORE_HOST, else vedette-store-host beside the running program.
    std::string program = {};
    /// Where vedette_store_up (0 or 1) and vedette_store_restarts_total are counted; may be null.
    /// Lives: longer than the supervisor.
    base::CounterRegistry* counters = nullptr;
};

enum class StoreState { stopped, starting, ready, waiting_to_restart };
std::string_view name(StoreState state);

/// Keeps the child that hosts the engine alive: starts it, waits until it answers, starts it again
/// with growing pauses when it dies, and stops it in order. Whoever talks to the store meets
/// `unavailable` while it is away and tries again.
/// The child is in a process group of its own (Ctrl-C reaches only us), holds none of our
/// descriptors, writes its messages to <data_folder>/store-host.log, and ends when we end, however
/// that happens. Threads: all members from any thread; has one thread of its own.
class Supervisor {
  public:
    explicit Supervisor(SupervisorOptions options);
    ~Supervisor();
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    /// Starts the child and waits until it answers. The child is gone after an error.
    /// Errors: unavailable only if another process holds the folder: that may pass, and the caller
    /// may try again. timeout if it does not answer; cancelled if stop() came first. Every other
    /// code (not_found: program or engine missing) stands for what does not pass by itself; those
    /// that are retryable all the same tell of a child that was killed.
    base::Result<void> start();
    /// Lets statements that run finish, then ends the child; kills it when that takes too long.
    /// May be called while start() waits in another thread.
    void stop();

    StoreState state() const;
    /// How often it was started again after it had died.
    std::uint64_t restart_count() const;
    /// The child's process id, or 0.
    pid_t child_pid() const;
    /// Where the child listens: below data_folder, or below /tmp when that path is too long.
    base::HttpEndpoint endpoint() const { return endpoint_; }
    /// Peak of the child's resident memory so far. Units: bytes; 0 if it does not run.
    std::uint64_t child_peak_memory_bytes() const;

  private:
    base::Result<ChildProcess> spawn();
    base::Result<void> wait_until_ready(const ChildProcess& child);
    void watch();
    /// Starts the child and stays until it has ended; the error, if it never answered.
    base::Result<void> run_child(std::string& ending);
    void set_ready();
    /// Reaps the child; its wait status.
    int reap(pid_t pid);
    /// Waits before the next start; false when there shall be none.
    bool pause_after(base::Result<void> run, const std::string& ending, bool is_first,
                     bool was_healthy);
    bool wait_for_stop_ms(int milliseconds);
    void join();

    SupervisorOptions options_;
    base::HttpEndpoint endpoint_;
    std::string log_path_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    StoreState state_ = StoreState::stopped;
    bool is_stopping_ = false;
    pid_t pid_ = 0;
    int pause_ms_ = 0;
    std::uint64_t restart_count_ = 0;
    std::optional<base::Error> start_error_;
    // Of watcher_, which start() and stop() may both find ended. Taken before mutex_, never after.
    std::mutex watcher_mutex_;
    std::thread watcher_;
};

}  // namespace vedette::store
