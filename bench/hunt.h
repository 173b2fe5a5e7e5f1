// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/load.h"
#include "engine/engine.h"

namespace vedette::bench {

/// What a load met alone and beside hunts, in turns.
struct HuntedLoad {
    LoadResult alone, beside;        ///< all turns together
    std::vector<double> p99_ratios;  ///< of each pair of turns, rising
    double alone_seconds = 0, beside_seconds = 0;
    std::uint64_t events = 0;  ///< of either kind
    std::uint64_t hunts = 0, hunts_failed = 0;
};

/// Sends each load of `senders` once, in turn alone and beside `hunters` searches without end that
/// have to read every record there is: a pattern that is in none of them and that no index helps
/// with. Pairs change their order (alone, beside, beside, alone), because what is stored grows. A
/// turn begins when everything of the one before is searchable. `senders`: an even number.
base::Result<HuntedLoad> load_beside_hunts(const engine::Engine& engine, int hunters,
                                           std::vector<LoadProcess>& senders, std::uint16_t port);

/// As a member of the suite's answer, with a comma behind it.
std::string hunted_json(const HuntedLoad& hunted, int hunters);

}  // namespace vedette::bench
