// SPDX-License-Identifier: Apache-2.0
// vedette-bench SUITE ...: measures one stage against a named peer in the same run.

#include <CLI/CLI.hpp>
#include <functional>

#include "bench/suites.h"

int main(int argc, char** argv) {
    CLI::App app("Measures Vedette against named peers; prints one JSON object a run.",
                 "vedette-bench");
    app.require_subcommand(1);
    std::function<int()> chosen;
    for (const vedette::bench::AddSuite add : vedette::bench::kSuites) add(app, chosen);
    CLI11_PARSE(app, argc, argv);
    return chosen();
}
