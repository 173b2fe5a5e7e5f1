// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>

#include "apps/vedette/command.h"
#include "apps/vedette/commands.h"
#include "base/counters.h"
#include "engine/upgrade/upgrade.h"
#include "journal/segments/segment_journal.h"

namespace vedette::apps {

namespace {

using base::ErrorCode;
using base::Result;
using engine::upgrade::Snapshot;
using engine::upgrade::Versions;
using engine::upgrade::WayBack;

struct UpgradeOptions {
    std::string data_folder = default_data_folder();
    std::string name, format = "table";
    bool is_trial = false, allows_loss = false;
};

std::string json_of(const Versions& versions) {
    return fmt::format("{{\"folder\":{},\"state\":{},\"store\":{}}}", versions.folder,
                       versions.state, versions.store);
}

/// Exit code 1: an upgrade is due, or was cut off.
int status(const UpgradeOptions& options) {
    base::SystemFiles files;
    const auto found = engine::upgrade::read_versions(files, options.data_folder);
    if (!found) return report(found.error());
    const auto snapshots = engine::upgrade::snapshots(files, options.data_folder);
    if (!snapshots) return report(snapshots.error());
    const Versions known = engine::upgrade::versions_known();
    const bool is_cut_off = engine::upgrade::is_cut_off(files, options.data_folder);
    const bool is_due = *found && (*found)->folder <= known.folder &&
                        ((*found)->folder < known.folder || (*found)->state < known.state ||
                         ((*found)->store != 0 && (*found)->store < known.store));
    if (options.format == "json") {
        std::string listed;
        for (const Snapshot& each : *snapshots) {
            listed += fmt::format(
                "{}{{\"name\":\"{}\",\"taken\":\"{}\",\"from\":{},\"to\":{},\"judged_to\":{}}}",
                listed.empty() ? "" : ",", each.name, base::format_rfc3339(each.taken),
                json_of(each.from), json_of(each.to), each.judged_to);
        }
        fmt::print("{{\"found\":{},\"known\":{},\"due\":{},\"cut_off\":{},\"snapshots\":[{}]}}\n",
                   *found ? json_of(**found) : "null", json_of(known), is_due, is_cut_off, listed);
    } else {
        fmt::print(
            "the folder: {}\nthis program: {}\n",
            *found ? text_of(**found) : "says nothing (new, or of before there were versions)",
            text_of(known));
        if (is_due) fmt::print("an upgrade is due: the next start takes a snapshot and does it\n");
        if (is_cut_off) fmt::print("an upgrade was cut off: the next start puts it back first\n");
        for (const Snapshot& each : *snapshots) {
            fmt::print(
                "snapshot {}: taken {}, before the upgrade to {}; its views know records up "
                "to {}\n",
                each.name, base::format_rfc3339(each.taken, 0), text_of(each.to),
                std::min(each.judged_to, each.stored_to));
        }
        if (snapshots->empty()) fmt::print("no snapshots\n");
    }
    return is_due || is_cut_off ? kExitNo : kExitGood;
}

int go_back(const UpgradeOptions& options) {
    base::SystemFiles files;
    base::CounterRegistry counters;
    journal::SegmentJournalOptions journal_options;
    journal_options.folder = options.data_folder + "/journal";
    if (!files.size_bytes(journal_options.folder)) {
        return report({ErrorCode::not_found, "there is no data of vedette here",
                       options.data_folder, "name the folder with --data", false});
    }
    // Opened, so that no server runs on the folder meanwhile.
    const auto journal = journal::SegmentJournal::open(files, journal_options, counters);
    if (!journal) return report(journal.error());
    const auto way = engine::upgrade::look_back(files, options.data_folder, options.name,
                                                (*journal)->durable_end());
    if (!way) return report(way.error());
    fmt::print("back to {} of {}: {}\n", way->snapshot.name,
               base::format_rfc3339(way->snapshot.taken, 0), text_of(way->snapshot.from));
    fmt::print(
        "{} records came since: they stay in the journal, and the program that starts next "
        "judges and stores them again\n",
        way->replayed_records);
    if (way->lost_records > 0) {
        fmt::print(
            "{} records are no longer in the journal: their events, findings and incidents "
            "are in the newer views alone, and would be lost\n",
            way->lost_records);
    }
    if (options.is_trial) return kExitGood;
    if (way->lost_records > 0 && !options.allows_loss) {
        return report({ErrorCode::limit, "the way back would lose events", options.data_folder,
                       "take a backup first (`vedette backup`), then give --allow-loss", false});
    }
    const auto done = engine::upgrade::go_back(files, options.data_folder, way->snapshot);
    if (!done) return report(done.error());
    fmt::print("done; start the program of that version now: this one would upgrade again\n");
    return kExitGood;
}

int forget(const UpgradeOptions& options) {
    base::SystemFiles files;
    const auto snapshots = engine::upgrade::snapshots(files, options.data_folder);
    if (!snapshots) return report(snapshots.error());
    if (engine::upgrade::is_cut_off(files, options.data_folder)) {
        return report({ErrorCode::unavailable, "an upgrade was cut off and needs its snapshot",
                       options.data_folder, "start the server once", true});
    }
    for (const Snapshot& each : *snapshots) {
        if (each.name != options.name) continue;
        const auto done = engine::upgrade::remove_snapshot(options.data_folder, each.name);
        return done ? kExitGood : report(done.error());
    }
    return report({ErrorCode::not_found, "there is no snapshot " + options.name,
                   options.data_folder, "`vedette upgrade status` lists them", false});
}

}  // namespace

void add_upgrade_command(CLI::App& app, std::function<int()>& chosen) {
    const auto options = std::make_shared<UpgradeOptions>();
    CLI::App* command = app.add_subcommand(
        "upgrade", "versions of the folder of data, and the way back behind an upgrade");
    command->require_subcommand(1);
    const auto add = [&](const std::string& name, const std::string& help,
                         int (*run)(const UpgradeOptions&)) {
        CLI::App* to = command->add_subcommand(name, help);
        add_data_option(*to, options->data_folder);
        to->callback(
            [&chosen, options, run] { chosen = [options, run] { return run(*options); }; });
        return to;
    };
    CLI::App* showing = add("status", "which versions the folder has, and its snapshots", status);
    showing->add_option("--format", options->format, "table, or json (one object)")
        ->check(CLI::IsMember({"table", "json"}))
        ->capture_default_str();
    showing->footer(
        "Exit codes: 0 all is as this program makes it, 1 an upgrade is due or was cut off, "
        "2 an error.");
    CLI::App* back = add("back", "puts a snapshot back, server stopped", go_back);
    back->add_option("name", options->name, "of the snapshot; default: the newest");
    back->add_flag("--trial", options->is_trial, "only says what it would mean");
    back->add_flag("--allow-loss", options->allows_loss,
                   "also when records are no longer in the journal");
    CLI::App* forgetting = add("forget", "removes a snapshot and frees its place", forget);
    forgetting->add_option("name", options->name, "of the snapshot")->required();
}

}  // namespace vedette::apps
