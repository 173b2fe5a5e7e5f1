// SPDX-License-Identifier: Apache-2.0
#include "learn/vector_model/tail_bits.h"

#include <algorithm>

#include "learn/fixed_math.h"

namespace vedette::learn {

namespace {

constexpr double kTailShare = 0.02;
constexpr std::size_t kTailScoresMin = 16;
constexpr double kMeanExcessMin = 0.02;  // of the logarithm; a tail of equal scores has none

/// Scores are logarithms or sums; one more keeps zero in.
double log_of(double score) { return fixed_ln(1 + score); }

}  // namespace

TailBits::TailBits(std::vector<double> scores) : scores_(std::move(scores)) {
    std::sort(scores_.begin(), scores_.end());
    if (scores_.empty()) return;
    const auto count = static_cast<double>(scores_.size());
    const std::size_t in_tail =
        std::max(static_cast<std::size_t>(count * kTailShare),
                 std::min(kTailScoresMin, std::max<std::size_t>(1, scores_.size() / 4)));
    const std::size_t from = scores_.size() - in_tail;
    tail_from_ = scores_[from];
    log_from_ = log_of(tail_from_);
    double excess = 0, above = 0;
    for (std::size_t i = from; i < scores_.size(); ++i, ++above) {
        excess += log_of(scores_[i]) - log_from_;
    }
    bits_per_log_ = kLog2OfE / std::max(kMeanExcessMin, excess / above);
    bits_at_tail_ = -fixed_log2((count - static_cast<double>(from) + 1) / (count + 1));
}

double TailBits::of(double score) const {
    if (scores_.empty()) return 0;
    if (score > tail_from_) return bits_at_tail_ + (log_of(score) - log_from_) * bits_per_log_;
    const auto least = std::lower_bound(scores_.begin(), scores_.end(), score);
    const auto count = static_cast<double>(scores_.size());
    const auto below = static_cast<double>(least - scores_.begin());
    return std::max(0.0, -fixed_log2((count - below + 1) / (count + 1)));
}

}  // namespace vedette::learn
