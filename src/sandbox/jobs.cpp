// SPDX-License-Identifier: Apache-2.0
#include "sandbox/jobs.h"

#include <unistd.h>

#include <exception>
#include <new>

#include "base/check.h"
#include "base/files.h"
#include "sandbox/confine.h"
#include "sandbox/frame.h"
#include "sandbox/limits.h"

namespace vedette::sandbox {

using base::ErrorCode;
using base::Result;

namespace {

/// Cuts what a job writes into frames.
class SocketOutput final : public Output {
  public:
    explicit SocketOutput(int socket) : socket_(socket) {}

    Result<void> write(std::string_view bytes) override {
        while (!bytes.empty()) {
            const std::string_view piece = bytes.substr(0, kFrameBytesMax);
            VD_TRY_DO(send_frame(socket_, FrameKind::output, piece));
            bytes.remove_prefix(piece.size());
        }
        return {};
    }

  private:
    int socket_;
};

Result<std::string> receive_input(int socket, std::uint64_t size_bytes) {
    std::string input;
    input.reserve(size_bytes);
    while (input.size() < size_bytes) {
        VD_TRY(const Frame frame, receive_frame(socket, -1));
        if (frame.kind != FrameKind::input || frame.payload.size() > size_bytes - input.size()) {
            return base::fail(ErrorCode::corrupt, "the input of the job does not fit its head");
        }
        input += frame.payload;
    }
    return input;
}

/// Whatever libraries throw ends here; memory that ran out is the input's fault, not ours.
Result<void> run_job(const Jobs& jobs, const JobHead& head, const Job& job, Output& output) {
    const JobHandler* handler = jobs.find(head.name);
    if (handler == nullptr) {
        return base::fail(ErrorCode::unsupported, "this worker knows no job '" + head.name + "'");
    }
    try {
        return (*handler)(job, output);
    } catch (const std::bad_alloc&) {
        return base::fail(ErrorCode::limit, "the job needs more memory than a worker may have");
    } catch (const std::exception& exception) {
        return base::fail(ErrorCode::corrupt, exception.what());
    }
}

Result<void> serve_one(const Jobs& jobs, int socket) {
    int fd = -1;
    VD_TRY(const Frame frame, receive_frame(socket, -1, &fd));
    const base::OwnedFd file(fd);
    if (frame.kind != FrameKind::job) return base::fail(ErrorCode::corrupt, "a job was expected");
    VD_TRY(const JobHead head, decode_job_head(frame.payload));
    VD_TRY(const std::string input, receive_input(socket, head.input_bytes));
    // An earlier try may have read from it; what cannot be rewound is at its beginning.
    if (file.is_open()) ::lseek(file.get(), 0, SEEK_SET);
    SocketOutput output(socket);
    const Job job{head.arguments, input, file.get()};
    const auto done = run_job(jobs, head, job, output);
    if (done) return send_frame(socket, FrameKind::done, {});
    return send_frame(socket, FrameKind::failed, encode(done.error()));
}

}  // namespace

void Jobs::add(std::string name, JobHandler handler) {
    const bool is_new = handlers_.emplace(std::move(name), std::move(handler)).second;
    VD_CHECK(is_new);
}

const JobHandler* Jobs::find(const std::string& name) const {
    const auto found = handlers_.find(name);
    return found == handlers_.end() ? nullptr : &found->second;
}

Result<void> run_worker(const Jobs& jobs, int socket, std::uint64_t memory_bytes_max) {
    VD_TRY_DO(confine_this_process(memory_bytes_max));
    if (!send_frame(socket, FrameKind::ready, {})) return {};
    while (serve_one(jobs, socket)) {
    }
    return {};
}

}  // namespace vedette::sandbox
