// SPDX-License-Identifier: Apache-2.0
#include "source/allowed_peers.h"

#include <algorithm>

namespace vedette::source {

base::Result<AllowedPeers> AllowedPeers::read(const std::vector<std::string>& networks,
                                              const std::string& where) {
    AllowedPeers out;
    for (const std::string& text : networks) {
        const auto network = event::read_network(text);
        if (!network) {
            return base::fail(base::ErrorCode::bad_input, "'" + text + "' is no network", where,
                              "write networks as 10.0.0.0/8 or fd00::/8, everybody as 0.0.0.0/0 "
                              "and ::/0");
        }
        out.networks_.push_back(*network);
    }
    return out;
}

bool AllowedPeers::allows(const event::Address& peer) const {
    if (networks_.empty()) return true;
    return std::any_of(networks_.begin(), networks_.end(), [&](const event::Network& network) {
        // ::/0 is about version 6 alone, though the long form of an IPv4 address lies in it.
        return network.address.is_v4() == peer.is_v4() &&
               peer.masked(network.prefix_bits) == network.address;
    });
}

}  // namespace vedette::source
