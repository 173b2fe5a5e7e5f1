// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/result.h"

namespace vedette::base {

/// Connects to a path or to a host and port; the socket does not block. `where` is for messages.
/// Errors: unavailable, timeout; bad_input for a path that is too long.
/// Limits: resolving a name takes as long as the system's resolver lets it.
Result<OwnedFd> connect_unix(const std::string& path, int timeout_ms, const std::string& where);
Result<OwnedFd> connect_tcp(const std::string& host, std::uint16_t port, int timeout_ms,
                            const std::string& where);

/// Waits until the socket can be read or written (POLLIN, POLLOUT).   Errors: timeout, unavailable.
Result<void> wait_for_socket(int fd, short events, int timeout_ms, const std::string& where);

/// A failed call on a socket, by errno.
tl::unexpected<Error> broken_socket(std::string_view what, const std::string& where);

}  // namespace vedette::base
