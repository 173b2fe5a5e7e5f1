// SPDX-License-Identifier: Apache-2.0
#include "store/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "store/host/start_report.h"
#include "store/limits.h"

namespace vedette::store {

using base::ErrorCode;

namespace {

/// What the child starts with: only standard streams and the pipe, default signals, a group of its
/// own.
class SpawnPlan {
  public:
    SpawnPlan(const std::string& log_path, int report_fd) {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_addopen(&actions_, 1, log_path.c_str(),
                                           O_WRONLY | O_CREAT | O_APPEND, 0600);
        ::posix_spawn_file_actions_adddup2(&actions_, 1, 2);
        ::posix_spawn_file_actions_adddup2(&actions_, report_fd, host::kStartReportFd);
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, host::kStartReportFd + 1);
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
        pointers.reserve(arguments.size() + 1);
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

std::uint64_t size_of(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

/// Everything in the pipe. The child has ended, so all it said is there; the reading end does not
/// wait for more, because a child of the child's may keep the other end open.
std::string read_report(int fd) {
    std::string out;
    char piece[4'096];
    for (;;) {
        const ssize_t size = ::read(fd, piece, sizeof piece);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0 || out.size() > kStartReportBytesMax) return out;
        out.append(piece, static_cast<std::size_t>(size));
    }
}

/// The last lines of this start that say more than the report does, in one line.
std::string foreign_lines(const std::string& path, std::uint64_t begin_bytes, bool has_report) {
    std::ifstream in(path, std::ios::binary);
    const std::uint64_t size = size_of(path);
    const std::uint64_t from =
        size - std::min<std::uint64_t>(size - std::min(size, begin_bytes), kLogTailBytes);
    in.seekg(static_cast<std::streamoff>(from));
    std::string out;
    for (std::string line; std::getline(in, line);) {
        const bool is_known =
            has_report && line.find(host::kStartFailedLogName) != std::string::npos;
        if (line.empty() || is_known) continue;
        out += (out.empty() ? "" : "; ") + line;
    }
    return out;
}

}  // namespace

bool ChildProcess::has_started() const {
    pollfd entry{report.get(), POLLIN, 0};
    return ::poll(&entry, 1, 0) == 1 && (entry.revents & (POLLIN | POLLHUP)) == POLLHUP;
}

base::Result<std::string> find_store_host(const std::string& wanted) {
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

base::Result<ChildProcess> spawn_child(std::vector<std::string> arguments,
                                       const std::string& log_path) {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) return base::fail_errno("cannot make a pipe for", log_path);
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    ChildProcess child;
    child.report = base::OwnedFd(ends[0]);
    const base::OwnedFd writing(ends[1]);
    child.log_begin_bytes = size_of(log_path);
    VD_TRY(child.pid, SpawnPlan(log_path, writing.get()).run(std::move(arguments)));
    return child;
}

bool has_ended(pid_t pid) {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == pid;
}

std::string how_it_ended(int wait_status) {
    if (!WIFSIGNALED(wait_status)) return "exit status " + std::to_string(WEXITSTATUS(wait_status));
    const int signal = WTERMSIG(wait_status);
    return "killed by signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
}

base::Error why_not_started(const ChildProcess& child, int wait_status,
                            const std::string& log_path) {
    const auto report = host::decode_start_report(read_report(child.report.get()));
    base::Error error;
    if (report) {
        error = *report;
    } else {
        error = {ErrorCode::io,
                 "the store's program ended at once, " + how_it_ended(wait_status),
                 log_path,
                 {},
                 WIFSIGNALED(wait_status)};
    }
    const std::string lines = foreign_lines(log_path, child.log_begin_bytes, report.has_value());
    if (!lines.empty()) error.text += ": " + lines;
    return error;
}

}  // namespace vedette::store
