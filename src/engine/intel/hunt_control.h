// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cases/finding.h"

namespace vedette::engine::intel {

/// What holding new indicators against the history came to. The history may be gone when the
/// journal is replayed, so the findings are in the record.
struct HuntRun {
    std::string set;               ///< name of the indicators in force
    std::uint64_t indicators = 0;  ///< that were new
    std::uint64_t values = 0;      ///< different values of events that are among them
    std::uint64_t events = 0;      ///< that have them
    std::uint64_t left_out = 0;    ///< of these, beyond kHuntFindingsMax
    std::vector<cases::Finding> findings;
};

/// Findings of one hunt: enough to see what there was; the others are counted.
inline constexpr std::size_t kHuntFindingsMax = 1'000;

std::string hunt_control(const HuntRun& run);
/// Nothing if the record is about something else, or damaged.
std::optional<HuntRun> hunt_of_control(std::string_view payload);

}  // namespace vedette::engine::intel
