// SPDX-License-Identifier: Apache-2.0
#include "learn/calibrator/uniformity.h"

#include <algorithm>
#include <cmath>

#include "learn/fixed_math.h"

namespace vedette::learn {

namespace {

constexpr double kHalfLifeSeconds = 2'592'000;
constexpr double kHalfLivesPerNs = 1 / (kHalfLifeSeconds * static_cast<double>(base::kNsPerSecond));
constexpr double kUniformityStep = 1.0 / 1'024;
constexpr double kTotalMax = 1e15;
/// Realised over promised that is still as it should be.
constexpr double kRatioFree = 1.25;

}  // namespace

double Uniformity::bring_up(base::Timestamp time) {
    if (last_ns_ == kNever) last_ns_ = time.unix_ns;
    const double passed =
        (static_cast<double>(time.unix_ns) - static_cast<double>(last_ns_)) * kHalfLivesPerNs;
    if (passed < kUniformityStep) return passed < 0 ? decay_of(-passed) : 1;
    const double left = decay_of(passed);
    total_ *= left;
    for (double& count : below_) count *= left;
    last_ns_ = time.unix_ns;
    return 1;
}

void Uniformity::record(base::Timestamp time, double p, double weight) {
    if (!(weight > 0)) return;
    weight *= bring_up(time);
    total_ = std::min(total_ + weight, kTotalMax);
    for (std::size_t level = 0; level < kLevels.size(); ++level) {
        if (p < kLevels[level]) below_[level] = std::min(below_[level] + weight, total_);
    }
}

void Uniformity::subtract(base::Timestamp time, double p, double weight) {
    if (!(weight > 0) || last_ns_ == kNever) return;
    weight *= bring_up(time);
    total_ = std::max(0.0, total_ - weight);
    for (std::size_t level = 0; level < kLevels.size(); ++level) {
        if (p < kLevels[level]) below_[level] -= weight;
        below_[level] = std::clamp(below_[level], 0.0, total_);
    }
}

double Uniformity::ratio(std::size_t level) const {
    return total_ > 0 ? below_[level] / (kLevels[level] * total_) : 0;
}

double Uniformity::health() const {
    double worst = kRatioFree;
    for (std::size_t level = 0; level < kLevels.size(); ++level) {
        const double promised = kLevels[level] * total_;
        const double realised = below_[level];
        // The scatter of a count that keeps its promise, or of the count itself where that is more.
        const double scatter = std::max(realised, promised),
                     over = realised - kRatioFree * promised;
        // Most detectors keep their promise, and that is told without a root.
        if (over <= 0 || over * over <= 4 * scatter) continue;
        const double surely = realised - 2 * std::sqrt(scatter);
        if (promised > 0) worst = std::max(worst, surely / promised);
    }
    return kRatioFree * kRatioFree / (worst * worst);
}

void Uniformity::save(StateWriter& out) const {
    out.integer(last_ns_);
    out.real(total_);
    for (const double count : below_) out.real(count);
}

base::Result<void> Uniformity::restore(StateReader& in) {
    last_ns_ = in.integer<std::int64_t>();
    total_ = in.real64();
    for (double& count : below_) count = in.real64();
    auto checked = check_invariants();
    if (in.is_good() && checked) return {};
    *this = {};
    return checked ? not_ours(kKind, "it is cut short") : checked;
}

base::Result<void> Uniformity::check_invariants() const {
    bool is_right = total_ >= 0 && total_ <= kTotalMax && (last_ns_ != kNever || total_ == 0);
    for (const double count : below_) is_right = is_right && count >= 0 && count <= total_;
    if (!is_right) return not_ours(kKind, "a count is impossible");
    return {};
}

}  // namespace vedette::learn
