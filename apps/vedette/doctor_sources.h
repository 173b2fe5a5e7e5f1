// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "apps/vedette/doctor_checks.h"
#include "engine/arrivals.h"
#include "engine/coverage.h"

namespace vedette::apps {

/// What the server has kept of its sources in the data folder, whether it runs or not.
struct KeptKnowledge {
    engine::Arrivals arrivals;
    engine::Coverage coverage;
};
/// Nothing where no server has run yet.   Errors: those of the state store.
base::Result<std::optional<KeptKnowledge>> read_knowledge(const std::string& data_folder);

/// Per source: when the last record came and whether that is longer ago than usual, how far its
/// clock is off, how much of its files is not read, how far its Kafka partitions are behind.
std::vector<CheckUp> check_arrivals(const engine::Config& config, const KeptKnowledge& known,
                                    bool is_server_running, base::Timestamp now);

/// Days until the disk is full at the rate at which journal and store grew so far.
CheckUp check_days_left(const engine::Config& config, const KeptKnowledge& known);

}  // namespace vedette::apps
