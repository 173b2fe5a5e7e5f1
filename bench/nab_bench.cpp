// SPDX-License-Identifier: Apache-2.0
// The Numenta Anomaly Benchmark: one metric series a file, alarms scored by its own rules; our
// fixed alarm against its windowed Gaussian detector in the same run.

#include <fmt/format.h>
#include <simdjson.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <deque>
#include <map>
#include <memory>

#include "base/counters.h"
#include "bench/csv_table.h"
#include "bench/nab_score.h"
#include "bench/scores.h"
#include "bench/series_table.h"
#include "bench/suites.h"
#include "learn/random.h"
#include "learn/series/metric_series.h"

namespace vedette::bench {

namespace {

using Windows = std::vector<std::pair<std::int64_t, std::int64_t>>;

/// A file of labels maps the end of a data file's path to pairs of times.
std::map<std::string, Windows> read_windows(std::string_view text) {
    std::map<std::string, Windows> out;
    simdjson::dom::parser parser;
    simdjson::dom::object files;
    if (parser.parse(text.data(), text.size()).get(files) != simdjson::SUCCESS) return {};
    for (const auto& [name, value] : files) {
        simdjson::dom::array windows;
        if (value.get(windows) != simdjson::SUCCESS) return {};
        Windows& all = out[std::string(name)];
        for (const simdjson::dom::element window : windows) {
            std::string_view first, last;
            if (window.at(0).get(first) != simdjson::SUCCESS ||
                window.at(1).get(last) != simdjson::SUCCESS) {
                return {};
            }
            const auto from = read_series_time(first), to = read_series_time(last);
            if (from && to) all.emplace_back(*from, *to);
        }
    }
    return out;
}

std::string_view last_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// By the longest name that the path has in it; else by the file's own name.
const Windows* windows_of(const std::map<std::string, Windows>& all, std::string_view path) {
    for (const auto& [name, windows] : all) {
        if (path.find(name) != std::string_view::npos) return &windows;
    }
    for (const auto& [name, windows] : all) {
        if (last_name(path).starts_with(last_name(name))) return &windows;
    }
    return nullptr;
}

/// The labelled stretches of a column of labels.
Windows windows_of(const SeriesTable& table) {
    Windows out;
    for (std::size_t i = 0; i < table.labels.size(); ++i) {
        if (!table.labels[i]) continue;
        if (i == 0 || !table.labels[i - 1]) out.emplace_back(table.times_s[i], 0);
        out.back().second = table.times_s[i];
    }
    return out;
}

struct Judged {
    NabWindows windows;
    std::vector<bool> alarms, peer_alarms;
    std::vector<double> bits, p;
};

/// The benchmark's windowed Gaussian: 1 less the upper tail under a normal distribution of the
/// last 6,400 values, moved on by 100; it alarms at 1, as published.
std::vector<bool> windowed_gaussian(const std::vector<std::vector<double>>& rows) {
    constexpr std::size_t kWindow = 6'400, kStep = 100;
    std::deque<double> window;
    std::vector<double> waiting;
    double sum = 0, squares = 0;
    const auto take = [&](double value) {
        window.push_back(value);
        sum += value;
        squares += value * value;
    };
    std::vector<bool> out;
    for (const auto& row : rows) {
        const double count = static_cast<double>(window.size());
        const double mean = window.empty() ? 0 : sum / count;
        const double variance = window.empty() ? 1 : squares / count - mean * mean;
        const double deviation = std::sqrt(std::max(variance, 1e-12));
        const double away = std::abs(row[0] - mean) / deviation;
        out.push_back(!window.empty() && 1 - 0.5 * std::erfc(away / std::sqrt(2.0)) >= 1);
        if (window.size() < kWindow) {
            take(row[0]);
            continue;
        }
        waiting.push_back(row[0]);
        if (waiting.size() < kStep) continue;
        for (const double value : waiting) {
            sum -= window.front();
            squares -= window.front() * window.front();
            window.pop_front();
            take(value);
        }
        waiting.clear();
    }
    return out;
}

Judged judge(const SeriesTable& table, const Windows& windows, std::uint64_t& cpu_ns) {
    Judged out{NabWindows(table.times_s, windows), {}, windowed_gaussian(table.rows), {}, {}};
    learn::MetricSeries series;
    std::vector<learn::SeriesJudgement> all(table.rows.size());
    const std::uint64_t begin = base::thread_cpu_ns();
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        all[i] = series.observe({table.times_s[i] * base::kNsPerSecond}, table.rows[i][0]);
    }
    cpu_ns += base::thread_cpu_ns() - begin;
    for (const learn::SeriesJudgement& one : all) {
        out.alarms.push_back(one.is_alarm);
        out.bits.push_back(one.bits);
        out.p.push_back(one.p);
    }
    return out;
}

struct Sum {
    double raw = 0, peer_raw = 0;
    std::size_t windows = 0;
    void add(const Judged& one, const NabProfile& profile) {
        raw += one.windows.raw_score(one.alarms, profile);
        peer_raw += one.windows.raw_score(one.peer_alarms, profile);
        windows += one.windows.window_count();
    }
};

/// 95 % of the differences to the peer when files are drawn with repetition, seed fixed.
std::pair<double, double> paired_interval(const std::vector<Judged>& all) {
    constexpr std::size_t kDraws = 1'000;
    learn::Random random(1);
    std::vector<Sum> files(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) files[i].add(all[i], kNabStandard);
    std::vector<double> differences;
    for (std::size_t draw = 0; draw < kDraws; ++draw) {
        Sum sum;
        for (std::size_t i = 0; i < files.size(); ++i) {
            const Sum& file = files[random.below(static_cast<std::uint32_t>(files.size()))];
            sum.raw += file.raw;
            sum.peer_raw += file.peer_raw;
            sum.windows += file.windows;
        }
        differences.push_back(nab_normalised(sum.raw - sum.peer_raw, sum.windows, kNabStandard) -
                              nab_normalised(0, sum.windows, kNabStandard));
    }
    std::sort(differences.begin(), differences.end());
    return {differences[kDraws / 40], differences[kDraws - 1 - kDraws / 40]};
}

void print(const std::vector<Judged>& all, std::size_t unlabelled, std::uint64_t cpu_ns) {
    Scores scores;
    std::size_t points = 0, negatives = 0, at_percent = 0, at_permille = 0, false_alarms = 0;
    Sum standard, low_false, low_missed;
    for (const Judged& one : all) {
        standard.add(one, kNabStandard);
        low_false.add(one, kNabLowFalse);
        low_missed.add(one, kNabLowMissed);
        points += one.bits.size();
        for (std::size_t i = one.windows.probation(); i < one.bits.size(); ++i) {
            const bool is_odd = one.windows.is_in_window(i);
            scores.add(one.bits[i], is_odd);
            if (is_odd) continue;
            ++negatives;
            at_percent += one.p[i] < 0.01;
            at_permille += one.p[i] < 0.001;
            false_alarms += one.alarms[i];
        }
    }
    const double false_points = std::max<double>(1, static_cast<double>(negatives));
    const auto [low, high] = paired_interval(all);
    const double seconds = static_cast<double>(cpu_ns) / 1e9;
    fmt::print(
        "{{\"suite\":\"nab\",{},\"files\":{},\"files_without_labels\":{},\"windows\":{},"
        "\"nab_standard\":{:.2f},\"nab_low_fp\":{:.2f},\"nab_low_fn\":{:.2f},"
        "\"threshold\":\"fixed\",\"false_alarm_points\":{},"
        "\"peer\":{{\"name\":\"windowed_gaussian\",\"nab_standard\":{:.2f},"
        "\"difference_interval\":[{:.2f},{:.2f}]}},"
        "\"false_alarms\":{{\"0.01\":{:.5f},\"0.001\":{:.5f}}},"
        "\"points_per_second\":{:.0f},\"seconds\":{:.3f}}}\n",
        scores.json(), all.size(), unlabelled, standard.windows,
        nab_normalised(standard.raw, standard.windows, kNabStandard),
        nab_normalised(low_false.raw, low_false.windows, kNabLowFalse),
        nab_normalised(low_missed.raw, low_missed.windows, kNabLowMissed), false_alarms,
        nab_normalised(standard.peer_raw, standard.windows, kNabStandard), low, high,
        static_cast<double>(at_percent) / false_points,
        static_cast<double>(at_permille) / false_points,
        static_cast<double>(points) / std::max(seconds, 1e-9), seconds);
}

base::Result<void> run_nab(const std::string& path) {
    VD_TRY(const std::vector<DataFile> files, read_data_files(path));
    std::map<std::string, Windows> windows;
    for (const DataFile& file : files) {
        if (file.text.starts_with('{')) windows.merge(read_windows(file.text));
    }
    std::vector<Judged> all;
    std::size_t unlabelled = 0;
    std::uint64_t cpu_ns = 0;
    for (const DataFile& file : files) {
        const auto table = read_series(file.path, file.text);
        if (!table || table->names.size() != 1) continue;
        if (!table->labels.empty()) {
            all.push_back(judge(*table, windows_of(*table), cpu_ns));
        } else if (const Windows* found = windows_of(windows, table->path)) {
            all.push_back(judge(*table, *found, cpu_ns));
        } else {
            ++unlabelled;
        }
    }
    if (all.empty()) {
        return base::fail(base::ErrorCode::not_found, "no labelled series in " + path, {},
                          "wanted: a folder with files `timestamp,value` and a JSON file that maps "
                          "their paths to windows");
    }
    print(all, unlabelled, cpu_ns);
    return {};
}

}  // namespace

void add_nab(CLI::App& app, std::function<int()>& chosen) {
    const auto path = std::make_shared<std::string>();
    CLI::App* const command = app.add_subcommand("nab", "metric series of the Numenta benchmark");
    const auto unused = std::make_shared<std::string>();
    command->add_option("--data", *path, "folder with series and a file of windows")->required();
    command->add_option("--fit", *unused,
                        "accepted and not used: a series is judged from its start");
    command->callback([path, unused, &chosen] {
        chosen = [path] {
            const auto done = run_nab(*path);
            if (!done) fmt::print(stderr, "vedette-bench: {}\n", done.error().message());
            return done ? 0 : 2;
        };
    });
}

}  // namespace vedette::bench
