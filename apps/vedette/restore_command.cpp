// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "apps/vedette/backup_report.h"
#include "apps/vedette/command.h"
#include "apps/vedette/commands.h"
#include "engine/backup/restore.h"
#include "engine/backup/source.h"

namespace vedette::apps {

namespace {

struct RestoreCommandOptions {
    std::string source, data_folder, scratch, format = "table";
    bool does_drill = false, does_check = false, without_store = false;
    int timeout_s = 3'600;
};

void print(std::string_view what, const engine::backup::Manifest& manifest,
           const RestoreCommandOptions& options) {
    if (options.format == "json") {
        fmt::print(
            "{{\"restore\":\"{}\",\"taken\":\"{}\",\"files\":{},\"bytes\":{},\"journal_first\":{},"
            "\"journal_end\":{},\"judged_to\":{},\"store_rows\":{}}}\n",
            what, base::format_rfc3339(manifest.taken), manifest.files.size(),
            manifest.size_bytes(), manifest.journal_first, manifest.journal_end, manifest.judged_to,
            manifest.store ? std::to_string(manifest.store->rows) : "null");
        return;
    }
    fmt::print("{}: taken {}, records {} to {}, {}, {} files, {}\n", what,
               base::format_rfc3339(manifest.taken, 0), manifest.journal_first,
               manifest.journal_end,
               manifest.store ? fmt::format("{} events in the store", manifest.store->rows)
                              : "without the store",
               manifest.files.size(), human_bytes(manifest.size_bytes()));
}

int check(const RestoreCommandOptions& options, const std::string& source) {
    const auto manifest = engine::backup::check_backup(source);
    if (!manifest) return report(manifest.error());
    print("whole", *manifest, options);
    return kExitGood;
}

int restore(const RestoreCommandOptions& options) {
    const std::string source = plain_path(options.source);
    if (options.does_check) return check(options, source);
    if (options.does_drill) {
        return run_drill(source,
                         options.scratch.empty()
                             ? std::filesystem::path(source).parent_path().string()
                             : plain_path(options.scratch),
                         options.timeout_s, options.format == "json");
    }
    if (options.data_folder.empty()) {
        return report({base::ErrorCode::bad_input,
                       "where to?",
                       {},
                       "name an empty folder with --data, or try it with --drill",
                       false});
    }
    const std::string folder = plain_path(options.data_folder);
    const auto done = engine::backup::restore_backup({source, folder, !options.without_store});
    if (!done) return report(done.error());
    print("restored", *done, options);
    if (options.format == "json") return kExitGood;
    const std::string config = folder + "/configuration/vedette.yml";
    const bool has_config = std::filesystem::exists(config);
    fmt::print("next: vedette serve {}--data {}\n", has_config ? "--config " + config + " " : "",
               folder);
    if (has_config) {
        fmt::print(
            "(look at `data:` in that file first; rules, certificates and keys that it names lie "
            "outside the folder of data and are not in a backup)\n");
    }
    return kExitGood;
}

}  // namespace

void add_restore_command(CLI::App& app, std::function<int()>& chosen) {
    const auto options = std::make_shared<RestoreCommandOptions>();
    CLI::App* command =
        app.add_subcommand("restore", "makes a folder of data from a backup, or tries it");
    command->add_option("source", options->source, "the backup: its folder or file")->required();
    // No default: nobody shall restore over the place of a server by leaving a word out.
    command->add_option("--data", options->data_folder, "the folder of data: missing or empty");
    command->add_flag("--without-store", options->without_store,
                      "does not restore the event store: it is rebuilt from the journal");
    auto* drill = command->add_flag(
        "--drill", options->does_drill,
        "restores into a folder that goes again, opens it, and compares with the manifest");
    command->add_flag("--check", options->does_check, "only reads it and compares every hash")
        ->excludes(drill);
    command->add_option("--scratch", options->scratch,
                        "where the drill restores; default: beside the backup");
    command->add_option("--timeout", options->timeout_s, "seconds the drill may replay")
        ->capture_default_str();
    command->add_option("--format", options->format, "table, or json (one object a line)")
        ->check(CLI::IsMember({"table", "json"}))
        ->capture_default_str();
    command->footer("Exit codes: 0 restored (or the drill passed), 2 an error.");
    command->callback([&chosen, options] { chosen = [options] { return restore(*options); }; });
}

}  // namespace vedette::apps
