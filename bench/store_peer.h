// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace vedette::bench {

struct BareInsert {
    double rows_per_second = 0;  ///< of wall time
    double child_cpu_us_per_row = 0;
};

/// The named baseline of `ingest`: `events` rows in the same columns, encoded beforehand, put into
/// an empty store of the same settings by `connections` senders, `rows` at a time, with the same
/// fsync. Nothing else runs. So that the encoded rows do not fill this program's memory there are
/// kPeerRowsMax different ones, sent again and again; the store does not know that.
base::Result<BareInsert> bare_insert(const std::vector<std::string>& lines,
                                     const std::string& format, std::uint64_t events,
                                     std::uint64_t rows, int connections);

}  // namespace vedette::bench
