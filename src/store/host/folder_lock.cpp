// SPDX-License-Identifier: Apache-2.0
#include "store/host/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "store/host/limits.h"

namespace vedette::store::host {

namespace {

constexpr const char* kOurFile = "/vedette.lock";
constexpr const char* kFileOfTheEngine = "/status";

// The first line of our lock file; also the engine writes "PID: " and a number first.
std::string holder_of(int fd) {
    char bytes[64];
    const ssize_t size = ::pread(fd, bytes, sizeof bytes, 0);
    const std::string text(bytes, size > 0 ? static_cast<std::size_t>(size) : 0);
    if (!text.starts_with("PID: ")) return {};
    const std::string number = text.substr(5, text.find_first_not_of("0123456789", 5) - 5);
    return number.empty() ? std::string() : "process " + number;
}

tl::unexpected<base::Error> held(const std::string& data_folder, int fd) {
    const std::string holder = holder_of(fd);
    return base::fail(base::ErrorCode::unavailable,
                      "the store's folder is held by " +
                          (holder.empty() ? std::string("another process") : holder),
                      data_folder,
                      "a server that ends lets it go within seconds; if one runs on it, ask that "
                      "one or end it first");
}

/// Whoever held our lock before held the engine's as well, and both fall when it ends, yet not in
/// one moment.
bool is_free_soon(int fd) {
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(kEngineLockWaitMs);
    while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK || std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

}  // namespace

base::Result<base::OwnedFd> lock_folder(const std::string& data_folder) {
    const std::string path = data_folder + kOurFile;
    base::OwnedFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd.is_open()) return base::fail_errno("cannot open", path);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) return held(data_folder, fd.get());
        return base::fail_errno("cannot lock", path);
    }
    const std::string text = "PID: " + std::to_string(::getpid()) + "\n";
    // The number is only for messages: a full disk must not keep the store from starting.
    static_cast<void>(::ftruncate(fd.get(), 0) == 0 &&
                      ::pwrite(fd.get(), text.data(), text.size(), 0) > 0);

    // An engine without our lock: an older program, or somebody's own.
    const base::OwnedFd engine(
        ::open((data_folder + kFileOfTheEngine).c_str(), O_RDONLY | O_CLOEXEC));
    if (engine.is_open() && !is_free_soon(engine.get())) return held(data_folder, engine.get());
    return fd;
}

}  // namespace vedette::store::host
