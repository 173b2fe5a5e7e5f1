// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"
#include "engine/engine.h"
#include "engine/saved_search.h"
#include "engine/search_control.h"

namespace vedette::engine {

namespace log = base::log;

/// The set in force is remembered in a file, and journalled before it is: a crash between the two
/// journals it once more, which changes nothing.
base::Result<void> Engine::put_searches_in_force() {
    VD_TRY(const SavedSearches read, read_saved_searches(config_.data_folder + "/searches"));
    for (const base::Error& problem : read.problems) {
        log::error("searches.not_used", {{"where", problem.where}, {"why", problem.message()}});
    }
    std::vector<SavedSearch> scheduled;
    for (const auto& entry : read.entries) {
        if (entry.search.is_scheduled()) scheduled.push_back(entry.search);
    }
    if (!scheduled.empty() && !config_.has_store) {
        log::warn("searches.need_a_store", {{"searches", scheduled.size()}});
        return {};
    }
    const std::string payload = searches_control(scheduled);
    const std::string path = config_.data_folder + "/searches_in_force";
    const auto size = files_.size_bytes(path);
    if (!size && scheduled.empty()) return {};
    if (size) {
        VD_TRY(const std::string before, files_.read(path, 0, *size));
        if (before == payload) return {};
    }
    VD_TRY(const journal::Offset offset, append_and_wait(journal::RecordKind::control, payload));
    log::info("searches.journalled", {{"searches", scheduled.size()}, {"offset", offset}});
    return files_.replace(path, payload);
}

}  // namespace vedette::engine
