// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "cases/incident.h"
#include "store/state/state_reader.h"

namespace vedette::apps {

/// The state of a data folder, whether or not a server runs there.   Errors: not_found; its own.
base::Result<store::StateReader> open_kept_state(const std::string& data_folder);

/// Whole, by its id or by the beginning of one that the list shows.
/// Errors: not_found; bad_input where several begin so.
base::Result<cases::Incident> find_incident(store::StateReader& state, const std::string& id);

}  // namespace vedette::apps
