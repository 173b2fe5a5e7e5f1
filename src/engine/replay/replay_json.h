// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/replay/replay.h"

namespace vedette::engine::replay {

/// {"events","candidates","hits","records_decoded","undecided","are_values_complete",
///  "days":[{"day":"2026-11-22","events","hits"}],
///  "values":[{"field","values":[{"value","hits"}]}], "samples":[{"id","time","dataset","host",
///  "user"}]}; of each field the `values_max` that are met most, fields and values by hits.
std::string to_json(const ReplayResult& result, std::size_t values_max);

/// Reads it back, but for ids of events in full.   Errors: corrupt.
base::Result<ReplayResult> replay_of_json(std::string_view json);

}  // namespace vedette::engine::replay
