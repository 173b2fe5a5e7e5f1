// SPDX-License-Identifier: Apache-2.0
#include "store/supervisor.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include "base/hash.h"
#include "base/log.h"
#include "store/limits.h"

namespace vedette::store {

using base::ErrorCode;

namespace {

constexpr std::size_t kSocketPathBytesMax = 107;  // sun_path with its end

std::string socket_path_for(const std::string& data_folder) {
    std::string path = data_folder + "/store.sock";
    if (path.size() <= kSocketPathBytesMax) return path;
    return "/tmp/vedette-" + std::to_string(::getpid()) + "-" + base::hash128(data_folder).hex() +
           ".sock";
}

base::Result<void> make_folder(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
    return base::fail_errno("cannot make the folder", path);
}

void keep_log_short(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || status.st_size < kHostLogBytesMax) return;
    ::rename(path.c_str(), (path + ".1").c_str());
}

}  // namespace

std::string_view name(StoreState state) {
    switch (state) {
        case StoreState::stopped: return "stopped";
        case StoreState::starting: return "starting";
        case StoreState::ready: return "ready";
        case StoreState::waiting_to_restart: return "waiting_to_restart";
    }
    return "unknown";
}

Supervisor::Supervisor(SupervisorOptions options) : options_(std::move(options)) {
    endpoint_.unix_path = socket_path_for(options_.data_folder);
    log_path_ = options_.data_folder + "/store-host.log";
}

Supervisor::~Supervisor() { stop(); }

base::Result<ChildProcess> Supervisor::spawn() {
    VD_TRY(std::string program, find_store_host(options_.program));
    VD_TRY_DO(make_folder(options_.data_folder));
    keep_log_short(log_path_);
    return spawn_child(
        {std::move(program), "--data", options_.data_folder + "/engine", "--socket",
         endpoint_.unix_path, "--memory-max", std::to_string(options_.memory_bytes_max),
         "--threads-max", std::to_string(options_.threads_max), "--parent",
         std::to_string(::getpid()), "--reports-start", "yes"},
        log_path_);
}

base::Result<void> Supervisor::wait_until_ready(const ChildProcess& child) {
    base::HttpClient client(endpoint_, {1'000, kPingTimeoutMs, 1'024});
    base::HttpClientRequest ping;
    ping.target = "/ping";
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kStartTimeoutMs);
    while (std::chrono::steady_clock::now() < end) {
        if (has_ended(child.pid)) return base::fail(ErrorCode::io, "it ended");
        // Before ours listens, the child of a server that was killed may still answer there.
        if (child.has_started() && client.send(ping)) return {};
        if (wait_for_stop_ms(10)) return base::fail(ErrorCode::cancelled, "asked to stop");
    }
    return base::fail(ErrorCode::timeout, "the store does not answer", log_path_);
}

bool Supervisor::wait_for_stop_ms(int milliseconds) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::milliseconds(milliseconds),
                             [this] { return is_stopping_; });
}

void Supervisor::set_ready() {
    const std::lock_guard lock(mutex_);
    state_ = StoreState::ready;
    changed_.notify_all();
    if (options_.counters != nullptr) options_.counters->number("vedette_store_up") = 1;
    if (restart_count_ > 0) base::log::info("store.back", {{"count", restart_count_}});
}

int Supervisor::reap(pid_t pid) {
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) != 0) {
    }
    // The number stays taken until it is reaped, so that nobody can signal a stranger.
    const std::lock_guard lock(mutex_);
    pid_ = 0;
    if (options_.counters != nullptr) options_.counters->number("vedette_store_up") = 0;
    int wait_status = 0;
    ::waitpid(pid, &wait_status, 0);
    return wait_status;
}

base::Result<void> Supervisor::run_child(std::string& ending) {
    VD_TRY(const ChildProcess child, spawn());
    {
        const std::lock_guard lock(mutex_);
        pid_ = child.pid;
        state_ = StoreState::starting;
        if (is_stopping_) ::kill(child.pid, SIGTERM);
    }
    auto is_up = wait_until_ready(child);
    if (is_up) {
        set_ready();
    } else if (is_up.error().code == ErrorCode::timeout) {
        ::kill(child.pid, SIGKILL);
    }
    const int wait_status = reap(child.pid);
    ending = how_it_ended(wait_status);
    if (is_up || is_up.error().code != ErrorCode::io) return is_up;
    return tl::unexpected(why_not_started(child, wait_status, log_path_));
}

bool Supervisor::pause_after(base::Result<void> run, const std::string& ending, bool is_first,
                             bool was_healthy) {
    {
        const std::lock_guard lock(mutex_);
        if (is_stopping_) return false;
        if (is_first && !run) {
            start_error_ = std::move(run).error();
            return false;
        }
        state_ = StoreState::waiting_to_restart;
        ++restart_count_;
        if (options_.counters != nullptr) {
            options_.counters->number("vedette_store_restarts_total") = restart_count_;
        }
        pause_ms_ = was_healthy ? kRestartPauseMsMin : std::min(pause_ms_ * 2, kRestartPauseMsMax);
        base::log::warn("store.away",
                        {{"why", run ? "its process ended: " + ending : run.error().message()},
                         {"pause_ms", pause_ms_},
                         {"count", restart_count_},
                         {"meanwhile", "events are kept in the journal and judged"}});
    }
    return !wait_for_stop_ms(pause_ms_);
}

/// Runs in a thread that lives as long as the supervisor: the kernel ties the child's death signal
/// to the thread that made it, not to the process.
void Supervisor::watch() {
    pause_ms_ = kRestartPauseMsMin;
    bool is_first = true;
    bool goes_on = true;
    while (goes_on) {
        const auto begin = std::chrono::steady_clock::now();
        std::string ending;
        auto run = run_child(ending);
        const bool was_healthy =
            std::chrono::steady_clock::now() - begin > std::chrono::seconds(kHealthySeconds);
        goes_on = pause_after(std::move(run), ending, is_first, was_healthy);
        is_first = false;
    }
    const std::lock_guard lock(mutex_);
    state_ = StoreState::stopped;
    changed_.notify_all();
}

base::Result<void> Supervisor::start() {
    {
        const std::lock_guard starting(watcher_mutex_);
        const std::lock_guard lock(mutex_);
        if (state_ != StoreState::stopped || watcher_.joinable()) return {};
        is_stopping_ = false;
        start_error_.reset();
        state_ = StoreState::starting;
        watcher_ = std::thread([this] { watch(); });
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock,
                  [this] { return state_ == StoreState::ready || state_ == StoreState::stopped; });
    if (state_ == StoreState::ready) return {};
    lock.unlock();
    join();
    if (start_error_) return tl::unexpected(*start_error_);
    return base::fail(ErrorCode::cancelled, "asked to stop");
}

void Supervisor::stop() {
    {
        std::unique_lock lock(mutex_);
        is_stopping_ = true;
        changed_.notify_all();
        if (pid_ != 0) ::kill(pid_, SIGTERM);
        const bool has_stopped =
            changed_.wait_for(lock, std::chrono::milliseconds(kStopTimeoutMs),
                              [this] { return state_ == StoreState::stopped; });
        if (!has_stopped && pid_ != 0) ::kill(pid_, SIGKILL);
    }
    join();
}

void Supervisor::join() {
    const std::lock_guard lock(watcher_mutex_);
    if (watcher_.joinable()) watcher_.join();
    watcher_ = {};
}

StoreState Supervisor::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

std::uint64_t Supervisor::restart_count() const {
    const std::lock_guard lock(mutex_);
    return restart_count_;
}

pid_t Supervisor::child_pid() const {
    const std::lock_guard lock(mutex_);
    return pid_;
}

std::uint64_t Supervisor::child_peak_memory_bytes() const {
    const pid_t pid = child_pid();
    if (pid == 0) return 0;
    std::ifstream in("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("VmHWM:")) return std::strtoull(line.c_str() + 6, nullptr, 10) * 1024;
    }
    return 0;
}

}  // namespace vedette::store
