// SPDX-License-Identifier: Apache-2.0
// Rules replayed over a long history: pushed down to the store and read in full, and both against
// each other.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "base/json_text.h"
#include "bench/event_lines.h"
#include "bench/history.h"
#include "bench/process_info.h"
#include "bench/suites.h"
#include "engine/config.h"
#include "engine/replay/replay.h"
#include "rule/sigma/rule_files.h"
#include "rule/sigma/rule_set.h"

namespace vedette::bench {

namespace {

using base::Result;
using engine::replay::ReplayResult;
using rule::sigma::Rule;
using SteadyClock = std::chrono::steady_clock;

constexpr std::uint64_t kLinesMax = 1'000'000;

struct ReplaySettings {
    std::string data_path, folder, rules_path;
    std::uint64_t events = 10'000'000;
    std::vector<std::string> only;
    bool is_full_too = false;
};

struct Measured {
    ReplayResult result;
    double seconds = 0, cpu_seconds = 0;  ///< of this process and the store together

    std::string json() const {
        const auto rate = [&](double over) {
            return static_cast<double>(result.events) / std::max(over, 1e-9);
        };
        return fmt::format(
            "{{\"events\":{},\"candidates\":{},\"hits\":{},\"undecided\":{},\"seconds\":{:.3f},"
            "\"cpu_seconds\":{:.3f},\"events_per_second\":{:.0f},"
            "\"events_per_cpu_second\":{:.0f}}}",
            result.events, result.candidates, result.hits, result.undecided, seconds, cpu_seconds,
            rate(seconds), rate(cpu_seconds));
    }
};

double cpu_seconds_of(const History& history) {
    return static_cast<double>(cpu_ns(::getpid()) + cpu_ns(history.store_pid())) / 1e9;
}

Result<Measured> measure(const Rule& rule, const rule::sigma::LogSourceMap& sources,
                         const History& history, bool is_pushed_down) {
    engine::replay::ReplayOptions options;
    options.is_pushed_down = is_pushed_down;
    options.range = {{0}, {base::SystemClock().now().unix_ns + base::kNsPerDay}};
    const auto begin = SteadyClock::now();
    const double cpu_before = cpu_seconds_of(history);
    VD_TRY(ReplayResult result, engine::replay::replay(history.client_options(), rule, sources,
                                                       options, [](const auto&) { return true; }));
    return Measured{std::move(result),
                    std::chrono::duration<double>(SteadyClock::now() - begin).count(),
                    cpu_seconds_of(history) - cpu_before};
}

Result<std::string> line_of(const Rule& rule, const rule::sigma::LogSourceMap& sources,
                            const History& history, bool is_full_too) {
    VD_TRY(const Measured pushed, measure(rule, sources, history, true));
    std::string out = "{\"rule\":";
    base::append_json_string(out, rule.title);
    out += ",\"pushed_down\":" + pushed.json();
    if (is_full_too) {
        VD_TRY(const Measured full, measure(rule, sources, history, false));
        out += ",\"full\":" + full.json();
        if (full.result.hits != pushed.result.hits) {
            return base::fail(base::ErrorCode::corrupt, "pushed down and read in full differ",
                              rule.title);
        }
    }
    return out + "}";
}

Result<void> run(const ReplaySettings& settings) {
    VD_TRY(const auto lines, read_lines(settings.data_path, kLinesMax));
    VD_TRY(const auto rule_files, rule::sigma::load_rule_paths({settings.rules_path}));
    VD_TRY(const auto source_files,
           rule::sigma::load_rule_paths({engine::content_folder() + "/logsources"}));
    rule::sigma::LogSourceMap sources;
    for (const auto& [path, text] : source_files) VD_TRY_DO(sources.add(path, text));
    HistoryOptions options;
    options.folder = std::filesystem::absolute(settings.folder).string();
    options.events = settings.events;
    VD_TRY(const auto history, History::open(options, lines));
    std::string results;
    for (const Rule& rule : rule::sigma::load_rule_set(rule_files).rules) {
        const bool is_wanted =
            settings.only.empty() ||
            std::any_of(settings.only.begin(), settings.only.end(), [&](const std::string& word) {
                return rule.title.find(word) != std::string::npos || rule.id == word;
            });
        if (!is_wanted || !sources.find(rule.logsource)) continue;
        VD_TRY(const std::string line, line_of(rule, sources, *history, settings.is_full_too));
        std::fprintf(stderr, "%s\n", line.c_str());
        results += (results.empty() ? "" : ",") + line;
    }
    std::printf("%s\n", fmt::format("{{\"suite\":\"replay\",{},\"rows\":{},\"peak_memory_mib\":{},"
                                    "\"store_child_peak_memory_mib\":{},\"rules\":[{}]}}",
                                    machine_json(), history->rows(), peak_memory_mib(::getpid()),
                                    peak_memory_mib(history->store_pid()), results)
                            .c_str());
    return {};
}

}  // namespace

void add_replay(CLI::App& app, std::function<int()>& chosen) {
    const auto settings = std::make_shared<ReplaySettings>();
    CLI::App* command =
        app.add_subcommand("replay", "rules over a long history, pushed down and read in full");
    command->add_option("--data", settings->data_path, "events as JSON lines")->required();
    command->add_option("--store", settings->folder, "folder of the history; filled if it is not")
        ->required();
    command->add_option("--rules", settings->rules_path, "file or folder of rules")->required();
    command->add_option("--events", settings->events, "of the history")->capture_default_str();
    command->add_option("--only", settings->only, "words of titles, or ids (may be repeated)")
        ->allow_extra_args(false);
    command->add_flag("--full", settings->is_full_too, "reads all events as well, and compares");
    command->callback([&chosen, settings] {
        chosen = [settings] {
            const auto done = run(*settings);
            if (done) return 0;
            std::fprintf(stderr, "vedette-bench: %s\n", done.error().message().c_str());
            return 2;
        };
    });
}

}  // namespace vedette::bench
