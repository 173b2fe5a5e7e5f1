// SPDX-License-Identifier: Apache-2.0
#include "bench/session_suite.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/counters.h"
#include "base/hash.h"
#include "base/json_text.h"
#include "bench/bench_data.h"

namespace vedette::bench {

namespace {

struct Paths {
    std::string fit, data;
};

base::Result<int> measure(const std::string& name, const Paths& paths, SessionRun run) {
    const std::uint64_t begin = base::thread_cpu_ns();
    std::vector<DataFile> fit;
    if (!paths.fit.empty()) {
        VD_TRY(fit, read_data_files(paths.fit));
    }
    VD_TRY(const std::vector<DataFile> data, read_data_files(paths.data));
    VD_TRY(const SessionResult result, run(fit, data));
    if (result.scores.size() == 0) {
        return base::fail(base::ErrorCode::bad_input, "nothing to score in the data", paths.data,
                          "its folder's README tells the columns this suite reads");
    }
    std::string f1, machine, commit;
    if (result.threshold) {
        f1 =
            fmt::format(R"(,"f1":{:.4f},"false_share":{:.5f})", result.scores.f1(*result.threshold),
                        result.scores.false_share(*result.threshold));
    }
    if (result.threshold && result.promised_share) {
        f1 += fmt::format(R"(,"false_alarms":{{"{}":{:.5f}}})", *result.promised_share,
                          result.scores.false_share(*result.threshold));
    }
    base::append_json_string(machine, machine_name());
    base::append_json_string(commit, commit_name());
    std::printf(
        "%s\n",
        fmt::format(R"({{"suite":"{}",{}{}{},"seconds":{:.2f},"machine":{},"commit":{}}})", name,
                    result.scores.json(), f1, result.more,
                    static_cast<double>(base::thread_cpu_ns() - begin) / 1e9, machine, commit)
            .c_str());
    return 0;
}

}  // namespace

void add_session_suite(CLI::App& app, std::function<int()>& chosen, const char* name,
                       const char* description, SessionRun run) {
    CLI::App* const command = app.add_subcommand(name, description);
    const auto paths = std::make_shared<Paths>();
    command->add_option("--fit", paths->fit, "the part to learn from");
    command->add_option("--data", paths->data, "the part to score")->required();
    command->callback([paths, run, &chosen, name = std::string(name)] {
        chosen = [paths, run, name] {
            const auto done = measure(name, *paths, run);
            if (done) return *done;
            std::fprintf(stderr, "vedette-bench: %s\n", done.error().message().c_str());
            return 2;
        };
    });
}

std::vector<CsvTable> tables_with(const std::vector<DataFile>& files,
                                  std::initializer_list<std::string_view> columns) {
    std::vector<CsvTable> tables;
    for (const DataFile& file : files) {
        const std::string_view text = file.text;
        if (!read_csv(text.substr(0, std::min(text.find('\n'), text.size()))).has(columns))
            continue;
        tables.push_back(read_csv(text));
    }
    return tables;
}

std::vector<std::uint64_t> symbols_of(std::string_view text) {
    std::vector<std::uint64_t> symbols;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        if (end > 0) symbols.push_back(base::hash64(text.substr(0, end)));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return symbols;
}

}  // namespace vedette::bench
