// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "event/address.h"

namespace vedette::source {

/// Whose bytes a listening source takes, by address. Without any network: everybody's.
class AllowedPeers {
  public:
    /// Reads "10.0.0.0/8", "fe80::/10" or single addresses.
    /// Errors: bad_input at `where` for anything else.
    static base::Result<AllowedPeers> read(const std::vector<std::string>& networks,
                                           const std::string& where);

    bool is_empty() const { return networks_.empty(); }
    /// Cost: one comparison for each network.
    bool allows(const event::Address& peer) const;

  private:
    std::vector<event::Network> networks_;
};

}  // namespace vedette::source
