// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <filesystem>
#include <memory>

#include "apps/vedette/command.h"
#include "apps/vedette/commands.h"
#include "engine/engine.h"

namespace vedette::apps {

namespace {

struct JournalOptions {
    std::string data_folder = default_data_folder();
    std::uint32_t batch_rows = 4'096;
    int timeout_s = 3'600;
    bool allows_loss = false;
};

/// Judges and stores everything that is in the journal, then hands the engine to `use`.
int with_views(const JournalOptions& options,
               const std::function<base::Result<void>(engine::Engine&)>& use) {
    engine::Config config = engine::default_config(options.data_folder);
    config.sources.clear();
    config.batch_rows = options.batch_rows;
    auto engine = engine::Engine::open(std::move(config));
    if (!engine) return report(engine.error());
    if (const auto started = (*engine)->start_views(); !started) return report(started.error());
    if (!(*engine)->wait_until_idle(options.timeout_s * 1'000)) {
        return report({base::ErrorCode::timeout, "the views did not catch up with the journal",
                       options.data_folder, "see the log above, or raise --timeout", true});
    }
    const auto used = use(**engine);
    (*engine)->stop();
    return used ? kExitGood : report(used.error());
}

int export_canonical(const JournalOptions& options) {
    return with_views(options, [](engine::Engine& engine) {
        return engine.export_canonical([](std::string_view line) {
            std::fwrite(line.data(), 1, line.size(), stdout);
            std::fputc('\n', stdout);
        });
    });
}

/// Whether the journal still has everything the views know. Opening it also makes sure that no
/// server is running.
base::Result<void> check_reaches_back(const JournalOptions& options) {
    base::SystemFiles files;
    base::CounterRegistry counters;
    journal::SegmentJournalOptions journal_options;
    journal_options.folder = options.data_folder + "/journal";
    VD_TRY(const auto journal, journal::SegmentJournal::open(files, journal_options, counters));
    if (journal->first() <= 1 || options.allows_loss) return {};
    return base::fail(base::ErrorCode::limit,
                      "the journal begins at record " + std::to_string(journal->first()) +
                          ": what came before is in the views alone",
                      journal_options.folder,
                      "give --forget-older to lose it, or restore the views from a backup");
}

int rebuild(const JournalOptions& options) {
    if (const auto checked = check_reaches_back(options); !checked) return report(checked.error());
    std::error_code error;
    for (const char* name : {"state.sqlite", "state.sqlite-wal", "state.sqlite-shm", "store"}) {
        std::filesystem::remove_all(options.data_folder + "/" + name, error);
        if (error) {
            return report({base::ErrorCode::io,
                           "cannot remove a view: " + error.message(),
                           options.data_folder + "/" + name,
                           {},
                           false});
        }
    }
    return with_views(options, [](engine::Engine& engine) -> base::Result<void> {
        const engine::Status status = engine.status();
        std::printf("rebuilt from records %llu to %llu\n",
                    static_cast<unsigned long long>(status.journal_first),
                    static_cast<unsigned long long>(status.journal_end));
        return {};
    });
}

void add_common(CLI::App& command, JournalOptions& options) {
    add_data_option(command, options.data_folder);
    command
        .add_option("--batch-rows", options.batch_rows,
                    "rows judged in one go; the answer does not depend on it")
        ->check(CLI::Range(1, 4'096))
        ->capture_default_str();
    command.add_option("--timeout", options.timeout_s, "seconds to wait for the views")
        ->capture_default_str();
}

}  // namespace

void add_journal_command(CLI::App& app, std::function<int()>& chosen) {
    const auto options = std::make_shared<JournalOptions>();
    CLI::App* command = app.add_subcommand("journal", "works on the log of record, server stopped");
    command->require_subcommand(1);
    CLI::App* exporting = command->add_subcommand(
        "export", "prints everything the views know in one fixed form, for comparing");
    add_common(*exporting, *options);
    exporting->callback(
        [&chosen, options] { chosen = [options] { return export_canonical(*options); }; });
    CLI::App* rebuilding = command->add_subcommand(
        "rebuild", "deletes every view (state, store) and makes them again from the journal");
    add_common(*rebuilding, *options);
    rebuilding->add_flag("--forget-older", options->allows_loss,
                         "also when the journal does not reach back to its beginning");
    rebuilding->callback([&chosen, options] { chosen = [options] { return rebuild(*options); }; });
}

}  // namespace vedette::apps
