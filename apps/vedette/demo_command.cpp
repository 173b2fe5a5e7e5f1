// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <thread>

#include "apps/vedette/command.h"
#include "apps/vedette/commands.h"
#include "base/log.h"
#include "engine/engine.h"
#include "report/terminal.h"
#include "store/state/state_reader.h"

namespace vedette::apps {

namespace {

using base::Result;

constexpr int kDemoTimeoutMs = 120'000;
constexpr int kDemoLookMs = 100;
/// So often nothing may have moved, which is several times what a file's last record waits.
constexpr int kDemoQuietLooks = 8;

/// The configuration of a server that watches the recording's logs and nothing else: a folder for
/// each machine.
engine::Config demo_config(const std::string& data_folder, const std::string& recording) {
    engine::Config config = engine::default_config(data_folder);
    config.sources.clear();
    engine::SourceConfig source;
    source.name = "recording";
    source.settings.kind = "files";
    source.settings.where = "the demonstration";
    source.settings.values.emplace("paths", recording + "/*/*.log");
    // Nothing is added to these files: the last record of each is whole, and soon given out.
    source.settings.values.emplace("poll_ms", "50");
    source.settings.values.emplace("quiet_ms", "100");
    config.sources.push_back(std::move(source));
    return config;
}

/// Waits until something came and all of it is judged and stored.
bool wait_until_done(engine::Engine& engine) {
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(kDemoTimeoutMs);
    journal::Offset last_end = 0;
    int quiet = 0;
    while (std::chrono::steady_clock::now() < deadline) {
        const engine::Status now = engine.status();
        // The first record is the rule set.
        const bool is_done = now.journal_end > 1 && now.journal_end == last_end &&
                             now.judged_to == now.journal_end && now.stored_to == now.journal_end;
        quiet = is_done ? quiet + 1 : 0;
        if (quiet >= kDemoQuietLooks) return true;
        last_end = now.journal_end;
        std::this_thread::sleep_for(std::chrono::milliseconds(kDemoLookMs));
    }
    return false;
}

std::uint64_t count_logs(const std::string& recording) {
    std::uint64_t count = 0;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(recording, ignored)) {
        if (entry.path().extension() == ".log") ++count;
    }
    return count;
}

Result<void> print_incidents(engine::Engine& engine, std::uint64_t files, double seconds) {
    VD_TRY(auto state, store::StateReader::open(engine.state_path()));
    VD_TRY(const auto incidents, state.incidents());
    report::Summary numbers;
    numbers.subject = "the recording";
    numbers.files = files;
    numbers.events = engine.counters().stage("detect").received;
    numbers.bytes = engine.counters().stage("parse").bytes;
    numbers.seconds = seconds;
    numbers.incidents = incidents.size();
    store::FindingFilter filter;
    filter.limit = 10'000;
    VD_TRY(const auto findings, state.findings(filter));
    for (const cases::Finding& finding : findings) numbers.count(finding.severity);
    report::TerminalOptions terminal;
    terminal.columns = static_cast<std::size_t>(terminal_width());
    terminal.has_color = wants_colour();
    const auto lookup = [&](std::string_view id) -> std::optional<cases::Finding> {
        auto found = state.finding(id);
        return found ? std::move(*found) : std::nullopt;
    };
    report::write_terminal(incidents, lookup, numbers, terminal, [](std::string_view text) {
        std::fwrite(text.data(), 1, text.size(), stdout);
    });
    return {};
}

Result<void> run(const std::string& data_folder) {
    const std::string recording = engine::content_folder() + "/demo/intrusion/logs";
    VD_TRY(auto engine, engine::Engine::open(demo_config(data_folder, recording)));
    std::fprintf(
        stderr,
        "vedette: plays a recorded intrusion through the whole path: journal, parsing, rules, "
        "incidents, store\n");
    const auto begin = std::chrono::steady_clock::now();
    VD_TRY_DO(engine->start());
    if (!wait_until_done(*engine)) {
        return base::fail(base::ErrorCode::timeout, "the recording was not judged and stored",
                          data_folder, "see the log above");
    }
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    VD_TRY_DO(print_incidents(*engine, count_logs(recording), seconds));
    engine->stop();
    return {};
}

int demo(std::string data_folder) {
    base::log::set_level(base::log::Level::warn);
    const bool is_temporary = data_folder.empty();
    if (is_temporary) {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "vedette-demo-XXXXXX").string();
        const char* made = ::mkdtemp(pattern.data());
        if (made == nullptr) {
            return report(base::fail_errno("cannot make a folder", pattern).value());
        }
        data_folder = made;
    }
    const Result<void> done = run(data_folder);
    if (is_temporary) {
        std::error_code ignored;
        std::filesystem::remove_all(data_folder, ignored);
    }
    if (!done) return report(done.error());
    std::printf(
        "\nNext: vedette scan PATH (judge your own logs), vedette serve (watch for ever), "
        "vedette search QUERY\n");
    return kExitGood;
}

}  // namespace

void add_demo_command(CLI::App& app, std::function<int()>& chosen) {
    const auto data_folder = std::make_shared<std::string>();
    CLI::App* command =
        app.add_subcommand("demo", "plays a recorded intrusion and shows what it makes of it");
    add_data_option(*command, *data_folder,
                    "folder of data to keep for `vedette search`; default: a temporary one");
    command->callback(
        [&chosen, data_folder] { chosen = [data_folder] { return demo(*data_folder); }; });
}

}  // namespace vedette::apps
