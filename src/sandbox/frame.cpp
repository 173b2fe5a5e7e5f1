// SPDX-License-Identifier: Apache-2.0
#include "sandbox/frame.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/bytes.h"
#include "sandbox/limits.h"

namespace vedette::sandbox {

using base::ErrorCode;
using base::Result;

namespace {

constexpr std::size_t kHeadBytes = 8;
constexpr std::size_t kErrorTextBytesMax = 1'024;

tl::unexpected<base::Error> gone() {
    return base::fail(ErrorCode::io, "the other end of the worker's socket is gone");
}

/// The bytes as text that may be shown and logged.
std::string shown(std::string_view text) {
    std::string out(text.substr(0, kErrorTextBytesMax));
    std::replace_if(
        out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
    return out;
}

Result<void> wait_readable(int socket, int wait_ms) {
    if (wait_ms < 0) return {};
    pollfd entry{socket, POLLIN, 0};
    for (;;) {
        const int count = ::poll(&entry, 1, wait_ms);
        if (count > 0) return {};
        if (count == 0) return base::fail(ErrorCode::timeout, "the worker says nothing");
        if (errno != EINTR) return base::fail_errno("cannot wait for", "the worker");
    }
}

/// Fills `out` from the socket; takes a descriptor that comes along.
Result<void> receive_all(int socket, char* out, std::size_t size, int wait_ms, int* fd) {
    while (size > 0) {
        VD_TRY_DO(wait_readable(socket, wait_ms));
        iovec part{out, size};
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        if (fd != nullptr) {
            message.msg_control = control.data();
            message.msg_controllen = control.size();
        }
        const ssize_t count = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return gone();
        for (cmsghdr* head = fd == nullptr ? nullptr : CMSG_FIRSTHDR(&message); head != nullptr;
             head = CMSG_NXTHDR(&message, head)) {
            if (head->cmsg_type != SCM_RIGHTS || *fd >= 0) continue;
            std::memcpy(fd, CMSG_DATA(head), sizeof *fd);
        }
        out += count;
        size -= static_cast<std::size_t>(count);
    }
    return {};
}

}  // namespace

std::string encode(const JobHead& head) {
    std::string out;
    base::put_text(out, head.name);
    base::put_text(out, head.arguments);
    base::put_varint(out, head.input_bytes);
    base::put(out, static_cast<std::uint8_t>(head.has_file));
    return out;
}

Result<JobHead> decode_job_head(std::string_view bytes) {
    base::ByteReader in(bytes);
    JobHead head;
    head.name = in.text();
    head.arguments = in.text();
    head.input_bytes = in.varint();
    head.has_file = in.get<std::uint8_t>() != 0;
    if (in.is_good() && in.is_at_end() && head.input_bytes <= kInputBytesMax) return head;
    return base::fail(ErrorCode::corrupt, "this is not the head of a job");
}

std::string encode(const base::Error& error) {
    std::string out;
    base::put(out, static_cast<std::uint8_t>(error.code));
    for (const std::string* text : {&error.text, &error.where, &error.hint}) {
        base::put_text(out, std::string_view(*text).substr(0, kErrorTextBytesMax));
    }
    return out;
}

base::Error decode_error(std::string_view bytes) {
    base::ByteReader in(bytes);
    const auto code = in.get<std::uint8_t>();
    base::Error error;
    error.code = code <= static_cast<std::uint8_t>(ErrorCode::cancelled)
                     ? static_cast<ErrorCode>(code)
                     : ErrorCode::corrupt;
    error.text = shown(in.text());
    error.where = shown(in.text());
    error.hint = shown(in.text());
    if (!in.is_good()) error.text = "the worker failed and did not say why";
    return error;
}

Result<void> send_frame(int socket, FrameKind kind, std::string_view payload, int fd) {
    std::string head;
    base::put(head, static_cast<std::uint32_t>(kind));
    base::put(head, static_cast<std::uint32_t>(payload.size()));
    std::array<iovec, 2> parts = {
        {{head.data(), head.size()}, {const_cast<char*>(payload.data()), payload.size()}}};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    if (fd >= 0) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof fd);
        std::memcpy(CMSG_DATA(rights), &fd, sizeof fd);
    }
    while (message.msg_iovlen > 0) {
        const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return gone();
        message.msg_control = nullptr;  // it went with the first bytes
        message.msg_controllen = 0;
        auto rest = static_cast<std::size_t>(sent);
        while (message.msg_iovlen > 0 && rest >= message.msg_iov->iov_len) {
            rest -= message.msg_iov->iov_len;
            ++message.msg_iov;
            --message.msg_iovlen;
        }
        if (message.msg_iovlen == 0) break;
        message.msg_iov->iov_base = static_cast<char*>(message.msg_iov->iov_base) + rest;
        message.msg_iov->iov_len -= rest;
    }
    return {};
}

Result<Frame> receive_frame(int socket, int wait_ms, int* fd) {
    if (fd != nullptr) *fd = -1;
    std::array<char, kHeadBytes> head{};
    const auto received = [&]() -> Result<Frame> {
        VD_TRY_DO(receive_all(socket, head.data(), head.size(), wait_ms, fd));
        base::ByteReader in(std::string_view(head.data(), head.size()));
        const auto kind = in.get<std::uint32_t>();
        const auto size = in.get<std::uint32_t>();
        const bool is_known = kind >= static_cast<std::uint32_t>(FrameKind::ready) &&
                              kind <= static_cast<std::uint32_t>(FrameKind::failed);
        if (!is_known || size > kFrameBytesMax) {
            return base::fail(ErrorCode::corrupt, "the worker's socket carries no frame of ours");
        }
        Frame frame{static_cast<FrameKind>(kind), std::string(size, '\0')};
        VD_TRY_DO(receive_all(socket, frame.payload.data(), size, wait_ms, fd));
        return frame;
    };
    auto frame = received();
    if (!frame && fd != nullptr && *fd >= 0) {
        ::close(*fd);
        *fd = -1;
    }
    return frame;
}

}  // namespace vedette::sandbox
