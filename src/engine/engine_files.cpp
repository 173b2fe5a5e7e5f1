// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.h"
#include "engine/files/file_watch.h"

namespace vedette::engine {

void Engine::make_file_watch() {
    if (!config_.files.is_enabled || config_.yara_paths.empty()) return;
    files::ThisMachine machine;
    for (const SourceConfig& source : config_.sources) {
        // What reads this machine; all others listen to whoever sends.
        const std::string& kind = source.settings.kind;
        if (kind == "files" || kind == "journald") machine.local_sources.insert(source.name);
    }
    machine.named_sources.insert(config_.files.sources.begin(), config_.files.sources.end());
    machine.hosts = files::own_host_names();
    for (const std::string& host : config_.files.hosts) machine.add_host(host);
    files_named_ = std::make_unique<files::FileWatch>(files::FileWatchParts{
        clock_, counters_, fields_, config_.files, std::move(machine),
        [this](std::string payload) -> base::Result<void> {
            VD_TRY_DO(append_and_wait(journal::RecordKind::control, std::move(payload)));
            return {};
        }});
}

}  // namespace vedette::engine
