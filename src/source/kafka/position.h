// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette::source::kafka {

/// Where reading a partition stands; journalled with the records.
struct Position {
    std::int64_t next_offset = 0;   ///< of the message that was not given out, or not wholly
    std::uint64_t parts_given = 0;  ///< records of that message that were
    std::string format;             ///< of the records so far; empty: not known
    bool operator==(const Position&) const = default;
};

std::string encode_position(const Position& position);

/// Errors: corrupt. The bytes come from our own journal, but are read with care all the same.
base::Result<Position> decode_position(std::string_view bytes);

}  // namespace vedette::source::kafka
