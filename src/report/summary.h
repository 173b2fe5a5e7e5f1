// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "cases/finding.h"

namespace vedette::report {

/// What a run did, in numbers. Filled in by the caller.
struct Summary {
    std::string subject;  ///< what was looked at, e.g. "/var/log"; may be empty
    std::uint64_t files = 0;
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
    double seconds = 0;
    std::uint64_t rules = 0;  ///< in force
    std::uint64_t incidents = 0;
    std::array<std::uint64_t, 5> findings{};  ///< by cases::Severity

    void count(cases::Severity severity) { ++findings[static_cast<std::size_t>(severity)]; }
    std::uint64_t finding_count() const;
};

/// "12,345 events (3.4 MB) of 3 files read in 0.82 s, 15,055 events/s"
std::string read_text(const Summary& summary);
/// "2 incidents, 57 findings: 41 high, 1 medium, 15 low", or "Nothing found."
std::string found_text(const Summary& summary);

/// One JSON object without line end, keys in a fixed order.
std::string to_json(const Summary& summary);

}  // namespace vedette::report
