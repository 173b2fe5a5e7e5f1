// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/kept_state.h"

#include <filesystem>

namespace vedette::apps {

base::Result<store::StateReader> open_kept_state(const std::string& data_folder) {
    const std::string path = data_folder + "/state.sqlite";
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
        return base::fail(base::ErrorCode::not_found, "there is no state yet", data_folder,
                          "run `vedette serve` first, or name its folder with --data");
    }
    return store::StateReader::open(path);
}

base::Result<cases::Incident> find_incident(store::StateReader& state, const std::string& id) {
    VD_TRY(auto exact, state.incident(id));
    if (exact) return std::move(*exact);
    store::IncidentFilter filter;
    filter.limit = 10'000;
    VD_TRY(const auto incidents, state.incidents(filter));
    const cases::Incident* found = nullptr;
    for (const cases::Incident& incident : incidents) {
        if (!incident.id.starts_with(id)) continue;
        if (found != nullptr) {
            return base::fail(base::ErrorCode::bad_input, "several incidents begin with that id",
                              id, "give more of it");
        }
        found = &incident;
    }
    if (found != nullptr) return *found;
    return base::fail(base::ErrorCode::not_found, "there is no such incident", id,
                      "`vedette incidents` lists them");
}

}  // namespace vedette::apps
