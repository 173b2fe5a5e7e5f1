// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace vedette::bench {

/// The named baseline of `ingest`: the same rows in the same columns, encoded beforehand, put into
/// an empty store of the same settings by `connections` senders, `rows` at a time, with the same
/// fsync. Nothing else runs. Units: rows per second of wall time.
base::Result<double> bare_insert_rows_per_second(const std::vector<std::string>& lines,
                                                 const std::string& format, std::uint64_t events,
                                                 std::uint64_t rows, int connections);

}  // namespace vedette::bench
