// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace vedette::engine {

/// How far a deletion has come: the step that is to be done next.
enum class ForgetStep : std::uint8_t {
    journal_it,
    select,
    blank,
    clear_store,
    clear_state,
    finish
};

/// A deletion that goes on. The one place that names the person; it goes at the end.
struct PendingForget {
    std::string id, user, query, reason, by;
    base::Timestamp at;
    std::uint64_t offset = 0;  ///< of its record; 0: not journalled yet
    ForgetStep step = ForgetStep::journal_it;
    std::uint64_t rows = 0, records = 0, held = 0;
    std::vector<std::string> snapshots;  ///< of upgrades, that went or are about to
    bool operator==(const PendingForget&) const = default;
};

inline constexpr std::uint64_t kPendingForgetBytesMax = 256u << 10;

std::string_view name(ForgetStep step);
std::string encode(const PendingForget& pending);
/// Errors: corrupt.
base::Result<PendingForget> decode_pending_forget(std::string_view bytes);

}  // namespace vedette::engine
