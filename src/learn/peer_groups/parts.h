// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vedette::learn {

/// Points of so many numbers each, one behind the other.
struct Points {
    std::size_t dimensions = 1;
    std::vector<float> values;

    std::size_t size() const { return values.size() / dimensions; }
    const float* at(std::size_t i) const { return values.data() + i * dimensions; }
    float* at(std::size_t i) { return values.data() + i * dimensions; }
    void add(const float* point) { values.insert(values.end(), point, point + dimensions); }
};

struct PartSettings {
    std::size_t size_min = 5;     ///< fewer points are no part; at least 3
    std::size_t parts_max = 24;   ///< that are looked for at first
    double separation_min = 4.5;  ///< of two that stay two; see separation()
    double distance_min = 0.2;    ///< of their centres
};

double square_distance(const float* a, const float* b, std::size_t dimensions);

/// How far two sets of points lie apart, in standard deviations: the points are projected to the
/// line through both means, each with the mean of the others of its set, so that a few points among
/// many numbers do not look apart by chance.
/// Two normal distributions d deviations apart give d; one cut in two gives 2.7, an even one 3.5.
/// `of[i]` is `a` or `b` for the points meant, of which there are two or more each.
/// Cost: two passes.   Source: Ashman's D: K. M. Ashman, C. M. Bird, S. E. Zepf, "Detecting
/// bimodality in astronomical datasets", Astronomical Journal 108, 1994; leaving the point itself
/// out is ours.
double separation(const Points& points, const std::vector<std::uint32_t>& of, std::uint32_t a,
                  std::uint32_t b);

/// Which part each point belongs to: 1 for the largest, 0 for points of none. How many there are is
/// found: k-means with more centres than wanted, then the two that are least apart are put together
/// for as long as they are not apart enough. Deterministic, but not free of the points' order.
/// Error: see the tests (adjusted Rand index of planted groups).
/// Not for: parts that wind around each other, or more than parts_max.
/// Cost: points times parts_max times numbers, a dozen times.
/// Source: D. Arthur, S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007;
/// putting together what a valley does not part: as in U. von Luxburg's survey "Clustering
/// stability", 2010, section 4.
std::vector<std::uint32_t> parts_of(const Points& points, const PartSettings& settings);

}  // namespace vedette::learn
