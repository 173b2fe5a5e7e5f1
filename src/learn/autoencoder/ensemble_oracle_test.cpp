// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "learn/autoencoder/autoencoder_ensemble.h"
#include "learn/autoencoder/test_plain_autoencoder.h"

namespace vedette::learn {
namespace {

/// The whole ensemble as its header tells it, in double and with nothing kept that can be computed
/// again: the grouping by looking at all members of all groups, plain networks, plain means.
class PlainEnsemble {
  public:
    explicit PlainEnsemble(const EnsembleSettings& settings)
        : settings_(settings), random_(settings.seed), features_(settings.dimensions) {}

    double observe(const std::vector<double>& point, double risk) {
        const std::vector<double> seen_as = laid_out(point);
        const double value = nets_.empty() ? 0 : run(seen_as);
        const double limit = gate();
        const bool is_usual = value <= limit;
        const double share = std::max(1 / (seen_ + 1), 1 / settings_.memory_points) * (1 - risk);
        if (!nets_.empty() && risk < 1) {
            scores_.add(std::min(value, limit), share);
            if (is_usual) learn(settings_.rate * (1 - risk), share);
        }
        if (is_usual) teach_features(point, share);
        seen_ += 1;
        if (nets_.empty()) {
            warm_up_.push_back(seen_as);
            if (warm_up_.size() == settings_.warm_up) make_nets();
        }
        return value;
    }
    const std::vector<std::vector<std::uint32_t>>& groups() const { return groups_; }

  private:
    struct Usual {
        double mean = 0, variance = 0;
        double spread() const { return std::sqrt(variance); }
        /// West's update of an exponentially weighted mean and variance.
        void add(double value, double share) {
            const double off = value - mean;
            mean += share * off;
            variance = (1 - share) * (variance + share * off * off);
        }
    };
    struct Net {
        PlainAutoencoder plain;
        std::vector<double> input, output;
        double error() const {
            double squares = 0;
            for (std::size_t i = 0; i < input.size(); ++i)
                squares += std::pow(output[i] - input[i], 2);
            return std::sqrt(squares / static_cast<double>(input.size()));
        }
    };

    static double squashed(double spreads) { return 0.5 + 0.5 * spreads / (4 + std::abs(spreads)); }
    std::vector<double> laid_out(const std::vector<double>& point) const {
        std::vector<double> out;
        for (std::size_t i = 0; i < point.size(); ++i) {
            const double off = point[i] - features_[i].mean, spread = features_[i].spread();
            out.push_back(spread > 0 ? squashed(off / spread) : off == 0 ? 0.5 : off > 0 ? 1 : 0);
        }
        return out;
    }
    double gate() const {
        if (seen_ < 2.0 * static_cast<double>(settings_.warm_up)) {
            return std::numeric_limits<double>::infinity();
        }
        return scores_.mean + settings_.gate_spreads * scores_.spread();
    }
    double run(const std::vector<double>& seen_as) {
        std::vector<double> errors;
        for (std::size_t g = 0; g < groups_.size(); ++g) {
            nets_[g].input.clear();
            for (const std::uint32_t feature : groups_[g]) {
                nets_[g].input.push_back(seen_as[feature]);
            }
            nets_[g].output = nets_[g].plain.reconstruct(nets_[g].input);
            const double off = nets_[g].error() - errors_[g].mean;
            errors.push_back(squashed(off / (errors_[g].spread() + 1e-6)));
        }
        nets_.back().input = errors;
        nets_.back().output = nets_.back().plain.reconstruct(errors);
        return nets_.back().error();
    }
    void learn(double rate, double share) {
        for (Net& net : nets_) net.plain.learn(net.input, net.output, rate);
        for (std::size_t g = 0; g < groups_.size(); ++g) errors_[g].add(nets_[g].error(), share);
    }
    void teach_features(const std::vector<double>& point, double share) {
        for (std::size_t i = 0; i < point.size(); ++i) {
            Usual& own = features_[i];
            const double reach = 4 * own.spread();
            const bool is_bounded = !nets_.empty() && reach > 0;
            own.add(
                is_bounded ? std::clamp(point[i], own.mean - reach, own.mean + reach) : point[i],
                share);
        }
    }

    double correlation(std::size_t a, std::size_t b) const {
        double mean_a = 0, mean_b = 0, both = 0, square_a = 0, square_b = 0;
        const auto count = static_cast<double>(warm_up_.size());
        for (const auto& point : warm_up_) {
            mean_a += point[a] / count;
            mean_b += point[b] / count;
        }
        for (const auto& point : warm_up_) {
            both += (point[a] - mean_a) * (point[b] - mean_b);
            square_a += std::pow(point[a] - mean_a, 2);
            square_b += std::pow(point[b] - mean_b, 2);
        }
        const double squares = square_a * square_b;
        return squares > 0 ? both / std::sqrt(squares) : 0;
    }
    double distance(const std::vector<std::uint32_t>& one,
                    const std::vector<std::uint32_t>& other) const {
        double farthest = 0;
        for (const std::uint32_t a : one) {
            for (const std::uint32_t b : other) {
                farthest = std::max(farthest, 1 - std::abs(correlation(a, b)));
            }
        }
        return farthest;
    }
    void make_nets() {
        for (std::uint32_t i = 0; i < settings_.dimensions; ++i) groups_.push_back({i});
        for (;;) {
            double closest = std::numeric_limits<double>::infinity();
            std::size_t first = 0, second = 0;
            for (std::size_t a = 0; a < groups_.size(); ++a) {
                for (std::size_t b = a + 1; b < groups_.size(); ++b) {
                    if (groups_[a].size() + groups_[b].size() > settings_.inputs_max) continue;
                    const double between = distance(groups_[a], groups_[b]);
                    if (between >= closest) continue;
                    closest = between;
                    first = a;
                    second = b;
                }
            }
            if (std::isinf(closest)) break;
            groups_[first].insert(groups_[first].end(), groups_[second].begin(),
                                  groups_[second].end());
            groups_.erase(groups_.begin() + static_cast<std::ptrdiff_t>(second));
        }
        for (auto& group : groups_) std::sort(group.begin(), group.end());
        std::sort(groups_.begin(), groups_.end());
        for (const auto& group : groups_) add_net(group.size());
        add_net(groups_.size());
        errors_.resize(groups_.size());
    }
    void add_net(std::size_t inputs) {
        const double hidden = std::ceil(static_cast<double>(inputs) * settings_.hidden_share);
        nets_.push_back(
            {PlainAutoencoder(inputs, static_cast<std::size_t>(hidden), random_), {}, {}});
    }

    EnsembleSettings settings_;
    Random random_;
    std::vector<Usual> features_, errors_;
    Usual scores_;
    std::vector<std::vector<double>> warm_up_;
    std::vector<std::vector<std::uint32_t>> groups_;
    std::vector<Net> nets_;
    double seen_ = 0;
};

/// Four kinds of numbers that move together in threes, one that goes alone and one that never
/// moves at first; now and then a point that breaks everything.
std::vector<float> oracle_point(Random& random, int step) {
    std::vector<float> point;
    for (int group = 0; group < 4; ++group) {
        const double base = random.normal() * (group + 1);
        for (int i = 0; i < 3; ++i) {
            const double sign = i == 2 ? -1 : 1;
            point.push_back(static_cast<float>(10 * group + sign * base + 0.2 * random.normal()));
        }
    }
    point.push_back(static_cast<float>(random.unit()));
    point.push_back(step < 600 ? 7.0F : 7.0F + static_cast<float>(random.below(3)));
    if (step % 97 == 96) {
        for (float& number : point) number = static_cast<float>(40 * random.normal());
    }
    return point;
}

TEST(AutoencoderEnsemble, IsThePlainOneOfSeveralNetworksThroughThousandsOfPoints) {
    for (const std::size_t inputs_max : {3, 5, 10}) {
        const EnsembleSettings settings{14, inputs_max, 0.75, 0.1, 400, 3, 2'000, 9};
        AutoencoderEnsemble ours(settings);
        PlainEnsemble plain(settings);
        Random random(11);
        double most = 0;
        std::uint64_t told = 0;
        for (int step = 0; step < 4'000; ++step) {
            const std::vector<float> point = oracle_point(random, step);
            const double risk = step % 5 == 0 ? 0.5 : step % 11 == 0 ? 1 : 0;
            const double score = ours.observe(point, risk);
            const double expected = plain.observe({point.begin(), point.end()}, risk);
            ASSERT_NEAR(score, expected, 2e-3) << "step " << step << " of " << inputs_max;
            most = std::max(most, score);
            told += score > 0 ? 1 : 0;
        }
        EXPECT_EQ(ours.groups(), plain.groups());
        EXPECT_GE(ours.groups().size(), 2u) << "several networks, and one over them";
        EXPECT_GT(most, 0.05);
        EXPECT_GT(told, 3'500u);
        EXPECT_LT(ours.learned_count(), 3'570u) << "the gate was closed to some";
    }
}

}  // namespace
}  // namespace vedette::learn
