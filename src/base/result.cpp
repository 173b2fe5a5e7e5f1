// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <cerrno>
#include <system_error>

namespace vedette::base {

std::string_view name(ErrorCode code) {
    switch (code) {
        case ErrorCode::bad_input: return "bad_input";
        case ErrorCode::not_found: return "not_found";
        case ErrorCode::io: return "io";
        case ErrorCode::limit: return "limit";
        case ErrorCode::timeout: return "timeout";
        case ErrorCode::unavailable: return "unavailable";
        case ErrorCode::corrupt: return "corrupt";
        case ErrorCode::denied: return "denied";
        case ErrorCode::unsupported: return "unsupported";
        case ErrorCode::cancelled: return "cancelled";
    }
    return "unknown";
}

std::string Error::message() const {
    std::string out;
    if (!where.empty()) out += where + ": ";
    out += text;
    if (!hint.empty()) out += " (" + hint + ")";
    return out;
}

namespace {

ErrorCode code_of(int number) {
    switch (number) {
        case ENOENT: return ErrorCode::not_found;
        case EACCES:
        case EPERM:
        case EROFS: return ErrorCode::denied;
        case ENOSPC:
        case EDQUOT:
        case EMFILE:
        case ENFILE:
        case EFBIG: return ErrorCode::limit;
        case ETIMEDOUT: return ErrorCode::timeout;
        case ECONNREFUSED:
        case ECONNRESET:
        case EPIPE:
        case EAGAIN: return ErrorCode::unavailable;
        default: return ErrorCode::io;
    }
}

std::string hint_of(int number) {
    switch (number) {
        case ENOSPC:
        case EDQUOT: return "free some space; work goes on by itself once there is room";
        case EACCES:
        case EPERM: return "check owner and rights of the path";
        case EROFS: return "the file system is read-only";
        case EMFILE: return "raise the limit of open files (ulimit -n)";
        default: return {};
    }
}

}  // namespace

tl::unexpected<Error> fail_errno(std::string_view action, std::string_view where) {
    const int number = errno;
    const std::string reason = std::system_category().message(number);
    return fail(code_of(number), std::string(action) + ": " + reason, std::string(where),
                hint_of(number));
}

}  // namespace vedette::base
