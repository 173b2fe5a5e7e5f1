// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "detect/peers.h"

namespace vedette::engine {

/// A person's word about groups as a control record: whose, only a hash says.
std::string peers_control(const detect::PeersOrder& order, const std::string& by,
                          base::Timestamp at);
/// Nothing if the record is about something else, or damaged.
std::optional<detect::PeersOrder> peers_of_control(std::string_view payload);

}  // namespace vedette::engine
