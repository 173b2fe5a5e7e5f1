// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/removal.h"

namespace vedette::engine {

/// Which events a deletion takes, once that is settled: kept in a file beside the request, because
/// after the first record was blanked nobody could find them again.
struct ForgottenRows {
    std::vector<store::RowId> rows;         ///< in order
    std::vector<std::uint64_t> unreadable;  ///< offsets of records that are no chunks
};

inline constexpr std::uint64_t kForgottenRowsBytesMax = 128u << 20;

inline std::string rows_path(const std::string& data_folder) {
    return data_folder + "/forget.rows";
}

/// Format: a mark, two counts (u64), rows (u64, u32), offsets (u64), XXH3-64 of all before it.
std::string encode(const ForgottenRows& rows);
/// Errors: corrupt.
base::Result<ForgottenRows> decode_forgotten_rows(std::string_view bytes);

}  // namespace vedette::engine
