// SPDX-License-Identifier: Apache-2.0
#include "sandbox/worker.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "sandbox/frame.h"
#include "sandbox/jobs.h"

namespace vedette::sandbox {

using base::ErrorCode;
using base::Result;

namespace {

Result<std::string> find_program(const std::string& wanted) {
    std::string path = wanted;
    if (path.empty()) {
        const char* given = std::getenv("VEDETTE_WORKER");
        if (given != nullptr) path = given;
    }
    if (path.empty()) {
        char self[PATH_MAX];
        const ssize_t size = ::readlink("/proc/self/exe", self, sizeof self);
        path.assign(self, size > 0 ? static_cast<std::size_t>(size) : 0);
        path = path.substr(0, path.rfind('/')) + "/vedette-worker";
    }
    if (::access(path.c_str(), X_OK) == 0) return path;
    return base::fail(ErrorCode::not_found, "the program that reads risky files is not there", path,
                      "install it beside vedette, or set VEDETTE_WORKER");
}

/// Starts the program with its socket and standard error, and nothing else that is ours: no
/// descriptors, no environment, no signals.
Result<pid_t> spawn(const std::string& program, std::uint64_t memory_bytes_max, int socket) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, socket, kWorkerSocket);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, kWorkerSocket + 1);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    // A group of its own, so that Ctrl-C reaches only us.
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    std::string name = program, memory = std::to_string(memory_bytes_max);
    std::array<char*, 3> arguments = {name.data(), memory.data(), nullptr};
    std::array<char*, 1> environment = {nullptr};
    pid_t pid = 0;
    const int error = ::posix_spawn(&pid, program.c_str(), &actions, &attributes, arguments.data(),
                                    environment.data());
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
    errno = error;
    if (error != 0) return base::fail_errno("cannot start", program);
    return pid;
}

std::string how_it_ended(int status) {
    if (WIFEXITED(status)) return "ended with status " + std::to_string(WEXITSTATUS(status));
    const int signal = WTERMSIG(status);
    if (signal == SIGSYS) return "was killed for a system call it may not make";
    return "died of signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
}

}  // namespace

Result<Worker> Worker::start(const WorkerOptions& options) {
    VD_TRY(const std::string program, find_program(options.program));
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
        return base::fail_errno("cannot make a socket for", program);
    }
    Worker worker;
    worker.options_ = options;
    worker.socket_ = base::OwnedFd(pair[0]);
    base::OwnedFd theirs(pair[1]);
    VD_TRY(worker.pid_, spawn(program, options.memory_bytes_max, theirs.get()));
    // While a copy of its end is open here its death would not be seen.
    theirs.reset();
    const auto ready = receive_frame(worker.socket_.get(), kStartMsMax);
    if (ready && ready->kind == FrameKind::ready) return worker;
    base::Error error;
    if (ready) {
        error.code = ErrorCode::corrupt;
        error.text = "it is no worker of ours";
    } else {
        error = ready.error();
    }
    error = worker.end_with(std::move(error));
    error.where = program;
    return tl::unexpected(std::move(error));
}

Worker::Worker(Worker&& other) noexcept
    : options_(std::move(other.options_)),
      pid_(std::exchange(other.pid_, 0)),
      socket_(std::move(other.socket_)),
      is_usable_(other.is_usable_),
      jobs_done_(other.jobs_done_) {}

Worker::~Worker() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

base::Error Worker::end_with(base::Error error) {
    is_usable_ = false;
    socket_.reset();
    if (pid_ <= 0) return error;
    if (error.code == ErrorCode::io) {
        // The socket broke by itself: it is dying or dead, and how tells what happened.
        int status = 0;
        ::waitpid(std::exchange(pid_, 0), &status, 0);
        error = {ErrorCode::unavailable,
                 "the worker " + how_it_ended(status),
                 {},
                 "the input may have found a defect: it was kept",
                 true};
    } else {
        ::kill(pid_, SIGKILL);
        ::waitpid(std::exchange(pid_, 0), nullptr, 0);
    }
    return error;
}

Result<void> Worker::send(std::string_view job, const Input& input) {
    const JobHead head{std::string(job), std::string(input.arguments), input.bytes.size(),
                       input.file >= 0};
    VD_TRY_DO(send_frame(socket_.get(), FrameKind::job, encode(head), input.file));
    for (std::string_view rest = input.bytes; !rest.empty();) {
        const std::string_view piece = rest.substr(0, kFrameBytesMax);
        VD_TRY_DO(send_frame(socket_.get(), FrameKind::input, piece));
        rest.remove_prefix(piece.size());
    }
    return {};
}

Result<void> Worker::receive(const OutputSink& sink) {
    std::uint64_t total = 0;
    for (;;) {
        VD_TRY(const Frame frame, receive_frame(socket_.get(), options_.silence_ms_max));
        if (frame.kind == FrameKind::done) return {};
        if (frame.kind == FrameKind::failed) {
            // The job's own answer: the worker is as good as before.
            ++jobs_done_;
            base::Error error = decode_error(frame.payload);
            error.is_retryable = false;
            return tl::unexpected(std::move(error));
        }
        if (frame.kind != FrameKind::output) {
            is_usable_ = false;
            return base::fail(ErrorCode::corrupt, "the worker does not keep to the protocol");
        }
        total += frame.payload.size();
        if (total > options_.output_bytes_max) {
            is_usable_ = false;
            return base::fail(ErrorCode::limit, "more came out of it than is allowed");
        }
        if (auto taken = sink(frame.payload); !taken) {
            is_usable_ = false;
            return taken;
        }
    }
}

Result<void> Worker::run(std::string_view job, const Input& input, const OutputSink& sink) {
    if (input.bytes.size() > kInputBytesMax) {
        return base::fail(ErrorCode::limit, "the input of a job is too large to be sent");
    }
    const std::uint64_t failed_before = jobs_done_;
    auto done = send(job, input);
    if (done) done = receive(sink);
    if (done) {
        ++jobs_done_;
        return {};
    }
    const bool was_answered = jobs_done_ > failed_before;
    if (was_answered) return done;
    return tl::unexpected(end_with(std::move(done).error()));
}

}  // namespace vedette::sandbox
