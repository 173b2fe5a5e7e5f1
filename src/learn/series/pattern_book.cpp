// SPDX-License-Identifier: Apache-2.0
#include "learn/series/pattern_book.h"

#include <algorithm>
#include <cmath>

namespace vedette::learn {

namespace {

/// A known pattern follows what is like it, not slower than this.
constexpr double kFollow = 0.08;
/// A new pattern starts with this share of the uses of the most used one, or it would be the next
/// to go.
constexpr double kHeadStart = 0.05;
constexpr double kUsesMax = 1e12;

}  // namespace

PatternBook::Nearest PatternBook::nearest(const Pattern& pattern) const {
    std::array<double, kPatterns> squares{};
    for (std::size_t i = 0; i < kLength; ++i) {
        for (std::size_t k = 0; k < kPatterns; ++k) {
            const double away = pattern[i] - places_[i][k];
            squares[k] += away * away;
        }
    }
    const auto best =
        std::min_element(squares.begin(), squares.begin() + static_cast<std::ptrdiff_t>(size_));
    if (size_ == 0) return {};
    return {static_cast<std::size_t>(best - squares.begin()), std::sqrt(*best)};
}

void PatternBook::learn(const Pattern& pattern, const Nearest& nearest, bool is_new) {
    if (!is_new && size_ > 0) {
        double& uses = uses_[nearest.index];
        uses = std::min(uses + 1, kUsesMax);
        const double share = std::max(kFollow, 1 / uses);
        for (std::size_t i = 0; i < kLength; ++i) {
            double& place = places_[i][nearest.index];
            place += share * (pattern[i] - place);
        }
        return;
    }
    std::size_t index = size_;
    double uses = 1;
    if (size_ < kPatterns) {
        ++size_;
    } else {
        index =
            static_cast<std::size_t>(std::min_element(uses_.begin(), uses_.end()) - uses_.begin());
        uses += kHeadStart * *std::max_element(uses_.begin(), uses_.end());
    }
    uses_[index] = uses;
    for (std::size_t i = 0; i < kLength; ++i) places_[i][index] = pattern[i];
}

void PatternBook::save(StateWriter& out) const {
    out.integer(static_cast<std::uint8_t>(size_));
    for (std::size_t k = 0; k < size_; ++k) {
        out.real(uses_[k]);
        for (std::size_t i = 0; i < kLength; ++i) out.real(places_[i][k]);
    }
}

base::Result<void> PatternBook::restore(StateReader& in) {
    *this = {};
    size_ = in.integer<std::uint8_t>();
    if (size_ <= kPatterns) {
        for (std::size_t k = 0; k < size_; ++k) {
            uses_[k] = in.real64();
            for (std::size_t i = 0; i < kLength; ++i) places_[i][k] = in.real64();
        }
    }
    auto done =
        in.is_good() ? check_invariants() : base::Result<void>(not_ours(kKind, "it is cut short"));
    if (!done) *this = {};
    return done;
}

base::Result<void> PatternBook::check_invariants() const {
    if (size_ > kPatterns) return not_ours(kKind, "it has too many patterns");
    for (std::size_t k = 0; k < kPatterns; ++k) {
        const bool is_used = k < size_;
        if (is_used ? !(uses_[k] >= 1 && uses_[k] <= 2 * kUsesMax) : uses_[k] != 0) {
            return not_ours(kKind, "a count is impossible");
        }
        for (std::size_t i = 0; i < kLength; ++i) {
            const double place = places_[i][k];
            if (is_used ? !(std::abs(place) <= 1e9) : place != 0) {
                return not_ours(kKind, "a pattern is impossible");
            }
        }
    }
    return {};
}

}  // namespace vedette::learn
