// SPDX-License-Identifier: Apache-2.0
#include "parse/auditd/fields.h"

#include <algorithm>
#include <iterator>

namespace vedette::parse::auditd {

namespace {

/// By name. Which keys are encoded: auditd 3.0, auparse/typetab.h (AUPARSE_TYPE_ESCAPED*).
constexpr Key kKeys[] = {
    {"AUID", false, "user.audit.name", Use::user},
    {"EUID", false, "user.effective.name", Use::user},
    {"GID", false, "group.name", Use::user},
    {"ID", false, "user.target.name", Use::user},
    {"UID", false, "user.name", Use::user},
    {"acct", true, "user.target.name", Use::text},
    {"addr", false, "source.ip", Use::address},
    {"auid", false, "user.audit.id", Use::user},
    {"cmd", true, "process.command_line", Use::text},
    {"comm", true, "process.name", Use::text},
    {"cwd", true, "process.working_directory", Use::text},
    {"data", true},
    {"dev", true},
    {"dir", true},
    {"euid", false, "user.effective.id", Use::user},
    {"exe", true, "process.executable", Use::text},
    {"file", true},
    {"gid", false, "group.id", Use::user},
    {"hostname", false, "source.domain", Use::text},
    {"id", false, "user.target.id", Use::user},
    {"key", true},
    {"name", true, "file.path", Use::text},
    {"new-disk", true},
    {"ocomm", true},
    {"old-disk", true},
    {"path", true, "file.path", Use::text},
    {"pid", false, "process.pid", Use::number},
    {"ppid", false, "process.parent.pid", Use::number},
    {"proctitle", true, "process.title", Use::text},
    {"res", false, "event.outcome", Use::outcome},
    {"success", false, "event.outcome", Use::outcome},
    {"sw", true},
    {"terminal", false, "process.tty", Use::text},
    {"tty", false, "process.tty", Use::text},
    {"uid", false, "user.id", Use::user},
    {"unit", false, "service.name", Use::text},
    {"vm", true},
    {"watch", true},
};

constexpr Meaning kMeanings[] = {
    {"ADD_GROUP", "group_added", "iam"},
    {"ADD_USER", "user_added", "iam"},
    {"ANOM_ABEND", "process_crashed", "process"},
    {"ANOM_PROMISCUOUS", "promiscuous_changed", "network"},
    {"AVC", "access_checked", "configuration"},
    {"CONFIG_CHANGE", "audit_configuration_changed", "configuration"},
    {"CRED_ACQ", "credentials_acquired", "authentication"},
    {"CRED_DISP", "credentials_disposed", "authentication"},
    {"CRED_REFR", "credentials_refreshed", "authentication"},
    {"DAEMON_END", "audit_stopped", "process"},
    {"DAEMON_START", "audit_started", "process"},
    {"DEL_GROUP", "group_deleted", "iam"},
    {"DEL_USER", "user_deleted", "iam"},
    {"KERN_MODULE", "kernel_module_loaded", "driver"},
    {"LOGIN", "audit_identity_set", "session"},
    {"SERVICE_START", "service_started", "process"},
    {"SERVICE_STOP", "service_stopped", "process"},
    {"SYSTEM_BOOT", "host_booted", "host"},
    {"SYSTEM_SHUTDOWN", "host_shut_down", "host"},
    {"TTY", "keys_typed", "process"},
    {"USER_ACCT", "user_authorised", "authentication"},
    {"USER_AUTH", "user_authenticated", "authentication"},
    {"USER_CHAUTHTOK", "password_changed", "iam"},
    {"USER_CMD", "user_command", "process"},
    {"USER_END", "session_closed", "session"},
    {"USER_ERR", "user_error", "authentication"},
    {"USER_LOGIN", "user_login", "authentication"},
    {"USER_LOGOUT", "user_logout", "authentication"},
    {"USER_MGMT", "user_changed", "iam"},
    {"USER_START", "session_opened", "session"},
    {"USER_TTY", "keys_typed", "process"},
};

struct Call {
    std::string_view name;
    int x86_64, arm64;  ///< -1: not there
};
/// Source: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h, Linux 6.1
constexpr Call kCalls[] = {
    {"accept", 43, 202},
    {"accept4", 288, 242},
    {"adjtimex", 159, 171},
    {"bind", 49, 200},
    {"bpf", 321, 280},
    {"chmod", 90, -1},
    {"chown", 92, -1},
    {"chroot", 161, 51},
    {"clock_settime", 227, 112},
    {"clone", 56, 220},
    {"connect", 42, 203},
    {"creat", 85, -1},
    {"delete_module", 176, 106},
    {"execve", 59, 221},
    {"execveat", 322, 281},
    {"fchmod", 91, 52},
    {"fchmodat", 268, 53},
    {"fchown", 93, 55},
    {"fchownat", 260, 54},
    {"finit_module", 313, 273},
    {"fork", 57, -1},
    {"fremovexattr", 199, 16},
    {"fsetxattr", 190, 7},
    {"ftruncate", 77, 46},
    {"init_module", 175, 105},
    {"kexec_load", 246, 104},
    {"kill", 62, 129},
    {"lchown", 94, -1},
    {"link", 86, -1},
    {"linkat", 265, 37},
    {"listen", 50, 201},
    {"lremovexattr", 198, 15},
    {"lsetxattr", 189, 6},
    {"memfd_create", 319, 279},
    {"mknod", 133, -1},
    {"mknodat", 259, 33},
    {"mmap", 9, 222},
    {"mount", 165, 40},
    {"mprotect", 10, 226},
    {"open", 2, -1},
    {"open_by_handle_at", 304, 265},
    {"openat", 257, 56},
    {"openat2", 437, 437},
    {"personality", 135, 92},
    {"prctl", 157, 167},
    {"process_vm_readv", 310, 270},
    {"process_vm_writev", 311, 271},
    {"ptrace", 101, 117},
    {"read", 0, 63},
    {"recvfrom", 45, 207},
    {"removexattr", 197, 14},
    {"rename", 82, -1},
    {"renameat", 264, 38},
    {"renameat2", 316, 276},
    {"rmdir", 84, -1},
    {"sendto", 44, 206},
    {"setdomainname", 171, 162},
    {"setgid", 106, 144},
    {"sethostname", 170, 161},
    {"setns", 308, 268},
    {"setresgid", 119, 149},
    {"setresuid", 117, 147},
    {"setreuid", 113, 145},
    {"settimeofday", 164, 170},
    {"setuid", 105, 146},
    {"setxattr", 188, 5},
    {"socket", 41, 198},
    {"splice", 275, 76},
    {"swapon", 167, 224},
    {"symlink", 88, -1},
    {"symlinkat", 266, 36},
    {"truncate", 76, 45},
    {"umount2", 166, 39},
    {"unlink", 87, -1},
    {"unlinkat", 263, 35},
    {"unshare", 272, 97},
    {"userfaultfd", 323, 282},
    {"vfork", 58, -1},
    {"write", 1, 64},
};

int to_int(std::string_view text) {
    int value = 0;
    if (text.empty() || text.size() > 4) return -1;
    for (const char c : text) {
        if (c < '0' || c > '9') return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

}  // namespace

const Key* find_key(std::string_view name) {
    const auto* const at =
        std::lower_bound(std::begin(kKeys), std::end(kKeys), name,
                         [](const Key& key, std::string_view wanted) { return key.name < wanted; });
    return at != std::end(kKeys) && at->name == name ? at : nullptr;
}

const Meaning* find_meaning(std::string_view type) {
    const auto* const at = std::lower_bound(
        std::begin(kMeanings), std::end(kMeanings), type,
        [](const Meaning& each, std::string_view wanted) { return each.type < wanted; });
    return at != std::end(kMeanings) && at->type == type ? at : nullptr;
}

std::string_view syscall_name(std::string_view arch, std::string_view number) {
    const int wanted = to_int(number);
    const bool is_arm = arch == "c00000b7";
    if (wanted < 0 || (arch != "c000003e" && !is_arm)) return {};
    for (const Call& call : kCalls) {
        if ((is_arm ? call.arm64 : call.x86_64) == wanted) return call.name;
    }
    return {};
}

}  // namespace vedette::parse::auditd
