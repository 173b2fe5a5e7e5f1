// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace vedette::apps {

/// A program that holds a TCP port.
struct PortHolder {
    pid_t process = 0;  ///< 0: of another user, whose programs we may not look at
    std::string name;
};

/// Who listens on the TCP port of "host:port" on this machine; nothing if nobody does.
/// Source: proc(5), /proc/net/tcp.   Cost: a look at the descriptors of all programs we may look
/// at.
std::optional<PortHolder> holder_of_port(const std::string& address);

}  // namespace vedette::apps
