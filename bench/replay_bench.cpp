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
#include "engine/field_promotion.h"
#include "engine/replay/replay.h"
#include "rule/sigma/rule_files.h"
#include "rule/sigma/rule_set.h"
#include "store/promotion.h"

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
    std::vector<std::string> only, promoted;
    bool is_full_too = false, is_plain = false;
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

/// What all rules are replayed over.
struct Ground {
    rule::sigma::LogSourceMap sources;
    std::unique_ptr<History> history;
    std::shared_ptr<const engine::PromotedColumns> promoted;
    bool is_compiled = true;
};

/// Gives fields columns of their own, as a server does with those that are asked for often.
Result<void> promote(const std::vector<std::string>& fields, Ground& ground) {
    store::Client client(ground.history->client_options());
    for (const std::string& field : fields) {
        VD_TRY_DO(store::promote_field(client, field));
        for (bool is_left = true; is_left;) {
            VD_TRY(const auto filled, store::fill_promoted(client, field, [] { return true; }));
            is_left = filled.has_value();
        }
    }
    VD_TRY(ground.promoted, engine::promoted_columns(client));
    return {};
}

Result<Measured> measure(const Rule& rule, const Ground& ground, bool is_pushed_down) {
    const History& history = *ground.history;
    engine::replay::ReplayOptions options;
    options.is_pushed_down = is_pushed_down;
    options.promoted = ground.promoted;
    options.is_compiled = ground.is_compiled;
    options.range = {{0}, {base::SystemClock().now().unix_ns + base::kNsPerDay}};
    const auto begin = SteadyClock::now();
    const double cpu_before = cpu_seconds_of(history);
    VD_TRY(ReplayResult result,
           engine::replay::replay(history.client_options(), rule, ground.sources, options,
                                  [](const auto&) { return true; }));
    return Measured{std::move(result),
                    std::chrono::duration<double>(SteadyClock::now() - begin).count(),
                    cpu_seconds_of(history) - cpu_before};
}

Result<std::string> line_of(const Rule& rule, const Ground& ground, bool is_full_too) {
    VD_TRY(const Measured pushed, measure(rule, ground, true));
    std::string out = "{\"rule\":";
    base::append_json_string(out, rule.title);
    out += ",\"pushed_down\":" + pushed.json();
    if (is_full_too) {
        VD_TRY(const Measured full, measure(rule, ground, false));
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
    Ground ground;
    ground.is_compiled = !settings.is_plain;
    for (const auto& [path, text] : source_files) VD_TRY_DO(ground.sources.add(path, text));
    HistoryOptions options;
    options.folder = std::filesystem::absolute(settings.folder).string();
    options.events = settings.events;
    VD_TRY(ground.history, History::open(options, lines));
    VD_TRY_DO(promote(settings.promoted, ground));
    const History& history = *ground.history;
    std::string results;
    for (const Rule& rule : rule::sigma::load_rule_set(rule_files).rules) {
        const bool is_wanted =
            settings.only.empty() ||
            std::any_of(settings.only.begin(), settings.only.end(), [&](const std::string& word) {
                return rule.title.find(word) != std::string::npos || rule.id == word;
            });
        if (!is_wanted || !ground.sources.find(rule.logsource)) continue;
        VD_TRY(const std::string line, line_of(rule, ground, settings.is_full_too));
        std::fprintf(stderr, "%s\n", line.c_str());
        results += (results.empty() ? "" : ",") + line;
    }
    std::printf("%s\n", fmt::format("{{\"suite\":\"replay\",{},\"rows\":{},\"peak_memory_mib\":{},"
                                    "\"store_child_peak_memory_mib\":{},\"rules\":[{}]}}",
                                    machine_json(), history.rows(), peak_memory_mib(::getpid()),
                                    peak_memory_mib(history.store_pid()), results)
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
    command
        ->add_option("--promote", settings->promoted,
                     "field that gets a column of its own first (may be repeated)")
        ->allow_extra_args(false);
    command->add_flag("--plain", settings->is_plain, "judges by the plain matcher");
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
