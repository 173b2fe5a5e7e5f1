// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "learn/evidence/evidence.h"

namespace vedette::correlate {

/// Evidence in thousandths of a bit: whole numbers, so that lines add up exactly whatever the
/// order.
using BitSteps = std::int64_t;
/// Rounded down, because rounding must not add evidence; cut to kLedgerFindingBitsMax.
BitSteps to_bit_steps(double bits);
inline double to_bits(BitSteps value) { return static_cast<double>(value) * learn::kBitsStep; }

}  // namespace vedette::correlate
