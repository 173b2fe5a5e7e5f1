// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace vedette::bench {

/// Adds a sub-command whose callback sets `chosen` to the function that runs the suite.
using AddSuite = void (*)(CLI::App& app, std::function<int()>& chosen);

// One per file `<name>_bench.cpp`: a line here, a line in the list.
void add_parse(CLI::App& app, std::function<int()>& chosen);
void add_formats(CLI::App& app, std::function<int()>& chosen);
void add_rows(CLI::App& app, std::function<int()>& chosen);
void add_ingest(CLI::App& app, std::function<int()>& chosen);
void add_lists(CLI::App& app, std::function<int()>& chosen);
void add_indicators(CLI::App& app, std::function<int()>& chosen);
void add_search(CLI::App& app, std::function<int()>& chosen);
void add_replay(CLI::App& app, std::function<int()>& chosen);
void add_sigma(CLI::App& app, std::function<int()>& chosen);
void add_checkpoint(CLI::App& app, std::function<int()>& chosen);
void add_analytics(CLI::App& app, std::function<int()>& chosen);
void add_learn(CLI::App& app, std::function<int()>& chosen);
void add_loghub2k(CLI::App& app, std::function<int()>& chosen);
void add_schonlau(CLI::App& app, std::function<int()>& chosen);
void add_adfa_ld(CLI::App& app, std::function<int()>& chosen);
void add_sequences(CLI::App& app, std::function<int()>& chosen);
void add_hdfs_100k(CLI::App& app, std::function<int()>& chosen);
void add_vectors(CLI::App& app, std::function<int()>& chosen);
void add_nab(CLI::App& app, std::function<int()>& chosen);
void add_sister(CLI::App& app, std::function<int()>& chosen);
void add_soak(CLI::App& app, std::function<int()>& chosen);
void add_vector_rows(CLI::App& app, std::function<int()>& chosen);

inline constexpr AddSuite kSuites[] = {
    add_parse,    add_formats,   add_rows,      add_ingest,      add_lists,   add_indicators,
    add_search,   add_replay,    add_sigma,     add_checkpoint,  add_learn,   add_loghub2k,
    add_schonlau, add_adfa_ld,   add_sequences, add_hdfs_100k,   add_vectors, add_nab,
    add_sister,   add_analytics, add_soak,      add_vector_rows,
};

}  // namespace vedette::bench
