// SPDX-License-Identifier: Apache-2.0
#include "learn/autoencoder/feature_map.h"

#include <algorithm>
#include <cmath>

namespace vedette::learn {

FeatureMap::FeatureMap(std::size_t dimensions)
    : means_(dimensions), products_(dimensions * dimensions) {}

void FeatureMap::add(const std::vector<float>& point) {
    ++count_;
    std::vector<double> before(means_.size());
    for (std::size_t i = 0; i < means_.size(); ++i) {
        before[i] = static_cast<double>(point[i]) - means_[i];
        means_[i] += before[i] / static_cast<double>(count_);
    }
    for (std::size_t a = 0; a < means_.size(); ++a) {
        for (std::size_t b = a; b < means_.size(); ++b) {
            products_[place(a, b)] += before[a] * (static_cast<double>(point[b]) - means_[b]);
        }
    }
}

double FeatureMap::distance(std::size_t a, std::size_t b) const {
    if (a > b) std::swap(a, b);
    const double squares = products_[place(a, a)] * products_[place(b, b)];
    if (!(squares > 0)) return 1;
    return 1 - std::min(std::abs(products_[place(a, b)]) / std::sqrt(squares), 1.0);
}

std::vector<std::vector<std::uint32_t>> FeatureMap::groups(std::size_t size_max) const {
    std::vector<std::vector<std::uint32_t>> groups;
    for (std::uint32_t i = 0; i < means_.size(); ++i) groups.push_back({i});
    // Distances between groups, kept up as they merge.
    std::vector<std::vector<double>> far(groups.size(), std::vector<double>(groups.size()));
    for (std::size_t a = 0; a < groups.size(); ++a) {
        for (std::size_t b = 0; b < groups.size(); ++b) far[a][b] = distance(a, b);
    }
    for (;;) {
        std::size_t first = groups.size(), second = 0;
        for (std::size_t a = 0; a < groups.size(); ++a) {
            for (std::size_t b = a + 1; b < groups.size(); ++b) {
                if (groups[a].empty() || groups[b].empty() ||
                    groups[a].size() + groups[b].size() > size_max) {
                    continue;
                }
                if (first != groups.size() && far[a][b] >= far[first][second]) continue;
                first = a;
                second = b;
            }
        }
        if (first == groups.size()) break;
        groups[first].insert(groups[first].end(), groups[second].begin(), groups[second].end());
        groups[second].clear();
        for (std::size_t i = 0; i < groups.size(); ++i) {
            far[first][i] = far[i][first] = std::max(far[first][i], far[second][i]);
        }
    }
    std::erase_if(groups, [](const auto& group) { return group.empty(); });
    for (auto& group : groups) std::sort(group.begin(), group.end());
    std::sort(groups.begin(), groups.end());
    return groups;
}

void FeatureMap::save(StateWriter& out) const {
    out.varint(count_);
    for (const double mean : means_) out.real(mean);
    for (std::size_t a = 0; a < means_.size(); ++a) {
        for (std::size_t b = a; b < means_.size(); ++b) out.real(products_[place(a, b)]);
    }
}

bool FeatureMap::restore(StateReader& in) {
    count_ = in.varint();
    const std::size_t pairs = means_.size() * (means_.size() + 1) / 2;
    if (!in.has_room_for(means_.size() + pairs, sizeof(double))) return false;
    // Inputs lie in [0, 1]; nothing here can be larger than that times their count.
    const auto bound = static_cast<double>(count_) + 1;
    bool fits = true;
    for (double& mean : means_) {
        mean = in.real64();
        fits = fits && std::abs(mean) <= 1.001;
    }
    for (std::size_t a = 0; a < means_.size(); ++a) {
        for (std::size_t b = a; b < means_.size(); ++b) {
            products_[place(a, b)] = in.real64();
            fits = fits && std::abs(products_[place(a, b)]) <= bound;
        }
    }
    return in.is_good() && fits;
}

void FeatureMap::clear() {
    std::vector<double>().swap(means_);
    std::vector<double>().swap(products_);
}

}  // namespace vedette::learn
