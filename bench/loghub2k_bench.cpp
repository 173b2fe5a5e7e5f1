// SPDX-License-Identifier: Apache-2.0
// How well templates are found in logs of systems that nobody described: every table with the
// columns Content and EventId is one system, mined by itself with the one fixed configuration.
// Grouping accuracy: the share of lines whose group has exactly the lines of their true group.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <vector>

#include "base/counters.h"
#include "base/json_text.h"
#include "bench/bench_data.h"
#include "bench/csv_table.h"
#include "bench/suites.h"
#include "learn/templates/template_miner.h"

namespace vedette::bench {

namespace {

struct System {
    std::string path;
    std::size_t lines = 0, bytes = 0, templates = 0, true_templates = 0;
    double accuracy = 0, online_accuracy = 0;
    std::uint64_t cpu_ns = 0;
    std::size_t memory_bytes = 0;
};

double accuracy_of(const std::vector<std::uint64_t>& ids, const std::vector<std::string>& truth) {
    std::map<std::uint64_t, std::vector<std::size_t>> found;
    std::map<std::string, std::vector<std::size_t>> expected;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        found[ids[i]].push_back(i);
        expected[truth[i]].push_back(i);
    }
    std::size_t right = 0;
    for (const auto& [id, lines] : found) {
        right += expected[truth[lines.front()]] == lines ? lines.size() : 0;
    }
    return ids.empty() ? 0 : static_cast<double>(right) / static_cast<double>(ids.size());
}

System measure(const std::string& path, const CsvTable& table) {
    System system;
    system.path = path;
    const std::size_t content = *table.find("Content"), event = *table.find("EventId");
    learn::TemplateMiner miner;
    std::vector<std::uint64_t> online, settled;
    std::vector<std::string> truth;
    const std::uint64_t begin = base::thread_cpu_ns();
    for (const auto& row : table.rows) online.push_back(miner.learn(row[content]).template_id);
    system.cpu_ns = base::thread_cpu_ns() - begin;
    for (std::uint64_t& id : online) id = miner.resolve(id).value_or(id);
    miner.settle();
    for (const auto& row : table.rows) {
        settled.push_back(miner.match(row[content]).value_or(0));
        truth.push_back(row[event]);
        system.bytes += row[content].size();
    }
    system.lines = truth.size();
    system.accuracy = accuracy_of(settled, truth);
    system.online_accuracy = accuracy_of(online, truth);
    system.templates = miner.template_count();
    system.memory_bytes = miner.memory_bytes();
    std::sort(truth.begin(), truth.end());
    system.true_templates =
        static_cast<std::size_t>(std::unique(truth.begin(), truth.end()) - truth.begin());
    return system;
}

std::string json_of(const System& system) {
    std::string path;
    base::append_json_string(path, system.path);
    return fmt::format(
        R"({{"file":{},"lines":{},"grouping_accuracy":{:.4f},"online":{:.4f},"templates":{},)"
        R"("true_templates":{},"lines_per_cpu_s":{:.0f},"memory_bytes":{}}})",
        path, system.lines, system.accuracy, system.online_accuracy, system.templates,
        system.true_templates,
        static_cast<double>(system.lines) * 1e9 /
            static_cast<double>(std::max<std::uint64_t>(system.cpu_ns, 1)),
        system.memory_bytes);
}

base::Result<int> run(const std::string& path) {
    const std::uint64_t begin = base::thread_cpu_ns();
    VD_TRY(const std::vector<DataFile> files, read_data_files(path));
    std::vector<System> systems;
    for (const DataFile& file : files) {
        const std::string_view head(file.text.data(),
                                    std::min(file.text.find('\n'), file.text.size()));
        if (!read_csv(head).has({"Content", "EventId"})) continue;
        systems.push_back(measure(file.path, read_csv(file.text)));
    }
    if (systems.empty()) {
        return base::fail(base::ErrorCode::bad_input,
                          "no table with the columns Content and EventId", path,
                          "give a folder with *_structured.csv files");
    }
    double sum = 0, online = 0, lines = 0, cpu_ns = 0;
    std::string list, machine, commit;
    for (const System& system : systems) {
        sum += system.accuracy;
        online += system.online_accuracy;
        lines += static_cast<double>(system.lines);
        cpu_ns += static_cast<double>(system.cpu_ns);
        list += (list.empty() ? "" : ",") + json_of(system);
    }
    base::append_json_string(machine, machine_name());
    base::append_json_string(commit, commit_name());
    const auto count = static_cast<double>(systems.size());
    std::printf(
        "%s\n",
        fmt::format(R"({{"suite":"loghub2k","n":{:.0f},"systems":{},)"
                    R"("grouping_accuracy":{:.4f},"online_grouping_accuracy":{:.4f},)"
                    R"("lines_per_cpu_s":{:.0f},"seconds":{:.2f},"files":[{}],)"
                    R"("machine":{},"commit":{}}})",
                    lines, systems.size(), sum / count, online / count,
                    lines * 1e9 / std::max(cpu_ns, 1.0),
                    static_cast<double>(base::thread_cpu_ns() - begin) / 1e9, list, machine, commit)
            .c_str());
    return 0;
}

}  // namespace

void add_loghub2k(CLI::App& app, std::function<int()>& chosen) {
    CLI::App* const command =
        app.add_subcommand("loghub2k", "templates of logs: grouping accuracy and speed");
    const auto path = std::make_shared<std::string>();
    const auto unused = std::make_shared<std::string>();
    command->add_option("--data", *path, "tables with Content and EventId")->required();
    command->add_option("--fit", *unused, "accepted and not used: every log is mined by itself");
    command->callback([path, unused, &chosen] {
        chosen = [path] {
            const auto done = run(*path);
            if (done) return *done;
            std::fprintf(stderr, "vedette-bench: %s\n", done.error().message().c_str());
            return 2;
        };
    });
}

}  // namespace vedette::bench
