// SPDX-License-Identifier: Apache-2.0
// Host intrusion in system calls: one model of variable order learns the normal traces of --fit
// (without --fit: each trace after it was judged); a trace scores the mean surprise of its
// calls. The order was chosen on halves of the development part.

#include <vector>

#include "bench/session_suite.h"
#include "bench/suites.h"
#include "learn/sequence/sequence_model.h"

namespace vedette::bench {

namespace {

constexpr std::size_t kOrder = 6;

struct Trace {
    std::vector<std::uint64_t> calls;
    bool is_attack = false;
};

std::vector<Trace> traces_of(const std::vector<DataFile>& files) {
    std::vector<Trace> traces;
    for (const CsvTable& table : tables_with(files, {"label", "syscalls"})) {
        const std::size_t label = *table.find("label"), calls = *table.find("syscalls");
        for (const auto& row : table.rows) {
            traces.push_back({symbols_of(row[calls]), row[label] == "1"});
            if (traces.back().calls.empty()) traces.pop_back();
        }
    }
    return traces;
}

void learn_trace(learn::SequenceModel& model, const Trace& trace) {
    for (std::size_t i = 0; i < trace.calls.size(); ++i) {
        model.learn(0, std::span(trace.calls.data(), i), trace.calls[i]);
    }
}

double judge(const learn::SequenceModel& model, const Trace& trace) {
    double bits = 0;
    for (std::size_t i = 0; i < trace.calls.size(); ++i) {
        bits += model.surprise(0, std::span(trace.calls.data(), i), trace.calls[i]).bits;
    }
    return bits / static_cast<double>(trace.calls.size());
}

base::Result<SessionResult> run(const std::vector<DataFile>& fit,
                                const std::vector<DataFile>& data) {
    learn::SequenceModel model({.order_max = kOrder, .cells = 1 << 20});
    for (const Trace& trace : traces_of(fit)) {
        if (!trace.is_attack) learn_trace(model, trace);
    }
    SessionResult result;
    for (const Trace& trace : traces_of(data)) {
        result.scores.add(judge(model, trace), trace.is_attack);
        if (fit.empty()) learn_trace(model, trace);
    }
    return result;
}

}  // namespace

void add_adfa_ld(CLI::App& app, std::function<int()>& chosen) {
    add_session_suite(app, chosen, "adfa_ld", "attacks in traces of system calls", run);
}

}  // namespace vedette::bench
