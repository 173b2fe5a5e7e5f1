// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/files.h"
#include "base/result.h"

namespace vedette::base {

/// A listening socket, not blocking.
struct Listening {
    OwnedFd fd;
    int family = 0;          ///< AF_INET, AF_INET6 or AF_UNIX
    std::uint16_t port = 0;  ///< what the system gave
    std::string unix_path = {};
};

/// Opens what HttpServerSettings::listen names.
/// Errors: bad_input for an address that cannot be read, io or denied when it cannot be had.
Result<Listening> open_listening(std::string_view address);

/// A socket for datagrams on "host:port", bound, not blocking.   Errors: as open_listening.
Result<Listening> open_datagram(std::string_view address);

/// The other side of a connection, without port; an IPv4 address inside IPv6 as IPv4.
std::string peer_address(int fd);

}  // namespace vedette::base
