// SPDX-License-Identifier: Apache-2.0
#include "learn/peer_groups/profile_shape.h"

#include <cmath>
#include <utility>

#include "base/check.h"

namespace vedette::learn {

using Kind = ProfileBlock::Kind;

ProfileShape::ProfileShape(std::vector<ProfileBlock> blocks) : blocks_(std::move(blocks)) {
    VD_CHECK(!blocks_.empty() && blocks_.front().kind == Kind::shares);
    for (const ProfileBlock& block : blocks_) {
        VD_CHECK(block.size > 0 && block.weight > 0);
        counts_at_.push_back(counts_);
        point_at_.push_back(dimensions_);
        counts_ += block.kind == Kind::shares ? block.size : 2 * block.size;
        dimensions_ += block.size;
    }
}

double ProfileShape::weight_of(std::span<const float> counts) const {
    double sum = 0;
    for (std::size_t i = 0; i < blocks_.front().size; ++i) sum += static_cast<double>(counts[i]);
    return sum;
}

double ProfileShape::point_of(std::span<const float> counts, std::span<float> point) const {
    double noise = 0;
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
        const ProfileBlock& block = blocks_[b];
        const float* const from = counts.data() + counts_at_[b];
        float* const to = point.data() + point_at_[b];
        if (block.kind == Kind::means) {
            for (std::size_t i = 0; i < block.size; ++i) {
                const double n = static_cast<double>(from[block.size + i]);
                // A level that hardly ever was is drawn to none, so that it does not come by
                // chance.
                to[i] = static_cast<float>(block.weight * static_cast<double>(from[i]) / (n + 1));
            }
            continue;
        }
        double sum = 0;
        std::size_t used = 0;
        for (std::size_t i = 0; i < block.size; ++i) {
            sum += static_cast<double>(from[i]);
            used += from[i] > 0 ? 1 : 0;
        }
        for (std::size_t i = 0; i < block.size; ++i) {
            const double share = sum > 0 ? static_cast<double>(from[i]) / sum : 0;
            to[i] = static_cast<float>(block.weight * std::sqrt(share));
        }
        if (used > 1) {
            noise += block.weight * block.weight * static_cast<double>(used - 1) / (4 * (sum + 1));
        }
    }
    return noise;
}

}  // namespace vedette::learn
