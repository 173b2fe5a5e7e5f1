// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace vedette::sandbox {

/// Takes from this process, for ever, everything that code gone bad could use: it may compute,
/// use memory up to the limit, and read, write and seek descriptors it has. It cannot open a file,
/// make a socket, process or thread, signal another process, map anything executable, or gain
/// rights.
///
/// Three walls, each enough for its part, because each has had holes: resource limits and
/// no_new_privs (always), Landlock with no rule at all (Linux 5.13 and later; an older kernel is
/// told in the answer), seccomp with a list of what is allowed. Opening a path fails with EACCES,
/// which libraries survive; anything else that is not on the list kills the process, which the
/// other end sees. Call it with one thread, after all that is needed was opened.
///
/// Under AddressSanitizer, which maps terabytes and asks for more calls, memory is not limited and
/// the list is longer: those programs are for tests.
///
/// Errors: io with what the kernel refused; nothing is to be trusted to this process then.
/// Source: seccomp(2), landlock(7), prctl(2)
struct Confinement {
    bool has_landlock = false;
};
base::Result<Confinement> confine_this_process(std::uint64_t memory_bytes_max);

}  // namespace vedette::sandbox
