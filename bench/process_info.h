// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace vedette::bench {

/// Peak resident memory of a process. Units: MiB; 0 if it cannot be read.
std::uint64_t peak_memory_mib(pid_t pid);
/// Resident memory of this process: now, and the most since its begin or reset_peak_memory().
/// Units: bytes; 0 if it cannot be read.
std::uint64_t resident_bytes();
std::uint64_t peak_memory_bytes();
/// Begins this process's peak anew. Source: proc(5), clear_refs.
void reset_peak_memory();
/// CPU time of a process and all its threads. Units: nanoseconds.
std::uint64_t cpu_ns(pid_t pid);
/// Open file descriptors of a process.
std::uint64_t open_files(pid_t pid);
/// `"machine":"...","cores":N,"commit":"..."` for the head of every result.
std::string machine_json();

}  // namespace vedette::bench
