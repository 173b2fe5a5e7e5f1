// SPDX-License-Identifier: Apache-2.0
// How well odd rows are found: nsl_kdd, unsw_nb15, zeek_ctu, iot23. One configuration for all.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <unordered_map>

#include "base/counters.h"
#include "base/json_text.h"
#include "bench/labelled_rows.h"
#include "bench/session_suite.h"
#include "bench/suites.h"
#include "learn/forest/random_cut_forest.h"
#include "learn/random.h"
#include "learn/vector_model/vector_model.h"

namespace vedette::bench {

namespace {

constexpr std::size_t kRowsKept = 4'096;
constexpr int kResamplings = 400;

learn::VectorRow row_of(const LabelledRows& rows, std::size_t at) {
    const std::size_t numbers = rows.numbers.size(), categories = rows.categories.size();
    return {std::span(rows.number_cells).subspan(at * numbers, numbers),
            std::span(rows.category_cells).subspan(at * categories, categories)};
}

/// The peer: a random cut forest of 100 trees of 256 points over logarithms in standard units and,
/// of categories, how rare they are. Scales are those of the benign part, or of the first rows.
class ForestPeer {
  public:
    explicit ForestPeer(const LabelledRows& rows, bool has_labels)
        : numbers_(rows.numbers.size()),
          width_(numbers_ + rows.categories.size()),
          forest_({.dimensions = width_,
                   .trees = 100,
                   .points = 256,
                   .memory_points = has_labels ? 1e9 : 2'560}),
          sum_(width_),
          squares_(width_),
          counts_(rows.categories.size()) {
        const std::size_t end = has_labels ? rows.size() : std::min<std::size_t>(rows.size(), 256);
        for (std::size_t i = 0; i < end; ++i) {
            if (!has_labels || rows.labels[i] == RowLabel::benign) scale(row_of(rows, i));
        }
    }
    double score(const learn::VectorRow& row) const { return forest_.score(point(row)); }
    void learn(const learn::VectorRow& row) { forest_.update(point(row)); }

  private:
    static double number(double value) {
        if (!std::isfinite(value)) return 0;
        return std::copysign(std::log1p(std::abs(value)), value);
    }
    void scale(const learn::VectorRow& row) {
        rows_ += 1;
        for (std::size_t i = 0; i < numbers_; ++i) {
            const double value = number(row.numbers[i]);
            sum_[i] += value;
            squares_[i] += value * value;
        }
        for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i][row.categories[i]] += 1;
    }
    std::vector<float> point(const learn::VectorRow& row) const {
        std::vector<float> out;
        for (std::size_t i = 0; i < numbers_; ++i) {
            const double mean = sum_[i] / std::max(rows_, 1.0);
            const double variance = squares_[i] / std::max(rows_, 1.0) - mean * mean;
            out.push_back(static_cast<float>((number(row.numbers[i]) - mean) /
                                             std::sqrt(std::max(variance, 0.01))));
        }
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            const auto found = counts_[i].find(row.categories[i]);
            const double count = found == counts_[i].end() ? 0 : found->second;
            out.push_back(static_cast<float>(std::log((rows_ + 1) / (count + 1)) / 2));
        }
        return out;
    }

    std::size_t numbers_, width_;
    learn::RandomCutForest forest_;
    double rows_ = 0;
    std::vector<double> sum_, squares_;
    std::vector<std::unordered_map<std::uint32_t, double>> counts_;
};

/// Areas under two curves over the same resamplings of the rows.
struct Interval {
    double low = 0, high = 0;
};

/// One resampling's area: `order` from the greatest score, `weights` by row.
double weighted_auc(const std::vector<std::size_t>& order, const std::vector<double>& scores,
                    const std::vector<bool>& is_positive, const std::vector<int>& weights) {
    double hits = 0, misses = 0, area = 0;
    for (std::size_t i = 0; i < order.size();) {
        double same_hits = 0, same_misses = 0;
        const double score = scores[order[i]];
        for (; i < order.size() && scores[order[i]] == score; ++i) {
            (is_positive[order[i]] ? same_hits : same_misses) += weights[order[i]];
        }
        area += same_misses * (hits + same_hits / 2);
        hits += same_hits;
        misses += same_misses;
    }
    return hits == 0 || misses == 0 ? 0.5 : area / (hits * misses);
}

/// 95 % interval of the difference of areas, ours less the peer's; rows are drawn with replacement
/// (Poisson weights), the same rows for both.
Interval paired_interval(const std::vector<double>& ours, const std::vector<double>& peers,
                         const std::vector<bool>& is_positive) {
    const auto order_of = [](const std::vector<double>& scores) {
        std::vector<std::size_t> order(scores.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::sort(order.begin(), order.end(),
                  [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
        return order;
    };
    const auto our_order = order_of(ours), peer_order = order_of(peers);
    learn::Random random(7);
    std::vector<double> differences;
    std::vector<int> weights(ours.size());
    for (int i = 0; i < kResamplings; ++i) {
        for (int& weight : weights) {
            weight = 0;
            for (double left = random.unit(); left > 0.36787944117144233; left *= random.unit()) {
                ++weight;
            }
        }
        differences.push_back(weighted_auc(our_order, ours, is_positive, weights) -
                              weighted_auc(peer_order, peers, is_positive, weights));
    }
    std::sort(differences.begin(), differences.end());
    return {differences[kResamplings / 40], differences[kResamplings - kResamplings / 40 - 1]};
}

base::Result<SessionResult> judge(ReadRows read, const std::vector<DataFile>& fit_files,
                                  const std::vector<DataFile>& data_files) {
    VD_TRY(const LabelledRows data, read(data_files));
    LabelledRows fit;
    if (!fit_files.empty()) {
        VD_TRY(fit, read(fit_files));
    }
    const bool has_fit = fit.size() > 0;
    learn::VectorModel model({data.numbers.size(), data.categories.size()}, kRowsKept);
    ForestPeer peer(has_fit ? fit : data, has_fit);
    for (std::size_t i = 0; i < fit.size(); ++i) {
        if (fit.labels[i] != RowLabel::benign) continue;
        model.learn(row_of(fit, i));
        peer.learn(row_of(fit, i));
    }
    model.settle();
    std::vector<double> ours, peers;
    std::vector<bool> is_positive;
    SessionResult result;
    Scores peer_scores;
    std::uint64_t our_ns = 0, peer_ns = 0;
    for (std::size_t i = 0; i < data.size(); ++i) {
        const learn::VectorRow row = row_of(data, i);
        const std::uint64_t begin = base::thread_cpu_ns();
        const double our_score = has_fit ? model.bits(row) : model.observe(row);
        const std::uint64_t between = base::thread_cpu_ns();
        const double peer_score = peer.score(row);
        if (!has_fit) peer.learn(row);
        our_ns += between - begin;
        peer_ns += base::thread_cpu_ns() - between;
        if (data.labels[i] == RowLabel::none) continue;
        ours.push_back(our_score);
        peers.push_back(peer_score);
        is_positive.push_back(data.labels[i] == RowLabel::malicious);
        result.scores.add(our_score, is_positive.back());
        peer_scores.add(peer_score, is_positive.back());
    }
    const Interval gain = paired_interval(ours, peers, is_positive);
    const auto rows = static_cast<double>(data.size());
    result.more = fmt::format(
        R"(,"learned":{},"rows_per_second":{:.0f},"peer":{{"name":"random cut forest",{},"rows_per_second":{:.0f}}},"auc_gain_interval":[{:.4f},{:.4f}])",
        model.learned(), rows * 1e9 / static_cast<double>(our_ns + 1), peer_scores.json(),
        rows * 1e9 / static_cast<double>(peer_ns + 1), gain.low, gain.high);
    return result;
}

/// Of each file of flows by itself, as of a network that nobody has seen before: whether what is
/// malicious comes before all that is benign.
base::Result<SessionResult> run_scenarios(const std::vector<DataFile>& fit,
                                          const std::vector<DataFile>& data) {
    VD_TRY(SessionResult result, judge(read_zeek_flows, fit, data));
    std::string scenarios;
    for (const DataFile& file : data) {
        const auto flows = read_zeek_flows({file});
        if (!flows || flows->count(RowLabel::malicious) == 0) continue;
        VD_TRY(const SessionResult one, judge(read_zeek_flows, fit, {file}));
        const std::size_t malicious = one.scores.positives(), worst = one.scores.worst_rank();
        scenarios += scenarios.empty() ? "\n{\"file\":" : ",\n{\"file\":";
        base::append_json_string(scenarios, std::filesystem::path(file.path).filename().string());
        scenarios += fmt::format(
            R"(,"flows":{},"malicious":{},"auc":{:.4f},"worst_malicious_rank":{},"benign_before_it":{},"malicious_before_every_benign":{:.4f}}})",
            one.scores.size(), malicious, one.scores.auc(), worst, worst - malicious,
            one.scores.recall_at(0));
    }
    result.more += ",\"scenarios\":[" + scenarios + "]";
    return result;
}

template <ReadRows kRead>
base::Result<SessionResult> run(const std::vector<DataFile>& fit,
                                const std::vector<DataFile>& data) {
    return judge(kRead, fit, data);
}

}  // namespace

void add_vectors(CLI::App& app, std::function<int()>& chosen) {
    add_session_suite(app, chosen, "nsl_kdd", "attacks among connections (NSL-KDD)",
                      run<read_nsl_kdd>);
    add_session_suite(app, chosen, "unsw_nb15", "attacks among flows (UNSW-NB15)",
                      run<read_unsw_nb15>);
    add_session_suite(app, chosen, "zeek_ctu", "attacks among Zeek's flows (CTU)",
                      run<read_zeek_flows>);
    add_session_suite(app, chosen, "iot23", "attacks among Zeek's flows (IoT-23)", run_scenarios);
}

}  // namespace vedette::bench
