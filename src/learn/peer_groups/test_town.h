// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "learn/peer_groups/peer_groups.h"
#include "learn/random.h"

namespace vedette::learn {

/// People of several trades, for tests: each trade has its hours, its doings and its values, each
/// person has habits that are like those of the trade and not the same, and days differ by chance.
class TestTown {
  public:
    static constexpr std::size_t kHours = 8, kDoings = 16, kValues = 16, kLevels = 8;

    static ProfileShape shape() {
        using Kind = ProfileBlock::Kind;
        return ProfileShape({{Kind::shares, kHours, 1},
                             {Kind::shares, kDoings, 1},
                             {Kind::shares, kValues, 0.7},
                             {Kind::means, kLevels, 1}});
    }

    struct Person {
        std::uint64_t key = 0;
        std::size_t trade = 0;
        double events_a_day = 0;
        std::vector<double> habits[3];
    };

    /// Two more trades than `trades` are known; nobody has them yet.
    TestTown(std::uint64_t seed, std::size_t trades, std::size_t people_each,
             double events_a_day = 25)
        : random_(seed) {
        constexpr std::size_t kSizes[3] = {kHours, kDoings, kValues};
        for (std::size_t trade = 0; trade < trades + 2; ++trade) {
            trades_.emplace_back();
            for (const std::size_t size : kSizes) {
                const std::vector<double> even(size, 1.0 / static_cast<double>(size));
                trades_.back().push_back(around(even, 0.5 * static_cast<double>(size)));
            }
        }
        for (std::size_t trade = 0; trade < trades; ++trade) {
            for (std::size_t i = 0; i < people_each; ++i) {
                people.emplace_back();
                people.back().key = random_.next();
                people.back().events_a_day = events_a_day * fixed_exp(0.5 * random_.normal());
                take_up(people.back(), trade);
            }
        }
    }

    /// From now on the person does what those of the trade do.
    void take_up(Person& person, std::size_t trade) {
        person.trade = trade;
        // Habits are like forty observations of the trade.
        for (std::size_t i = 0; i < 3; ++i) person.habits[i] = around(trades_[trade][i], 40);
    }
    /// Everybody of a trade does half of it as before and half of it as in another trade.
    void change_half(std::size_t trade, std::size_t other) {
        for (std::size_t i = 0; i < 3; ++i) {
            auto& to = trades_[trade][i];
            for (std::size_t j = 0; j < to.size(); ++j) {
                to[j] = 0.5 * to[j] + 0.5 * trades_[other][i][j];
            }
        }
        for (Person& person : people) {
            if (person.trade == trade) take_up(person, trade);
        }
    }

    /// A day of everybody, told to `groups`.
    std::vector<PeerChange> live(std::int32_t day, PeerGroups& groups) {
        for (const Person& person : people) {
            const double rate =
                person.events_a_day * (day % 7 >= 5 ? 0.2 : 1) * fixed_exp(0.3 * random_.normal());
            const int events = poisson(std::min(rate, 300.0));
            for (int i = 0; i < events; ++i) {
                for (std::size_t block = 0; block < 3; ++block) {
                    groups.count(person.key, block, choose(person.habits[block]));
                }
                if (i % 4 != 0) continue;
                groups.measure(person.key, 3, person.trade % kLevels, 0.3 + 0.1 * random_.normal());
            }
        }
        return groups.end_day(day);
    }

    std::vector<Person> people;

  private:
    double gamma(double shape) {  // G. Marsaglia, W. W. Tsang, ACM TOMS 26(3), 2000
        if (shape < 1) return gamma(shape + 1) * fixed_exp(fixed_ln(1 - random_.unit()) / shape);
        const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
        for (;;) {
            const double x = random_.normal(), root = 1 + c * x, v = root * root * root;
            if (root <= 0) continue;
            if (fixed_ln(1 - random_.unit()) < 0.5 * x * x + d - d * v + d * fixed_ln(v)) {
                return d * v;
            }
        }
    }
    /// Shares around a mean (Dirichlet).
    std::vector<double> around(const std::vector<double>& mean, double strength) {
        std::vector<double> out;
        double sum = 0;
        for (const double share : mean) {
            out.push_back(gamma(std::max(share * strength, 0.02)));
            sum += out.back();
        }
        for (double& share : out) share /= sum;
        return out;
    }
    std::size_t choose(const std::vector<double>& shares) {
        double left = random_.unit();
        std::size_t i = 0;
        while (i + 1 < shares.size() && left >= shares[i]) left -= shares[i++];
        return i;
    }
    int poisson(double mean) {
        int n = -1;
        for (double sum = 0; sum < mean; ++n) sum += random_.exponential();
        return std::max(n, 0);
    }

    Random random_;
    std::vector<std::vector<std::vector<double>>> trades_;
};

/// How alike two ways to put things into groups are: 1 the same, 0 by chance.
/// Source: L. Hubert, P. Arabie, "Comparing partitions", Journal of Classification 2, 1985.
inline double adjusted_rand_index(
    const std::vector<std::pair<std::uint32_t, std::uint32_t>>& both) {
    std::map<std::pair<std::uint32_t, std::uint32_t>, double> together;
    std::map<std::uint32_t, double> first, second;
    for (const auto& pair : both) {
        together[pair] += 1;
        first[pair.first] += 1;
        second[pair.second] += 1;
    }
    const auto pairs = [](double n) { return n * (n - 1) / 2; };
    double same = 0, of_first = 0, of_second = 0;
    for (const auto& [pair, n] : together) same += pairs(n);
    for (const auto& [group, n] : first) of_first += pairs(n);
    for (const auto& [group, n] : second) of_second += pairs(n);
    const double chance = of_first * of_second / pairs(static_cast<double>(both.size()));
    const double most = (of_first + of_second) / 2;
    return most == chance ? 1 : (same - chance) / (most - chance);
}

}  // namespace vedette::learn
