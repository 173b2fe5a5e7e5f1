// SPDX-License-Identifier: Apache-2.0
#pragma once

// Included by the few files that speak TLS, so that nobody else pays for Boost.
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "base/result.h"

namespace vedette::base {

/// What every TLS server of ours stands on: its certificate with its key (PEM), TLS 1.2 or newer,
/// no renegotiation. Errors: bad_input naming the file that cannot be used.
Result<std::unique_ptr<boost::asio::ssl::context>> make_tls_server_context(
    const std::string& certificate_path, const std::string& key_path);

/// The error for a PEM file that cannot be used.
tl::unexpected<Error> refuse_pem(std::string what, const std::string& path,
                                 const boost::system::error_code& error);

}  // namespace vedette::base
