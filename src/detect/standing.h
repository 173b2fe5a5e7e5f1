// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace vedette::detect {

/// How well one behaviour, or whatever else promises a rate of false alarms, keeps its promise:
/// measured on everything it judges, while nobody has called it an attack.
struct Standing {
    std::string id, title;
    double tests = 0;  ///< of late: decayed by half in thirty days
    /// Realised over promised share of tests whose p-value is at most 1 in 100 and 1 in 1,000, of
    /// late; 0 while there were none.
    double over_promised_100 = 0, over_promised_1000 = 0;
    double health = 1;  ///< in (0, 1]: what its evidence counts
    /// Since it began.
    std::uint64_t tests_ever = 0, odd_100_ever = 0, odd_1000_ever = 0;
    std::uint64_t told_ever = 0;  ///< findings
    /// As odd as what is told, but with fewer bits than its author asks for (tell_from_bits).
    std::uint64_t untold_ever = 0;
    /// Event time from which on it had judged often enough to know by itself what happens once in a
    /// thousand; 0: not yet, it borrows from the others until then.
    std::int64_t confident_ns = 0;

    bool operator==(const Standing&) const = default;
};

}  // namespace vedette::detect
