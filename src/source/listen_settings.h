// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "source/source.h"
#include "source/stream_listener.h"

namespace vedette::source {

/// What sources that listen on the network have in common in the configuration: `tls_certificate`,
/// `tls_key`, `tls_client_ca`, `allow`, `format`, `connections_max`, `idle_timeout_s`.
struct ListenSettings {
    StreamTlsSettings tls;
    AllowedPeers allowed;
    std::string format;
    std::size_t connections_max = 0;
    int idle_timeout_ms = 0;

    /// Names of the settings, for SourceKind::setting_names.
    static const std::vector<std::string>& names();
    /// Errors: bad_input with a hint.
    static base::Result<ListenSettings> read(const SourceSettings& settings,
                                             const event::FormatDeclarations& formats);

    /// Whether `address` may be listened on: who may send must have been said when it can be
    /// reached from other machines, by networks or by client certificates.
    /// Errors: bad_input with a hint, also when the address cannot be read.
    base::Result<void> check_reach(const std::string& address, bool is_tls,
                                   const std::string& where) const;

    StreamListenerSettings listener(const std::string& address, bool is_tls) const;
};

/// A whole number of a setting, `fallback` if it is not given.
/// Errors: bad_input for all but numbers from `least` to `most`.
base::Result<std::size_t> read_number(const SourceSettings& settings, const std::string& key,
                                      std::size_t fallback, std::size_t least, std::size_t most);

}  // namespace vedette::source
