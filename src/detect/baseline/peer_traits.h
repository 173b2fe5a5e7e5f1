// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/time.h"
#include "learn/peer_groups/profile_shape.h"

namespace vedette::detect::baseline {

/// How many numbers say when, what, with which values and how much.
inline constexpr std::size_t kPeerHours = 8, kPeerDoings = 16, kPeerValues = 16, kPeerLevels = 8;
/// Blocks of the shape, in its order.
enum PeerBlock : std::size_t { kWhen, kWhat, kWhich, kHowMuch };

learn::ProfileShape peer_shape();

/// Which of kPeerHours a time belongs to: four hours each on weekdays, day and night at weekends.
std::size_t peer_hour(base::Timestamp time);
/// A measured number as a level in [0, 1], and back.
double peer_level(double measured);
double measured_of_level(double level);

/// What the numbers of a point are called; empty: not used.
struct PeerWords {
    std::array<std::string, kPeerDoings> doings;
    std::array<std::string, kPeerValues> values;
    std::array<std::string, kPeerLevels> levels;
};

/// In which a point differs most from another, in words: "weekdays 0 to 4 h: 45 % instead of 10 %",
/// at most `count`, greatest first. `instead` stands before the other's number.
std::vector<std::string> peer_traits(const std::vector<float>& point,
                                     const std::vector<float>& other, const PeerWords& words,
                                     std::string_view instead, std::size_t count);

}  // namespace vedette::detect::baseline
