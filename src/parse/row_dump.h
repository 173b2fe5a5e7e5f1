// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "event/batch.h"

namespace vedette::parse {

/// One row as a line of JSON in which everything has its fixed place, for golden files and for
/// holding two ways of making rows against each other: id, line, source, origin, time, arrival,
/// data set, flags by name, raw, then all fields sorted by name, values in order. Values that are
/// not text are written as JSON has them; a field with several values is a list. Fields of the
/// overflow map stand apart. `raw` is left out if it equals `usual_raw`.
std::string dump_row(const event::Batch& batch, std::uint32_t row, std::string_view usual_raw = {});

}  // namespace vedette::parse
