// SPDX-License-Identifier: Apache-2.0
#include "learn/forest/projections.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "learn/fixed_math.h"
#include "learn/random.h"

namespace vedette::learn {

namespace {

constexpr double kWeightMax = 0x1p20;
constexpr double kLargest = 1e30;

}  // namespace

ProjectionFilter::ProjectionFilter(ProjectionSettings settings)
    : settings_(settings), histograms_(settings.projections), sums_(settings.projections) {
    VD_CHECK(settings.dimensions >= 1 && settings.dimensions <= 1'024 &&
             settings.projections >= 1 && settings.projections <= 256 &&
             settings.memory_points >= 1);
    const double root = std::sqrt(static_cast<double>(settings.dimensions));
    weights_each_ = static_cast<std::size_t>(std::ceil(root));
    Random random(settings.seed);
    std::vector<std::uint32_t> order(settings.dimensions);
    for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    for (std::size_t i = 0; i < settings.projections; ++i) {
        for (std::size_t j = 0; j < weights_each_; ++j) {
            const auto left = static_cast<std::uint32_t>(order.size() - j);
            std::swap(order[j], order[j + random.below(left)]);
            weights_.push_back({order[j], static_cast<float>(random.normal())});
        }
    }
}

double ProjectionFilter::project(std::size_t projection, std::span<const float> point) const {
    double sum = 0;
    for (std::size_t j = 0; j < weights_each_; ++j) {
        const Weight& weight = weights_[projection * weights_each_ + j];
        sum += static_cast<double>(weight.value) * static_cast<double>(point[weight.dimension]);
    }
    return std::clamp(sum, -kLargest, kLargest);
}

void ProjectionFilter::project_all(std::span<const float> point) const {
    VD_CHECK(point.size() == settings_.dimensions);
    for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] = project(i, point);
}

void ProjectionFilter::Histogram::set_variance(double value) {
    variance = value;
    bins_per_unit = value > 0 ? kBinsPerSpread / std::sqrt(value) : 0;
}

std::size_t ProjectionFilter::bin_of(const Histogram& histogram, double value) {
    const double off = value - histogram.mean;
    constexpr double kMiddle = kBins / 2;
    const double away = histogram.bins_per_unit > 0 ? off * histogram.bins_per_unit
                                                    : (off == 0 ? 0 : std::copysign(kMiddle, off));
    return static_cast<std::size_t>(
        std::clamp(kMiddle + away, 0.0, static_cast<double>(kBins) - 1));
}

double ProjectionFilter::score_projected() const {
    if (!(total_ > 0)) return 0;
    // Half a point of the newest weight in every bin beforehand. Logarithms of products: of eight
    // counts, which are below 2^64 and above 1/2.
    constexpr std::size_t kTogether = 8;
    const double half = 0.5 * weight_;
    double bits = fixed_log2(total_ + half * kBins) * static_cast<double>(histograms_.size());
    for (std::size_t i = 0; i < histograms_.size(); i += kTogether) {
        double product = 1;
        for (std::size_t k = i; k < std::min(i + kTogether, histograms_.size()); ++k) {
            const Histogram& histogram = histograms_[k];
            product *= static_cast<double>(histogram.counts[bin_of(histogram, sums_[k])]) + half;
        }
        bits -= fixed_log2(product);
    }
    return bits / static_cast<double>(histograms_.size());
}

double ProjectionFilter::score_bits(std::span<const float> point) const {
    project_all(point);
    return score_projected();
}

double ProjectionFilter::observe(std::span<const float> point) {
    project_all(point);
    const double bits = score_projected();
    update_projected();
    return bits;
}

void ProjectionFilter::update(std::span<const float> point) {
    project_all(point);
    update_projected();
}

void ProjectionFilter::update_projected() {
    weight_ *= 1 + 1 / settings_.memory_points;
    if (weight_ > kWeightMax) {
        for (Histogram& histogram : histograms_) {
            for (float& count : histogram.counts) count = static_cast<float>(count / weight_);
        }
        total_ /= weight_;
        weight_ = 1;
    }
    total_ += weight_;
    // The newest point's share of all that is remembered.
    const double share = weight_ / total_;
    for (std::size_t i = 0; i < histograms_.size(); ++i) {
        Histogram& histogram = histograms_[i];
        const double off = sums_[i] - histogram.mean;
        histogram.mean += share * off;
        histogram.set_variance((1 - share) * (histogram.variance + share * off * off));
        float& count = histogram.counts[bin_of(histogram, sums_[i])];
        count = static_cast<float>(count + weight_);
    }
}

std::size_t ProjectionFilter::memory_bytes() const {
    return sizeof(*this) + weights_.size() * sizeof(Weight) +
           histograms_.size() * sizeof(Histogram);
}

void ProjectionFilter::save(StateWriter& out) const {
    out.varint(settings_.dimensions);
    out.varint(settings_.projections);
    out.real(settings_.memory_points);
    out.integer(settings_.seed);
    out.real(total_);
    out.real(weight_);
    for (const Histogram& histogram : histograms_) {
        out.real(histogram.mean);
        out.real(histogram.variance);
        for (const float count : histogram.counts) out.real(count);
    }
}

base::Result<void> ProjectionFilter::restore(StateReader& in) {
    *this = ProjectionFilter(settings_);
    const bool is_same =
        in.varint() == settings_.dimensions && in.varint() == settings_.projections &&
        in.real64() == settings_.memory_points && in.integer<std::uint64_t>() == settings_.seed;
    if (!is_same) return not_ours(kKind, "its settings are others");
    total_ = in.real64();
    weight_ = in.real64();
    for (Histogram& histogram : histograms_) {
        histogram.mean = in.real64();
        histogram.set_variance(in.real64());
        for (float& count : histogram.counts) count = in.real32();
    }
    auto sound = check_invariants();
    if (in.is_good() && sound) return {};
    *this = ProjectionFilter(settings_);
    return sound ? not_ours(kKind, "it is cut off") : sound;
}

base::Result<void> ProjectionFilter::check_invariants() const {
    const double total_max = 2 * kWeightMax * (settings_.memory_points + 2);
    if (!(total_ >= 0) || total_ > total_max || !(weight_ >= 1) ||
        weight_ > kWeightMax * (1 + 1 / settings_.memory_points)) {
        return not_ours(kKind, "weights that cannot be");
    }
    for (const Histogram& histogram : histograms_) {
        if (!(std::abs(histogram.mean) <= 2 * kLargest) || !(histogram.variance >= 0) ||
            histogram.variance > 8 * kLargest * kLargest) {
            return not_ours(kKind, "a mean or spread that cannot be");
        }
        for (const float count : histogram.counts) {
            if (!(count >= 0) || count > 2 * total_max)
                return not_ours(kKind, "a count that cannot be");
        }
    }
    return {};
}

}  // namespace vedette::learn
