// SPDX-License-Identifier: Apache-2.0
#pragma once

// Included by stream_*.cpp alone, so that nobody else pays for Boost.
#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "base/result.h"
#include "source/stream_listener.h"

namespace vedette::source {

/// What a TLS server of these settings needs: TLS 1.2 or newer, no renegotiation; with a client CA
/// only clients whose certificate it signed get in.
/// Errors: bad_input naming the file that cannot be used.   Source: RFC 5425 section 4.2
base::Result<std::unique_ptr<boost::asio::ssl::context>> make_tls_context(
    const StreamTlsSettings& settings);

}  // namespace vedette::source
