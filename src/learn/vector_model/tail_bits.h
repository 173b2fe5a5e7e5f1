// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

namespace vedette::learn {

/// A score in bits: -log2 of the share of normal scores that are at least as great. Beyond the 98th
/// percentile (of few scores: among the 16 greatest) by a Pareto tail, so that scores never seen
/// are told apart too.
///
/// Why not the raw score: scores of different kinds are only added once each says how rare it is.
/// Error: the share p has a relative error of about 1/sqrt(p * scores); in the tail the bits are an
/// extrapolation and say an order, not a probability.
/// Cost: a binary search, one logarithm.
/// Source: B. Hill, "A simple general approach to inference about the tail of a distribution",
/// 1975.
class TailBits {
  public:
    TailBits() = default;
    /// `scores`: of normal rows that were not learned from, not negative; sorted here.
    explicit TailBits(std::vector<double> scores);
    double of(double score) const;
    bool is_empty() const { return scores_.empty(); }

  private:
    std::vector<double> scores_;
    double tail_from_ = 0, log_from_ = 0, bits_per_log_ = 1, bits_at_tail_ = 0;
};

}  // namespace vedette::learn
