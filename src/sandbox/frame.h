// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette::sandbox {

/// What goes over the socket between the server and a worker: u32 kind | u32 size | payload,
/// little-endian. Both ends treat the other as hostile: sizes are bounded, kinds are checked.
enum class FrameKind : std::uint32_t {
    ready = 1,   ///< worker: confined, give me a job
    job = 2,     ///< server: the head of a job (JobHead); its input follows in `input` frames
    input = 3,   ///< server: the next bytes of the input
    output = 4,  ///< worker: the next bytes of the answer
    done = 5,    ///< worker: the job is over
    failed = 6,  ///< worker: it is over, and this is why (code byte, text, where, hint)
};

struct Frame {
    FrameKind kind = FrameKind::ready;
    std::string payload;
};

/// The head of a job.
struct JobHead {
    std::string name, arguments;
    std::uint64_t input_bytes = 0;
    bool has_file = false;  ///< a descriptor comes with it
};

std::string encode(const JobHead& head);
/// Errors: corrupt.
base::Result<JobHead> decode_job_head(std::string_view bytes);

std::string encode(const base::Error& error);
/// What a worker says is as hostile as what it read: texts are cut and cleaned of control bytes.
base::Error decode_error(std::string_view bytes);

/// Sends one frame, and a descriptor with it unless it is -1. Blocks.
/// Errors: io (the other end is gone).
base::Result<void> send_frame(int socket, FrameKind kind, std::string_view payload, int fd = -1);

/// Reads one frame; `fd` gets a descriptor that came with it (the caller's to close), else -1.
/// Waits at most `wait_ms` for each piece (-1: for ever).
/// Errors: io (the other end is gone), timeout, corrupt (no frame of ours), all final.
base::Result<Frame> receive_frame(int socket, int wait_ms, int* fd = nullptr);

}  // namespace vedette::sandbox
