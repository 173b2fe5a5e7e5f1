// SPDX-License-Identifier: Apache-2.0
#include "engine/files/safe_open.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace vedette::engine::files {

namespace {

using base::ErrorCode;
using base::Result;

// Those that <linux/magic.h> of Debian 12 does not have. Source: statfs(2)
constexpr unsigned kNfs = 0x6969, kCifs = 0xFF534D42, kSmb2 = 0xFE534D42, kFuse = 0x65735546,
                   kAfs = 0x5346414F, kCeph = 0x00C36400, k9p = 0x01021997;
constexpr unsigned kRefused[] = {PROC_SUPER_MAGIC,
                                 SYSFS_MAGIC,
                                 DEBUGFS_MAGIC,
                                 TRACEFS_MAGIC,
                                 SECURITYFS_MAGIC,
                                 CGROUP2_SUPER_MAGIC,
                                 BPF_FS_MAGIC,
                                 kNfs,
                                 kCifs,
                                 kSmb2,
                                 kFuse,
                                 kAfs,
                                 kCeph,
                                 k9p};

/// Without opening what lies there, and without the links by which /proc leads elsewhere.
int look_up(const std::string& path) {
    open_how how{};
    how.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
    how.resolve = RESOLVE_NO_MAGICLINKS;
    const long fd = ::syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how);
    if (fd >= 0 || errno != ENOSYS) return static_cast<int>(fd);
    return ::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

}  // namespace

Result<OpenedFile> open_named_file(const std::string& path) {
    const base::OwnedFd place(look_up(path));
    if (!place.is_open()) return base::fail_errno("cannot look up", path);
    OpenedFile out;
    if (::fstat(place.get(), &out.info) != 0) return base::fail_errno("cannot look at", path);
    if (S_ISLNK(out.info.st_mode)) {
        return base::fail(ErrorCode::unsupported, "this is a link", path);
    }
    if (!S_ISREG(out.info.st_mode)) {
        return base::fail(ErrorCode::unsupported, "this is not a regular file", path);
    }
    struct statfs system {};
    if (::fstatfs(place.get(), &system) != 0) return base::fail_errno("cannot look at", path);
    if (std::find(std::begin(kRefused), std::end(kRefused), static_cast<unsigned>(system.f_type)) !=
        std::end(kRefused)) {
        return base::fail(ErrorCode::unsupported, "this lies on no disk of this machine", path);
    }
    // The same file again, and not its name again.
    const std::string again = "/proc/self/fd/" + std::to_string(place.get());
    out.file = base::OwnedFd(::open(again.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!out.file.is_open()) return base::fail_errno("cannot open", path);
    return out;
}

}  // namespace vedette::engine::files
