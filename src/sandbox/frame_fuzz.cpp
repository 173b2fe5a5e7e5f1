// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string_view>

#include "base/files.h"
#include "sandbox/frame.h"

/// Whatever a worker gone bad writes: frames are read until they are none, and their contents
/// decoded as all they could be.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    if (size > 60'000) return 0;  // what a socket holds without a reader
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) return 0;
    const base::OwnedFd ours(pair[0]);
    base::OwnedFd theirs(pair[1]);
    if (::write(theirs.get(), data, size) != static_cast<ssize_t>(size)) return 0;
    theirs.reset();
    for (;;) {
        const auto frame = sandbox::receive_frame(ours.get(), 1'000);
        if (!frame) return 0;
        static_cast<void>(sandbox::decode_job_head(frame->payload));
        static_cast<void>(sandbox::decode_error(frame->payload));
    }
}
