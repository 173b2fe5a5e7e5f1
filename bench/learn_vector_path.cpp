// SPDX-License-Identifier: Apache-2.0
// Of one row of sixteen numbers all that is asked of it as a whole: projections look at every row,
// the forest at those that the projections find least usual, autoencoders at every row. The forest
// learns one row in eight and so remembers eight times as long; projections and autoencoders learn
// all.

#include <algorithm>
#include <vector>

#include "bench/learn_report.h"
#include "learn/autoencoder/autoencoder_ensemble.h"
#include "learn/calibrator/calibrator.h"
#include "learn/forest/projections.h"
#include "learn/forest/random_cut_forest.h"
#include "learn/random.h"

namespace vedette::bench {

namespace {

using namespace learn;

constexpr std::size_t kRowDimensions = 16, kRows = 20'000;
/// Rows less usual than so many others go to the forest.
constexpr double kLetThrough = 0.1;
constexpr std::size_t kLearnedEvery = 8;

/// Numbers in groups of four that go together; one row in a hundred has a number that does not.
std::vector<std::vector<float>> make_rows(std::uint64_t seed) {
    Random random(seed);
    std::vector<std::vector<float>> rows(kRows);
    for (auto& row : rows) {
        double base = 0;
        for (std::size_t i = 0; i < kRowDimensions; ++i) {
            if (i % 4 == 0) base = random.normal();
            row.push_back(static_cast<float>(base + 0.2 * random.normal()));
        }
        if (random.below(100) == 0) row[random.below(kRowDimensions)] += 4;
    }
    return rows;
}

class VectorPath {
  public:
    double observe(const std::vector<float>& row, std::int64_t number) {
        const base::Timestamp time{number * base::kNsPerMs};
        const double bits = filter_.observe(row);
        const double p = usual_.ask(bits, 1, nullptr).p;
        usual_.insert(time, bits);
        double score = 0;
        was_let_through = p < kLetThrough;
        if (was_let_through) score = forest_.score(row);
        if (number % static_cast<std::int64_t>(kLearnedEvery) == 0) forest_.update(row);
        return score + ensemble_.observe(row);
    }
    double forest_score(const std::vector<float>& row) const { return forest_.score(row); }

    bool was_let_through = false;

  private:
    ProjectionFilter filter_{{.dimensions = kRowDimensions}};
    Calibrator usual_;
    RandomCutForest forest_{{.dimensions = kRowDimensions}};
    AutoencoderEnsemble ensemble_{{.dimensions = kRowDimensions}};
};

/// Of the rows that the forest finds oddest, one in a hundred of all, those that it never saw.
void measure_loss(LearnReport& report, VectorPath& path, std::int64_t number) {
    std::vector<std::pair<double, bool>> judged;
    double let_through = 0;
    for (const auto& row : make_rows(3)) {
        const double score = path.forest_score(row);
        report.use(path.observe(row, ++number));
        judged.emplace_back(-score, path.was_let_through);
        let_through += path.was_let_through ? 1 : 0;
    }
    std::sort(judged.begin(), judged.end());
    const std::size_t odd = judged.size() / 100;
    const auto lost = std::count_if(judged.begin(), judged.begin() + static_cast<long>(odd),
                                    [](const auto& one) { return !one.second; });
    report.tell("vector_path_let_through", let_through / static_cast<double>(judged.size()));
    report.tell("vector_path_lost_of_oddest", static_cast<double>(lost) / static_cast<double>(odd));
}

}  // namespace

double measure_vector_path(LearnReport& report) {
    const auto rows = make_rows(2);
    VectorPath path;
    std::int64_t number = 0;
    for (const auto& row : rows) report.use(path.observe(row, ++number));
    const double ns = report.measure("vector path, a row of 16 numbers", 0, kRows, [&] {
        for (const auto& row : rows) report.use(path.observe(row, ++number));
    });
    measure_loss(report, path, number);
    return ns;
}

}  // namespace vedette::bench
