// SPDX-License-Identifier: Apache-2.0
#include "engine/backup/drill.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "base/sha256.h"
#include "engine/backup/capture.h"
#include "engine/backup/restore.h"
#include "engine/engine.h"
#include "store/state/state_copy.h"
#include "store/store_backup.h"

namespace vedette::engine::backup {

namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::Result;

/// A new folder that goes with its owner.
class ScratchFolder {
  public:
    static Result<ScratchFolder> make(const std::string& below) {
        std::string pattern = below + "/vedette-drill-XXXXXX";
        if (::mkdtemp(pattern.data()) == nullptr) {
            return base::fail_errno("cannot make a folder in", below);
        }
        return ScratchFolder(std::move(pattern));
    }
    explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
    ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    ScratchFolder& operator=(ScratchFolder&&) = delete;
    ~ScratchFolder() {
        std::error_code ignored;
        if (!path_.empty()) fs::remove_all(path_, ignored);
    }
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

template <typename A, typename B>
Result<void> same(std::string_view what, const A& restored, const B& taken) {
    if (restored == taken) return {};
    return base::fail(
        ErrorCode::corrupt,
        fmt::format("{}: {} in the restored folder, {} when it was taken", what, restored, taken),
        "the drill");
}

Result<void> compare_state(const std::string& path, const Manifest& manifest) {
    // One of an older schema gets the newer one first, and then has another export.
    if (manifest.state_schema != store::state_schema_known()) return {};
    VD_TRY(auto state, store::StateReader::open(path));
    base::Sha256 hash;
    VD_TRY_DO(state.export_canonical([&](std::string_view line) {
        hash.add(line);
        hash.add("\n");
    }));
    return same("the state's export", hash.take_hex(), manifest.state_digest);
}

Result<void> compare_views(Engine& engine, DrillReport& report) {
    const Manifest& manifest = report.manifest;
    const Status status = engine.status();
    VD_TRY_DO(same("the journal's first record", status.journal_first, manifest.journal_first));
    VD_TRY_DO(same("the journal's last record", status.journal_end, manifest.journal_end));
    VD_TRY_DO(same("damaged places of the journal", status.journal_damages, 0u));
    VD_TRY_DO(same("the last record judged", status.judged_to, manifest.journal_end));
    if (const auto store = engine.store_client_options()) {
        VD_TRY(const store::EventCounts counts, store::count_events(store->endpoint));
        VD_TRY_DO(same("different events in the store", counts.distinct_ids, counts.rows));
        if (counts.rows < manifest.store->rows) {
            return same("rows in the store", counts.rows, manifest.store->rows);
        }
        report.rows = counts.rows;
    }
    VD_TRY(auto state, store::StateReader::open(engine.state_path()));
    VD_TRY(report.findings, state.finding_count());
    VD_TRY(report.incidents, state.incident_count());
    base::Sha256 hash;
    VD_TRY_DO(engine.export_canonical([&](std::string_view line) {
        hash.add(line);
        hash.add("\n");
    }));
    report.export_sha256_hex = hash.take_hex();
    return {};
}

}  // namespace

Result<DrillReport> drill(const std::string& source, const std::string& scratch, int timeout_s) {
    VD_TRY(const ScratchFolder folder, ScratchFolder::make(scratch));
    DrillReport report;
    VD_TRY(report.manifest, restore_backup({source, folder.path(), true}));
    VD_TRY_DO(compare_state(folder.path() + "/" + std::string(kStateFile), report.manifest));
    report.replayed_records = report.manifest.journal_end - report.manifest.judged_to;
    Config config = default_config(folder.path());
    config.sources.clear();
    config.has_store = report.manifest.store.has_value();
    VD_TRY(const auto engine, Engine::open(std::move(config)));
    VD_TRY_DO(engine->start_views());
    if (!engine->wait_until_idle(timeout_s * 1'000)) {
        return base::fail(ErrorCode::timeout, "the restored views did not catch up", folder.path(),
                          "see the log above, or raise --timeout");
    }
    auto compared = compare_views(*engine, report);
    engine->stop();
    VD_TRY_DO(std::move(compared));
    return report;
}

}  // namespace vedette::engine::backup
