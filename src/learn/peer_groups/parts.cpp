// SPDX-License-Identifier: Apache-2.0
#include "learn/peer_groups/parts.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "learn/random.h"

namespace vedette::learn {

namespace {

constexpr int kRounds = 12;
/// Less than this is no difference: a set of equal points has no deviation to measure by.
constexpr double kDeviationMin = 0.02;
constexpr std::uint64_t kSeed = 0x7065'6572'73;

using Parts = std::vector<std::uint32_t>;

struct Mean {
    std::vector<double> sum;
    double n = 0;
};

Mean mean_of(const Points& points, const Parts& of, std::uint32_t part) {
    Mean mean{std::vector<double>(points.dimensions), 0};
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (of[i] != part) continue;
        mean.n += 1;
        for (std::size_t d = 0; d < points.dimensions; ++d) {
            mean.sum[d] += static_cast<double>(points.at(i)[d]);
        }
    }
    return mean;
}

/// Mean and variance of the projections of one set, towards its own mean.
struct Projected {
    double n = 0, sum = 0, squares = 0;
    void add(double value) {
        n += 1;
        sum += value;
        squares += value * value;
    }
    double mean() const { return sum / n; }
    double variance() const { return std::max(squares / n - mean() * mean(), 0.0) * n / (n - 1); }
};

Projected projected(const Points& points, const Parts& of, std::uint32_t part, const Mean& own,
                    const Mean& other) {
    Projected out;
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (of[i] != part) continue;
        double along = 0, length = 0;
        for (std::size_t d = 0; d < points.dimensions; ++d) {
            const double x = static_cast<double>(points.at(i)[d]);
            const double without = (own.sum[d] - x) / (own.n - 1);
            const double there = other.sum[d] / other.n;
            along += (x - (without + there) / 2) * (without - there);
            length += (without - there) * (without - there);
        }
        out.add(length > 0 ? along / std::sqrt(length) : 0);
    }
    return out;
}

/// Centres that are far from each other more often than not.
Points first_centres(const Points& points, std::size_t count) {
    Random random(kSeed);
    Points centres{points.dimensions, {}};
    centres.add(points.at(random.below(static_cast<std::uint32_t>(points.size()))));
    std::vector<double> nearest(points.size(), 1e300);
    while (centres.size() < count) {
        double sum = 0;
        const float* const last = centres.at(centres.size() - 1);
        for (std::size_t i = 0; i < points.size(); ++i) {
            nearest[i] =
                std::min(nearest[i], square_distance(points.at(i), last, points.dimensions));
            sum += nearest[i];
        }
        if (!(sum > 0)) break;
        double left = random.unit() * sum;
        std::size_t chosen = 0;
        while (chosen + 1 < points.size() && left >= nearest[chosen]) left -= nearest[chosen++];
        centres.add(points.at(chosen));
    }
    return centres;
}

Parts nearest_centres(const Points& points, const Points& centres) {
    Parts out(points.size());
    for (std::size_t i = 0; i < points.size(); ++i) {
        double best = 1e300;
        for (std::size_t c = 0; c < centres.size(); ++c) {
            const double distance = square_distance(points.at(i), centres.at(c), points.dimensions);
            if (distance >= best) continue;
            best = distance;
            out[i] = static_cast<std::uint32_t>(c + 1);
        }
    }
    return out;
}

Parts k_means(const Points& points, std::size_t count) {
    Points centres = first_centres(points, count);
    Parts of = nearest_centres(points, centres);
    for (int round = 0; round < kRounds; ++round) {
        for (std::size_t c = 0; c < centres.size(); ++c) {
            const Mean mean = mean_of(points, of, static_cast<std::uint32_t>(c + 1));
            if (mean.n == 0) continue;
            for (std::size_t d = 0; d < points.dimensions; ++d) {
                centres.at(c)[d] = static_cast<float>(mean.sum[d] / mean.n);
            }
        }
        Parts next = nearest_centres(points, centres);
        if (next == of) break;
        of = std::move(next);
    }
    return of;
}

std::map<std::uint32_t, std::size_t> sizes_of(const Parts& of) {
    std::map<std::uint32_t, std::size_t> sizes;
    for (const std::uint32_t part : of) {
        if (part != 0) ++sizes[part];
    }
    return sizes;
}

/// Nothing that is too small to be a part keeps a number of its own: it goes to the nearest part if
/// it lies no farther from there than that part's own points, else to none.
void place_small(const Points& points, Parts& of, const PartSettings& settings) {
    const auto sizes = sizes_of(of);
    Points centres{points.dimensions, {}};
    std::vector<std::uint32_t> names;
    std::vector<Projected> distances;
    for (const auto& [part, size] : sizes) {
        if (size < settings.size_min) continue;
        const Mean mean = mean_of(points, of, part);
        std::vector<float> centre(points.dimensions);
        for (std::size_t d = 0; d < centre.size(); ++d) {
            centre[d] = static_cast<float>(mean.sum[d] / mean.n);
        }
        Projected spread;
        for (std::size_t i = 0; i < points.size(); ++i) {
            if (of[i] != part) continue;
            spread.add(std::sqrt(square_distance(points.at(i), centre.data(), centre.size())));
        }
        centres.add(centre.data());
        names.push_back(part);
        distances.push_back(spread);
    }
    if (names.empty()) {
        std::fill(of.begin(), of.end(), 0u);
        return;
    }
    const Parts nearest = nearest_centres(points, centres);
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (sizes.at(of[i]) >= settings.size_min) continue;
        const std::size_t at = nearest[i] - 1;
        const double reach = distances[at].mean() + 3 * std::sqrt(distances[at].variance());
        const double distance =
            std::sqrt(square_distance(points.at(i), centres.at(at), points.dimensions));
        of[i] = distance <= reach + kDeviationMin ? names[at] : 0;
    }
}

/// What keeps two parts apart, in units of what it must be: below 1 they are one.
double apart(const Points& points, const Parts& of, std::uint32_t a, std::uint32_t b,
             const PartSettings& settings) {
    const Mean mean_a = mean_of(points, of, a), mean_b = mean_of(points, of, b);
    double square = 0;
    for (std::size_t d = 0; d < points.dimensions; ++d) {
        const double difference = mean_a.sum[d] / mean_a.n - mean_b.sum[d] / mean_b.n;
        square += difference * difference;
    }
    return std::min(separation(points, of, a, b) / settings.separation_min,
                    std::sqrt(square) / settings.distance_min);
}

/// Puts together the two that are least apart, until all are apart enough.
void merge_what_is_one(const Points& points, Parts& of, const PartSettings& settings) {
    std::vector<std::uint32_t> names;
    for (const auto& [part, size] : sizes_of(of)) names.push_back(part);
    std::map<std::pair<std::uint32_t, std::uint32_t>, double> known;
    const auto look = [&](std::uint32_t a, std::uint32_t b) {
        known[std::minmax(a, b)] = apart(points, of, a, b, settings);
    };
    for (std::size_t i = 0; i < names.size(); ++i) {
        for (std::size_t j = i + 1; j < names.size(); ++j) look(names[i], names[j]);
    }
    while (!known.empty()) {
        const auto least =
            std::min_element(known.begin(), known.end(),
                             [](const auto& x, const auto& y) { return x.second < y.second; });
        if (least->second >= 1) return;
        const auto [kept, gone] = least->first;
        std::replace(of.begin(), of.end(), gone, kept);
        std::erase(names, gone);
        std::erase_if(known, [gone = gone](const auto& entry) {
            return entry.first.first == gone || entry.first.second == gone;
        });
        for (const std::uint32_t other : names) {
            if (other != kept) look(kept, other);
        }
    }
}

}  // namespace

double square_distance(const float* a, const float* b, std::size_t dimensions) {
    double sum = 0;
    for (std::size_t d = 0; d < dimensions; ++d) {
        const double difference = static_cast<double>(a[d]) - static_cast<double>(b[d]);
        sum += difference * difference;
    }
    return sum;
}

double separation(const Points& points, const Parts& of, std::uint32_t a, std::uint32_t b) {
    const Mean mean_a = mean_of(points, of, a), mean_b = mean_of(points, of, b);
    const Projected side_a = projected(points, of, a, mean_a, mean_b);
    const Projected side_b = projected(points, of, b, mean_b, mean_a);
    const double deviation = std::sqrt((side_a.variance() + side_b.variance()) / 2);
    return (side_a.mean() + side_b.mean()) / std::max(deviation, kDeviationMin);
}

Parts parts_of(const Points& points, const PartSettings& settings) {
    Parts of(points.size(), 0);
    if (points.size() < settings.size_min) return of;
    const std::size_t count =
        std::clamp(points.size() / settings.size_min, std::size_t{1}, settings.parts_max);
    of = k_means(points, count);
    place_small(points, of, settings);
    merge_what_is_one(points, of, settings);
    // By size; of equal ones the first seen.
    std::vector<std::pair<std::size_t, std::uint32_t>> order;
    for (const auto& [part, size] : sizes_of(of)) order.emplace_back(size, part);
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& x, const auto& y) { return x.first > y.first; });
    std::map<std::uint32_t, std::uint32_t> renamed{{0, 0}};
    for (std::size_t i = 0; i < order.size(); ++i) {
        renamed[order[i].second] = static_cast<std::uint32_t>(i + 1);
    }
    for (std::uint32_t& part : of) part = renamed[part];
    return of;
}

}  // namespace vedette::learn
