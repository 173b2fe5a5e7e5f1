// SPDX-License-Identifier: Apache-2.0
// What learning costs: nanoseconds and bytes an update of each primitive, as ratios to counting in
// a hash table in the same run, and events a second of the usual path; one core, CPU time.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "base/json_text.h"
#include "bench/learn_report.h"
#include "bench/process_info.h"
#include "bench/suites.h"

namespace vedette::bench {

namespace {

int run_learn(int repeat) {
    LearnReport report(repeat);
    measure_baselines(report);
    measure_patterns(report);
    measure_models(report);
    const double path_ns = measure_usual_path(report);
    const double vector_ns = measure_vector_path(report);
    const double plain_ns = report.lines().front().ns;
    std::printf("{\"suite\":\"learn\",%s,\"primitives\":[", machine_json().c_str());
    const char* separator = "";
    for (const LearnReport::Line& line : report.lines()) {
        std::string name;
        base::append_json_string(name, line.name);
        std::printf("%s\n{\"name\":%s,\"ns\":%.1f,\"bytes\":%zu,\"ratio_to_count\":%.2f}",
                    separator, name.c_str(), line.ns, line.bytes, line.ns / plain_ns);
        separator = ",";
    }
    std::printf("],\n\"usual_path_events_per_second\":%.0f,", 1e9 / path_ns);
    std::printf("\"with_vector_path_events_per_second\":%.0f,", 1e9 / (path_ns + vector_ns));
    for (const auto& [name, value] : report.told()) {
        std::printf("\"%s\":%.4f,", name.c_str(), value);
    }
    std::printf("\"checked\":%s}\n", report.used() == report.used() ? "true" : "false");
    return 0;
}

}  // namespace

void add_learn(CLI::App& app, std::function<int()>& chosen) {
    CLI::App* const command =
        app.add_subcommand("learn", "what learning costs an event, a primitive at a time");
    const auto repeat = std::make_shared<int>(5);
    command->add_option("--repeat", *repeat, "passes; the best counts")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    command->callback([repeat, &chosen] { chosen = [repeat] { return run_learn(*repeat); }; });
}

}  // namespace vedette::bench
