// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <simdjson.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "apps/vedette/backup_report.h"
#include "apps/vedette/command.h"
#include "apps/vedette/commands.h"
#include "apps/vedette/server_client.h"
#include "engine/backup/take.h"

namespace vedette::apps {

namespace {

using base::ErrorCode;
using base::Result;
using engine::backup::RunningServer;

struct BackupOptions {
    std::string data_folder = default_data_folder();
    std::string target, earlier, config_path, scratch, format = "table";
    bool without_store = false, does_drill = false;
    int timeout_s = 3'600;
};

/// What the running server says of itself that a backup needs.
struct ServerStatus {
    journal::Offset journal_end = 0;
    bool has_store = false;
    std::string config_path;
};

Result<std::optional<ServerStatus>> ask_status(const std::string& data_folder) {
    base::HttpClientRequest request;
    request.target = "/api/status";
    VD_TRY(const std::optional<std::string> body, ask_server(data_folder, request));
    if (!body) return std::optional<ServerStatus>();
    simdjson::dom::parser parser;
    simdjson::dom::element document;
    const simdjson::padded_string padded(*body);
    ServerStatus status;
    std::string_view config;
    if (parser.parse(padded).get(document) != simdjson::SUCCESS ||
        document["journal"]["end"].get(status.journal_end) != simdjson::SUCCESS ||
        document["store"]["kept"].get(status.has_store) != simdjson::SUCCESS) {
        return base::fail(ErrorCode::unsupported, "the running server's status cannot be read",
                          data_folder, "is it of another version?");
    }
    if (document["config"].get(config) == simdjson::SUCCESS) status.config_path = config;
    return std::optional<ServerStatus>(std::move(status));
}

RunningServer running_server(const std::string& data_folder, const ServerStatus& status) {
    RunningServer server;
    server.has_store = status.has_store;
    server.durable_end = [data_folder]() -> Result<journal::Offset> {
        VD_TRY(const auto now, ask_status(data_folder));
        if (now) return now->journal_end;
        return base::fail(ErrorCode::unavailable, "the server went away meanwhile", data_folder,
                          "try again");
    };
    return server;
}

void print(const engine::backup::TakeReport& taken, const BackupOptions& options, double seconds,
           bool has_server) {
    const engine::backup::Manifest& manifest = taken.manifest;
    for (const std::string& path : taken.left_out) {
        fmt::print(stderr, "vedette: not in the backup, because it is no plain file: {}\n", path);
    }
    if (options.format == "json") {
        fmt::print(
            "{{\"backup\":\"taken\",\"seconds\":{:.1f},\"files\":{},\"bytes\":{},"
            "\"shared_bytes\":{},\"journal_first\":{},\"journal_end\":{},\"judged_to\":{},"
            "\"store_rows\":{},\"beside_server\":{}}}\n",
            seconds, manifest.files.size(), manifest.size_bytes(), taken.shared_bytes,
            manifest.journal_first, manifest.journal_end, manifest.judged_to,
            manifest.store ? std::to_string(manifest.store->rows) : "null", has_server);
        return;
    }
    fmt::print("{}: records {} to {}, {}, {} files, {}{} in {:.1f} s{}\n", options.target,
               manifest.journal_first, manifest.journal_end,
               manifest.store ? fmt::format("{} events in the store", manifest.store->rows)
                              : "without the store",
               manifest.files.size(), human_bytes(manifest.size_bytes()),
               taken.shared_bytes > 0 ? fmt::format(" ({} shared with the earlier one)",
                                                    human_bytes(taken.shared_bytes))
                                      : "",
               seconds, has_server ? ", beside the running server" : "");
    if (!manifest.store && manifest.journal_first > 1) {
        fmt::print(stderr,
                   "vedette: the journal begins at record {}: events before it are in the store "
                   "alone, which is not in this backup\n",
                   manifest.journal_first);
    }
}

int backup(const BackupOptions& options) {
    // A backup has time; senders that wait for an answer have not.
    if (::nice(10) == -1) fmt::print(stderr, "vedette: cannot give way to others; going on\n");
    const auto status = ask_status(options.data_folder);
    if (!status) return report(status.error());
    engine::backup::TakeOptions take;
    take.data_folder = options.data_folder;
    take.target = plain_path(options.target);
    take.earlier = options.earlier.empty() ? "" : plain_path(options.earlier);
    take.with_store = !options.without_store;
    take.config_path = options.config_path;
    if (*status) {
        take.server = running_server(options.data_folder, **status);
        if (take.config_path.empty()) take.config_path = (*status)->config_path;
    }
    const auto begin = std::chrono::steady_clock::now();
    const auto taken = engine::backup::take_backup(take);
    if (!taken) return report(taken.error());
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    print(*taken, options, seconds, status->has_value());
    if (!options.does_drill) return kExitGood;
    return run_drill(take.target,
                     options.scratch.empty()
                         ? std::filesystem::path(take.target).parent_path().string()
                         : plain_path(options.scratch),
                     options.timeout_s, options.format == "json");
}

}  // namespace

void add_backup_command(CLI::App& app, std::function<int()>& chosen) {
    const auto options = std::make_shared<BackupOptions>();
    CLI::App* command = app.add_subcommand(
        "backup", "copies everything a server keeps, consistent, while it goes on");
    command
        ->add_option("target", options->target,
                     "where to: a new folder, or one file that ends in .tar.zst")
        ->required();
    add_data_option(*command, options->data_folder);
    command->add_option("-c,--config", options->config_path,
                        "the configuration goes along; default: that of the running server");
    command->add_flag(
        "--without-store", options->without_store,
        "leaves the event store out: smaller, and rebuilt from the journal at a restore");
    command->add_option(
        "--earlier", options->earlier,
        "an earlier backup in a folder: what is equal is shared with it, not copied");
    command->add_flag("--drill", options->does_drill,
                      "then restores it into a folder that goes again, opens it, and compares");
    command->add_option("--scratch", options->scratch,
                        "where the drill restores; default: beside the backup");
    command->add_option("--timeout", options->timeout_s, "seconds the drill may replay")
        ->capture_default_str();
    command->add_option("--format", options->format, "table, or json (one object a line)")
        ->check(CLI::IsMember({"table", "json"}))
        ->capture_default_str();
    command->footer("Exit codes: 0 taken (and the drill passed), 2 an error.");
    command->callback([&chosen, options] { chosen = [options] { return backup(*options); }; });
}

}  // namespace vedette::apps
