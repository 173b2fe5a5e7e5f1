// SPDX-License-Identifier: Apache-2.0
#include "engine/upgrade/upgrade.h"

#include <algorithm>
#include <filesystem>

#include "base/log.h"
#include "store/state/state_copy.h"

namespace vedette::engine::upgrade {

namespace {

namespace fs = std::filesystem;
namespace log = base::log;
using base::ErrorCode;
using base::Result;

constexpr std::uint64_t kMarkBytesMax = 256;
/// Folders from before there was a version file had a store of this version.
constexpr std::uint32_t kFirstStoreVersion = 1;

/// What a folder without a version file is of; nothing if there is nothing in it to upgrade.
Result<std::optional<Versions>> versions_of_old(base::Files& files,
                                                const std::string& data_folder) {
    const std::string state = data_folder + "/state.sqlite";
    const bool has_state = files.size_bytes(state).has_value();
    const bool has_store = files.size_bytes(data_folder + "/store/engine").has_value();
    if (!has_state && !has_store) return std::optional<Versions>();
    Versions found;
    if (has_state) {
        VD_TRY(found.state, store::state_schema_stored(state));
    }
    found.store = has_store ? kFirstStoreVersion : 0;
    return std::optional<Versions>(found);
}

Result<std::string> read_mark(const std::string& path) {
    VD_TRY(std::string name, base::read_file(path, kMarkBytesMax));
    return name;
}

Result<Snapshot> snapshot_of(base::Files& files, const std::string& data_folder,
                             const std::string& name) {
    VD_TRY(const std::vector<Snapshot> all, snapshots(files, data_folder));
    for (const Snapshot& each : all) {
        if (name.empty() || each.name == name) return each;
    }
    return base::fail(
        ErrorCode::not_found,
        name.empty() ? "there is no snapshot of an upgrade" : "there is no snapshot " + name,
        data_folder, "`vedette upgrade status` lists them");
}

}  // namespace

std::string Upgrade::mark_path() const {
    return parts_.data_folder + "/" + std::string(kUpgradeMark);
}

/// Puts back what an upgrade that was killed left.
Result<void> Upgrade::end_cut_off() {
    if (!parts_.files.size_bytes(mark_path())) return {};
    VD_TRY(const std::string name, read_mark(mark_path()));
    VD_TRY(const Snapshot snapshot, snapshot_of(parts_.files, parts_.data_folder, name));
    log::warn("upgrade.was_cut_off", {{"put_back_to", text_of(snapshot.from)}});
    parts_.reached("put back");
    VD_TRY_DO(go_back(parts_.files, parts_.data_folder, snapshot));
    // The folder is what it was of: whoever tries again takes another.
    return remove_snapshot(parts_.data_folder, snapshot.name);
}

Result<Upgrade> Upgrade::begin(Parts parts) {
    Upgrade upgrade(std::move(parts));
    base::Files& files = upgrade.parts_.files;
    const std::string& folder = upgrade.parts_.data_folder;
    const Versions& known = upgrade.parts_.known;
    VD_TRY_DO(upgrade.end_cut_off());
    VD_TRY(std::optional<Versions> found, read_versions(files, folder));
    const bool has_file = found.has_value();
    if (!found) {
        VD_TRY(found, versions_of_old(files, folder));
    }
    if (!found) {
        upgrade.target_ = known;
        if (!upgrade.parts_.has_store) upgrade.target_.store = 0;
        upgrade.must_write_ = true;
        return upgrade;
    }
    VD_TRY_DO(check_not_newer(*found, known, folder));
    upgrade.target_ = known;
    // A store that is not opened stays as it is, and one that is made only now is made new.
    if (!upgrade.parts_.has_store) upgrade.target_.store = found->store;
    const bool store_is_old = found->store != 0 && found->store < upgrade.target_.store;
    const bool is_old = found->folder < known.folder || found->state < known.state || store_is_old;
    upgrade.must_write_ = !has_file || *found != upgrade.target_;
    if (!is_old) return upgrade;
    log::info("upgrade.begins", {{"from", text_of(*found)}, {"to", text_of(upgrade.target_)}});
    upgrade.parts_.reached("snapshot");
    VD_TRY(Snapshot snapshot,
           take_snapshot(files, folder, *found, upgrade.target_, upgrade.parts_.clock.now()));
    upgrade.parts_.reached("mark");
    VD_TRY_DO(files.replace(upgrade.mark_path(), snapshot.name));
    log::info("upgrade.snapshot", {{"name", snapshot.name}});
    upgrade.snapshot_ = std::move(snapshot);
    upgrade.parts_.reached("steps");
    return upgrade;
}

Result<void> Upgrade::finish() {
    if (must_write_) {
        parts_.reached("version");
        VD_TRY_DO(write_versions(parts_.files, parts_.data_folder, target_));
        must_write_ = false;
    }
    if (!snapshot_) return {};
    parts_.reached("unmark");
    VD_TRY_DO(parts_.files.remove(mark_path()));
    VD_TRY_DO(parts_.files.sync_folder(parts_.data_folder));
    log::info("upgrade.ended", {{"now", text_of(target_)}, {"way_back", snapshot_->name}});
    snapshot_.reset();
    VD_TRY(const std::vector<Snapshot> all, snapshots(parts_.files, parts_.data_folder));
    for (std::size_t i = kSnapshotsKept; i < all.size(); ++i) {
        VD_TRY_DO(remove_snapshot(parts_.data_folder, all[i].name));
    }
    return {};
}

base::Error Upgrade::put_back(base::Error why) {
    if (!snapshot_) return why;
    auto done = go_back(parts_.files, parts_.data_folder, *snapshot_);
    if (done) done = remove_snapshot(parts_.data_folder, snapshot_->name);
    snapshot_.reset();
    if (!done) {
        log::error("upgrade.cannot_put_back", {{"reason", done.error().message()}});
        why.text = "the upgrade failed and could not be put back yet: " + why.text;
        why.hint = "start again: the next start puts it back first (" + done.error().text + ")";
        return why;
    }
    log::warn("upgrade.put_back", {{"why", why.message()}});
    why.text = "the upgrade failed, and the folder is as it was before: " + why.text;
    if (why.hint.empty()) why.hint = "the older program runs on it; starting this one tries again";
    return why;
}

bool is_cut_off(base::Files& files, const std::string& data_folder) {
    return files.size_bytes(data_folder + "/" + std::string(kUpgradeMark)).has_value();
}

Result<WayBack> look_back(base::Files& files, const std::string& data_folder,
                          const std::string& name, journal::Offset journal_end) {
    WayBack way;
    VD_TRY(way.snapshot, snapshot_of(files, data_folder, name));
    way.journal_end = journal_end;
    const journal::Offset known_to = std::min(way.snapshot.judged_to, way.snapshot.stored_to);
    VD_TRY(const journal::Offset first, first_reachable(files, data_folder, way.snapshot));
    way.lost_records = first > known_to + 1 ? first - known_to - 1 : 0;
    way.replayed_records = journal_end > known_to ? journal_end - known_to - way.lost_records : 0;
    return way;
}

Result<void> go_back(base::Files& files, const std::string& data_folder, const Snapshot& snapshot) {
    const std::string mark = data_folder + "/" + std::string(kUpgradeMark);
    // From here on a kill leaves a folder that the next start puts back.
    VD_TRY_DO(files.replace(mark, snapshot.name));
    VD_TRY_DO(put_back(files, data_folder, snapshot));
    VD_TRY_DO(write_versions(files, data_folder, snapshot.from));
    VD_TRY_DO(files.remove(mark));
    return files.sync_folder(data_folder);
}

}  // namespace vedette::engine::upgrade
