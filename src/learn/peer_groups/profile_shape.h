// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace vedette::learn {

/// Numbers of a profile that belong together.
struct ProfileBlock {
    enum class Kind : unsigned char {
        shares,  ///< how observations are dealt out: hours of the week, what was done
        means,   ///< levels in [0, 1]: how much, how many
    };
    Kind kind = Kind::shares;
    std::size_t size = 0;
    double weight = 1;  ///< of a distance in this block among those of others
};

/// How counts of what somebody did become a point, so that the distance of two points says how
/// differently two behave.
///
/// Shares become their square roots: the distance is then Hellinger's, at most sqrt(2) times the
/// weight however many observations there were, and chance moves each number alike, by a variance
/// of 1/(4 n) of n observations. Whoever does twice as much of the same is at the same place; how
/// much is what means are for.
/// Counts of a block of shares are one number each; of a block of means the sums come first, then
/// how many numbers they are of.
/// Error: with n observations over k values chance alone makes a distance of sqrt((k-1)/(4 n)):
/// about 0.35 of thirty observations over fifteen values.
/// Not for: values whose order matters, or numbers without bounds.
/// Source: M. S. Bartlett, "The square root transformation in analysis of variance", 1936; R.
/// Beran, "Minimum Hellinger distance estimates for parametric models", Annals of Statistics 5(3),
/// 1977.
class ProfileShape {
  public:
    explicit ProfileShape(std::vector<ProfileBlock> blocks);

    /// Numbers of a point, and of the counts that it is made of.
    std::size_t dimensions() const { return dimensions_; }
    std::size_t counts() const { return counts_; }
    const std::vector<ProfileBlock>& blocks() const { return blocks_; }
    /// Where a block's counts begin; those of means: where its sums do.
    std::size_t counts_at(std::size_t block) const { return counts_at_[block]; }
    std::size_t point_at(std::size_t block) const { return point_at_[block]; }

    /// The point of so many counts, into `point`. The square of the distance that chance is
    /// expected to make.   Cost: a square root a number.
    double point_of(std::span<const float> counts, std::span<float> point) const;
    /// Observations that the counts are of: the sum of the first block.
    double weight_of(std::span<const float> counts) const;

  private:
    std::vector<ProfileBlock> blocks_;
    std::vector<std::size_t> counts_at_, point_at_;
    std::size_t dimensions_ = 0, counts_ = 0;
};

}  // namespace vedette::learn
