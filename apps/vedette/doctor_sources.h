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
    std::string standings;  ///< of analytics, as engine/standings.h has them
};
/// Nothing where no server has run yet.   Errors: those of the state store.
base::Result<std::optional<KeptKnowledge>> read_knowledge(const std::string& data_folder);

/// Per source: when the last record came and whether that is longer ago than usual, how far its
/// clock is off, how much of its files is not read, how far its Kafka partitions are behind.
std::vector<CheckUp> check_arrivals(const engine::Config& config, const KeptKnowledge& known,
                                    bool is_server_running, base::Timestamp now);

/// Days until the disk is full, as `vedette retention status` reckons them
/// (engine/disk_forecast.h): told by the server that runs, else reckoned by the days of arrival
/// that lie in the store's folder, of which no data set is known: then the days and the limit of
/// `retention:` itself count, and not those of its `data_sets:`.
CheckUp check_days_left(const engine::Config& config, bool is_server_running, base::Timestamp now);

}  // namespace vedette::apps
