// SPDX-License-Identifier: Apache-2.0
#include "base/thread_priority.h"

#include <sys/resource.h>

#include <cerrno>

namespace vedette::base {

void stand_behind_senders() {
    errno = 0;
    const int now = ::getpriority(PRIO_PROCESS, 0);
    // Whoever started the program with a higher number wanted it so.
    if (errno != 0 || now >= kBehindSendersNice) return;
    ::setpriority(PRIO_PROCESS, 0, kBehindSendersNice);
}

}  // namespace vedette::base
