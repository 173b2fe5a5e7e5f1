// SPDX-License-Identifier: Apache-2.0
#include "sandbox/confine.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <memory>

namespace vedette::sandbox {

using base::Result;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = false;
#endif

Result<void> limit(int resource, rlim_t value, const char* name) {
    const rlimit both{value, value};
    if (::setrlimit(static_cast<__rlimit_resource_t>(resource), &both) == 0) return {};
    return base::fail_errno("cannot limit", name);
}

Result<void> limit_resources(std::uint64_t memory_bytes_max) {
    VD_TRY_DO(limit(RLIMIT_CORE, 0, "core files"));
    VD_TRY_DO(limit(RLIMIT_FSIZE, 0, "written files"));
    VD_TRY_DO(limit(RLIMIT_NPROC, 0, "processes"));
    if (!kIsSanitized) VD_TRY_DO(limit(RLIMIT_AS, memory_bytes_max, "memory"));
    return {};
}

/// A rule set that handles every right the kernel knows and grants none.
Result<bool> forbid_paths() {
    const long version =
        ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) return false;
    landlock_ruleset_attr attributes{};
    // The thirteen rights of the first version; opening for anything needs one of them.
    attributes.handled_access_fs = (1ull << 13) - 1;
    const long ruleset = ::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (ruleset < 0) return base::fail_errno("cannot make rules for", "Landlock");
    const long done = ::syscall(SYS_landlock_restrict_self, ruleset, 0);
    const int error = errno;
    ::close(static_cast<int>(ruleset));
    errno = error;
    if (done != 0) return base::fail_errno("cannot put in force", "Landlock");
    return true;
}

/// What a process needs that computes on descriptors it has.
constexpr int kAllowed[] = {
    SCMP_SYS(read),          SCMP_SYS(write),          SCMP_SYS(readv),
    SCMP_SYS(writev),        SCMP_SYS(pread64),        SCMP_SYS(lseek),
    SCMP_SYS(recvmsg),       SCMP_SYS(sendmsg),        SCMP_SYS(recvfrom),
    SCMP_SYS(poll),          SCMP_SYS(ppoll),          SCMP_SYS(close),
    SCMP_SYS(fstat),         SCMP_SYS(munmap),         SCMP_SYS(mremap),
    SCMP_SYS(brk),           SCMP_SYS(madvise),        SCMP_SYS(futex),
    SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),   SCMP_SYS(getrandom),
    SCMP_SYS(getpid),        SCMP_SYS(gettid),         SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigaction),  SCMP_SYS(rt_sigprocmask), SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),          SCMP_SYS(exit_group),
};
/// What libraries try and can do without.
constexpr int kRefused[] = {
    SCMP_SYS(open),   SCMP_SYS(openat),    SCMP_SYS(stat),     SCMP_SYS(lstat),
    SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
    SCMP_SYS(getcwd), SCMP_SYS(uname),     SCMP_SYS(sysinfo),  SCMP_SYS(ioctl),
    SCMP_SYS(fcntl),  SCMP_SYS(prlimit64),
};
/// What the sanitizers' run-time needs besides.
constexpr int kForSanitizers[] = {
    SCMP_SYS(sigaltstack), SCMP_SYS(sched_yield),     SCMP_SYS(prctl), SCMP_SYS(getrusage),
    SCMP_SYS(nanosleep),   SCMP_SYS(clock_nanosleep), SCMP_SYS(dup),   SCMP_SYS(dup2),
    SCMP_SYS(pipe),        SCMP_SYS(pipe2),
};

int add_rules(scmp_filter_ctx filter) {
    int status = 0;
    const auto add = [&](std::uint32_t action, int call, auto... conditions) {
        if (status == 0) {
            status = ::seccomp_rule_add(filter, action, call, sizeof...(conditions), conditions...);
        }
    };
    for (const int call : kAllowed) add(SCMP_ACT_ALLOW, call);
    for (const int call : kRefused) add(SCMP_ACT_ERRNO(EACCES), call);
    if (kIsSanitized) {
        for (const int call : kForSanitizers) add(SCMP_ACT_ALLOW, call);
    }
    // Memory may be had and given back, never become code.
    for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) {
        add(SCMP_ACT_ALLOW, call,
            SCMP_A2(SCMP_CMP_MASKED_EQ, static_cast<scmp_datum_t>(PROT_EXEC), 0));
    }
    // glibc's fstat: of a descriptor, not of a path.
    add(SCMP_ACT_ALLOW, SCMP_SYS(newfstatat),
        SCMP_A3(SCMP_CMP_MASKED_EQ, static_cast<scmp_datum_t>(AT_EMPTY_PATH),
                static_cast<scmp_datum_t>(AT_EMPTY_PATH)));
    add(SCMP_ACT_ERRNO(EACCES), SCMP_SYS(newfstatat),
        SCMP_A3(SCMP_CMP_MASKED_EQ, static_cast<scmp_datum_t>(AT_EMPTY_PATH), 0));
    // abort() signals its own thread and nobody else.
    add(SCMP_ACT_ALLOW, SCMP_SYS(tgkill),
        SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(::getpid()), 0));
    return status;
}

Result<void> allow_few_calls() {
    const std::unique_ptr<void, void (*)(scmp_filter_ctx)> filter(
        ::seccomp_init(SCMP_ACT_KILL_PROCESS), ::seccomp_release);
    if (!filter) return base::fail(base::ErrorCode::io, "seccomp gave no filter");
    int status = add_rules(filter.get());
    if (status == 0) status = ::seccomp_load(filter.get());
    if (status == 0) return {};
    errno = -status;
    return base::fail_errno("cannot put in force", "seccomp");
}

}  // namespace

Result<Confinement> confine_this_process(std::uint64_t memory_bytes_max) {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return base::fail_errno("cannot renounce", "new rights");
    }
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    Confinement out;
    VD_TRY_DO(limit_resources(memory_bytes_max));
    VD_TRY(out.has_landlock, forbid_paths());
    VD_TRY_DO(allow_few_calls());
    return out;
}

}  // namespace vedette::sandbox
