// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"
#include "cases/finding.h"
#include "detect/baseline/type_peers.h"
#include "learn/peer_groups/peer_groups.h"

namespace vedette::detect::baseline {

/// What a change of groups is told as. `time` is when it came into force. Its lines add up exactly:
/// how seldom such a thing is told here, calibrated, and what one look a day stakes of it.
/// Of migrated, left, split and drifted; the others are part of learning.
cases::Finding peers_finding(const TypePeers& peers, const learn::PeerChange& change,
                             base::Timestamp time);

}  // namespace vedette::detect::baseline
