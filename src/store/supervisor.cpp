// SPDX-License-Identifier: Apache-2.0
#include "store/supervisor.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <vector>

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

base::Result<std::string> find_program(const std::string& wanted) {
    std::string path = wanted;
    if (path.empty()) {
        const char* given = std::getenv("VEDETTE_STORE_HOST");
        if (given != nullptr) path = given;
    }
    if (path.empty()) {
        char self[PATH_MAX];
        const ssize_t size = ::readlink("/proc/self/exe", self, sizeof self);
        path.assign(self, size > 0 ? static_cast<std::size_t>(size) : 0);
        path = path.substr(0, path.rfind('/')) + "/vedette-store-host";
    }
    if (::access(path.c_str(), X_OK) == 0) return path;
    return base::fail(ErrorCode::not_found, "the program that hosts the store is not there", path,
                      "install it beside vedette, or set VEDETTE_STORE_HOST");
}

/// What the child starts with: only standard streams, default signals, a group of its own.
class SpawnPlan {
  public:
    explicit SpawnPlan(const std::string& log_path) {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_addopen(&actions_, 1, log_path.c_str(),
                                           O_WRONLY | O_CREAT | O_APPEND, 0600);
        ::posix_spawn_file_actions_adddup2(&actions_, 1, 2);
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, 3);
        ::posix_spawnattr_init(&attributes_);
        sigset_t none;
        sigemptyset(&none);
        sigset_t all;
        sigfillset(&all);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
    ~SpawnPlan() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }

    base::Result<pid_t> run(std::vector<std::string> arguments) {
        std::vector<char*> pointers;
        for (std::string& argument : arguments) pointers.push_back(argument.data());
        pointers.push_back(nullptr);
        pid_t pid = 0;
        errno = ::posix_spawn(&pid, pointers[0], &actions_, &attributes_, pointers.data(), environ);
        if (errno != 0) return base::fail_errno("cannot start", arguments[0]);
        return pid;
    }

  private:
    posix_spawn_file_actions_t actions_;
    posix_spawnattr_t attributes_;
};

base::Result<void> make_folder(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
    return base::fail_errno("cannot make the folder", path);
}

void keep_log_short(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || status.st_size < kHostLogBytesMax) return;
    ::rename(path.c_str(), (path + ".1").c_str());
}

bool has_ended(pid_t pid) {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == pid;
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

std::string last_lines(const std::string& path, std::size_t size_bytes_max) {
    std::ifstream in(path, std::ios::binary | std::ios::ate);
    if (!in) return {};
    const auto size = static_cast<std::size_t>(in.tellg());
    const std::size_t wanted = std::min(size, size_bytes_max);
    in.seekg(static_cast<std::streamoff>(size - wanted));
    std::string text(wanted, '\0');
    in.read(text.data(), static_cast<std::streamsize>(wanted));
    return text;
}

Supervisor::Supervisor(SupervisorOptions options) : options_(std::move(options)) {
    endpoint_.unix_path = socket_path_for(options_.data_folder);
    log_path_ = options_.data_folder + "/store-host.log";
}

Supervisor::~Supervisor() { stop(); }

base::Result<pid_t> Supervisor::spawn() {
    VD_TRY(const std::string program, find_program(options_.program));
    VD_TRY_DO(make_folder(options_.data_folder));
    keep_log_short(log_path_);
    return SpawnPlan(log_path_).run(
        {program, "--data", options_.data_folder + "/engine", "--socket", endpoint_.unix_path,
         "--memory-max", std::to_string(options_.memory_bytes_max), "--threads-max",
         std::to_string(options_.threads_max), "--parent", std::to_string(::getpid())});
}

base::Result<void> Supervisor::wait_until_ready(pid_t pid) {
    base::HttpClient client(endpoint_, {1'000, kPingTimeoutMs, 1'024});
    base::HttpClientRequest ping;
    ping.target = "/ping";
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kStartTimeoutMs);
    while (std::chrono::steady_clock::now() < end) {
        if (has_ended(pid)) {
            return base::fail(ErrorCode::unavailable,
                              "the store ended at once: " + last_lines(log_path_, kLogTailBytes),
                              log_path_);
        }
        if (client.send(ping)) return {};
        if (wait_for_stop_ms(10)) return base::fail(ErrorCode::cancelled, "asked to stop");
    }
    return base::fail(ErrorCode::timeout, "the store does not answer", log_path_);
}

bool Supervisor::wait_for_stop_ms(int milliseconds) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::milliseconds(milliseconds),
                             [this] { return is_stopping_; });
}

base::Result<void> Supervisor::run_child() {
    VD_TRY(const pid_t pid, spawn());
    {
        const std::lock_guard lock(mutex_);
        pid_ = pid;
        state_ = StoreState::starting;
        if (is_stopping_) ::kill(pid, SIGTERM);
    }
    auto is_up = wait_until_ready(pid);
    if (is_up) {
        const std::lock_guard lock(mutex_);
        state_ = StoreState::ready;
        changed_.notify_all();
    } else if (is_up.error().code != ErrorCode::cancelled) {
        ::kill(pid, SIGKILL);
    }
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) != 0) {
    }
    // The number stays taken until it is reaped, so that nobody can signal a stranger.
    const std::lock_guard lock(mutex_);
    pid_ = 0;
    ::waitpid(pid, nullptr, 0);
    return is_up;
}

bool Supervisor::pause_after(base::Result<void> run, bool is_first, int& pause_ms,
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
        pause_ms = was_healthy ? kRestartPauseMsMin : std::min(pause_ms * 2, kRestartPauseMsMax);
        base::log::warn("store.restart", {{"pause_ms", pause_ms}, {"count", restart_count_}});
    }
    return !wait_for_stop_ms(pause_ms);
}

/// Runs in a thread that lives as long as the supervisor: the kernel ties the child's death signal
/// to the thread that made it, not to the process.
void Supervisor::watch() {
    int pause_ms = kRestartPauseMsMin;
    bool is_first = true;
    bool goes_on = true;
    while (goes_on) {
        const auto begin = std::chrono::steady_clock::now();
        auto run = run_child();
        const bool was_healthy =
            std::chrono::steady_clock::now() - begin > std::chrono::seconds(kHealthySeconds);
        goes_on = pause_after(std::move(run), is_first, pause_ms, was_healthy);
        is_first = false;
    }
    const std::lock_guard lock(mutex_);
    state_ = StoreState::stopped;
    changed_.notify_all();
}

base::Result<void> Supervisor::start() {
    {
        const std::lock_guard lock(mutex_);
        if (state_ != StoreState::stopped || watcher_.joinable()) return {};
        is_stopping_ = false;
        start_error_.reset();
        state_ = StoreState::starting;
    }
    watcher_ = std::thread([this] { watch(); });
    std::unique_lock lock(mutex_);
    changed_.wait(lock,
                  [this] { return state_ == StoreState::ready || state_ == StoreState::stopped; });
    if (state_ == StoreState::ready) return {};
    lock.unlock();
    watcher_.join();
    watcher_ = {};
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
    if (watcher_.joinable()) watcher_.join();
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
