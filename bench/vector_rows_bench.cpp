// SPDX-License-Identifier: Apache-2.0
// Measures nothing: prints the rows that nsl_kdd, unsw_nb15, zeek_ctu and iot23 judge, with the
// columns as they see them, so that other programs can judge the same (peers/isolation_forest.py).

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>

#include "bench/labelled_rows.h"
#include "bench/suites.h"

namespace vedette::bench {

namespace {

const std::map<std::string, ReadRows>& vector_readers() {
    static const std::map<std::string, ReadRows> readers = {{"nsl_kdd", read_nsl_kdd},
                                                            {"unsw_nb15", read_unsw_nb15},
                                                            {"zeek_ctu", read_zeek_flows},
                                                            {"iot23", read_zeek_flows}};
    return readers;
}

/// A line a row: label, numbers (nothing: missing), categories as numbers (0: missing).
std::string vector_line(const LabelledRows& rows, std::size_t at) {
    const std::size_t numbers = rows.numbers.size(), categories = rows.categories.size();
    const RowLabel label = rows.labels[at];
    std::string out = label == RowLabel::benign ? "benign"
                      : label == RowLabel::none ? "none"
                                                : "malicious";
    for (std::size_t i = 0; i < numbers; ++i) {
        const double number = rows.number_cells[at * numbers + i];
        out += std::isfinite(number) ? fmt::format("\t{}", number) : "\t";
    }
    for (std::size_t i = 0; i < categories; ++i) {
        out += fmt::format("\t{}", rows.category_cells[at * categories + i]);
    }
    return out;
}

base::Result<int> print_vector_rows(const std::string& suite, const std::string& path) {
    VD_TRY(const std::vector<DataFile> files, read_data_files(path));
    VD_TRY(const LabelledRows rows, vector_readers().at(suite)(files));
    std::string names = "label";
    for (const std::string& name : rows.numbers) names += "\tnumber:" + name;
    for (const std::string& name : rows.categories) names += "\tcategory:" + name;
    fmt::print("{}\n", names);
    for (std::size_t i = 0; i < rows.size(); ++i) fmt::print("{}\n", vector_line(rows, i));
    return 0;
}

}  // namespace

void add_vector_rows(CLI::App& app, std::function<int()>& chosen) {
    CLI::App* const command =
        app.add_subcommand("vector_rows", "print the rows that a suite judges, tab-separated");
    const auto suite = std::make_shared<std::string>(), path = std::make_shared<std::string>();
    command->add_option("--suite", *suite, "nsl_kdd, unsw_nb15, zeek_ctu or iot23")
        ->required()
        ->check(CLI::IsMember({"nsl_kdd", "unsw_nb15", "zeek_ctu", "iot23"}));
    command->add_option("--data", *path, "file or folder")->required();
    command->callback([suite, path, &chosen] {
        chosen = [suite, path] {
            const auto done = print_vector_rows(*suite, *path);
            if (done) return *done;
            std::fprintf(stderr, "vedette-bench: %s\n", done.error().message().c_str());
            return 2;
        };
    });
}

}  // namespace vedette::bench
