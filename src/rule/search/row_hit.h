// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "event/batch.h"
#include "rule/search/hit.h"

namespace vedette::rule::search {

/// A row in memory as the hit that it will be once it is stored, so that a live search shows what a
/// later one shows.
Hit hit_of(const event::Batch& batch, std::uint32_t row);

}  // namespace vedette::rule::search
