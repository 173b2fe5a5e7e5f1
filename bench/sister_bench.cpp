// SPDX-License-Identifier: Apache-2.0
// Plants and pumps: several series that hang together. skab: each file is learned from its first
// 400 rows; batadal: from the rows of --fit that are not labelled, or from the first 600.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <memory>

#include "base/counters.h"
#include "bench/scores.h"
#include "bench/series_table.h"
#include "bench/suites.h"
#include "learn/series/sister_series.h"

namespace vedette::bench {

namespace {

struct SisterOptions {
    std::string name, fit, data;
    std::size_t rows_to_learn = 0;  // of the data itself, where there is no --fit
};

/// The peer: the largest distance from the mean of any series, in deviations.
class LargestDeviation {
  public:
    void learn(const std::vector<double>& row) {
        if (sums_.empty()) sums_.assign(row.size(), {0, 0});
        for (std::size_t i = 0; i < row.size(); ++i) {
            sums_[i].first += row[i];
            sums_[i].second += row[i] * row[i];
        }
        ++count_;
    }
    double judge(const std::vector<double>& row) const {
        double most = 0;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const double mean = sums_[i].first / count_;
            const double variance = sums_[i].second / count_ - mean * mean;
            if (variance > 1e-12) {
                most = std::max(most, std::abs(row[i] - mean) / std::sqrt(variance));
            }
        }
        return most;
    }

  private:
    std::vector<std::pair<double, double>> sums_;
    double count_ = 0;
};

struct Suite {
    Scores scores, peer;
    std::size_t files = 0, not_judged = 0;
    std::uint64_t cpu_ns = 0;
};

/// Judges the rows from `first` on by what was learned.
void judge_rows(learn::SisterSeries& series, const LargestDeviation& peer, const SeriesTable& table,
                std::size_t first, Suite& suite) {
    for (std::size_t i = first; i < table.rows.size(); ++i) {
        const std::uint64_t begin = base::thread_cpu_ns();
        const double score = series.judge(table.rows[i]).score;
        suite.cpu_ns += base::thread_cpu_ns() - begin;
        suite.scores.add(score, table.labels[i]);
        suite.peer.add(peer.judge(table.rows[i]), table.labels[i]);
    }
}

void print(const SisterOptions& options, const Suite& suite) {
    fmt::print(
        "{{\"suite\":\"{}\",{},\"files\":{},\"files_not_judged\":{},\"f1\":{:.4f},"
        "\"threshold\":{},\"false_alarms_at_threshold\":{:.4f},"
        "\"peer\":{{\"name\":\"largest_deviation\",\"auc\":{:.4f},\"auc_half_interval\":{:.4f}}},"
        "\"seconds\":{:.3f}}}\n",
        options.name, suite.scores.json(), suite.files, suite.not_judged,
        suite.scores.f1(learn::kSisterAlarm), learn::kSisterAlarm,
        suite.scores.false_share(learn::kSisterAlarm), suite.peer.auc(),
        suite.peer.auc_half_interval(), static_cast<double>(suite.cpu_ns) / 1e9);
}

/// Whether the tables can be told of by one model.
bool are_alike(const SeriesTable& one, const SeriesTable& other) {
    return one.names.size() == other.names.size();
}

base::Result<void> run(const SisterOptions& options) {
    VD_TRY(const auto tables, read_all_series(options.data));
    std::vector<SeriesTable> fits;
    if (!options.fit.empty()) {
        VD_TRY(fits, read_all_series(options.fit));
    }
    Suite suite;
    for (const SeriesTable& table : tables) {
        const std::size_t count = table.names.size();
        if (table.labels.empty() || count < 2 || count > learn::SisterSeries::kSeriesMax) continue;
        learn::SisterSeries series(count);
        LargestDeviation peer;
        std::size_t first = 0;
        for (const SeriesTable& fit : fits) {
            if (!are_alike(fit, table)) continue;
            for (std::size_t i = 0; i < fit.rows.size(); ++i) {
                if (!fit.labels.empty() && fit.labels[i]) continue;
                series.learn(fit.rows[i]);
                peer.learn(fit.rows[i]);
            }
        }
        if (fits.empty()) {
            first = std::min(options.rows_to_learn, table.rows.size() / 2);
            for (std::size_t i = 0; i < first; ++i) {
                series.learn(table.rows[i]);
                peer.learn(table.rows[i]);
            }
        }
        if (!series.settle()) {
            ++suite.not_judged;
            continue;
        }
        ++suite.files;
        judge_rows(series, peer, table, first, suite);
    }
    if (suite.files == 0) {
        return base::fail(base::ErrorCode::not_found,
                          "no labelled series that hang together in " + options.data, {},
                          "wanted: a time, two to 64 numbers, a column anomaly or ATT_FLAG");
    }
    print(options, suite);
    return {};
}

void add_suite(CLI::App& app, std::function<int()>& chosen, const std::string& name,
               const std::string& help, std::size_t rows_to_learn) {
    const auto options = std::make_shared<SisterOptions>();
    options->name = name;
    options->rows_to_learn = rows_to_learn;
    CLI::App* const command = app.add_subcommand(name, help);
    command->add_option("--data", options->data, "file or folder of series")->required();
    command->add_option("--fit", options->fit,
                        "file or folder of the same series; its unlabelled rows are learned from");
    command->callback([options, &chosen] {
        chosen = [options] {
            const auto done = run(*options);
            if (!done) fmt::print(stderr, "vedette-bench: {}\n", done.error().message());
            return done ? 0 : 2;
        };
    });
}

}  // namespace

void add_sister(CLI::App& app, std::function<int()>& chosen) {
    add_suite(app, chosen, "skab", "eight sensors of a pump, each file from its start", 400);
    add_suite(app, chosen, "batadal", "a water works' process values", 600);
}

}  // namespace vedette::bench
