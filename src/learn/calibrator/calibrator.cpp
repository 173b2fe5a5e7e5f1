// SPDX-License-Identifier: Apache-2.0
#include "learn/calibrator/calibrator.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/check.h"
#include "learn/fixed_math.h"
#include "learn/lanes.h"

namespace vedette::learn {

namespace {

/// Decay goes in steps of so many half-lives.
constexpr double kStep = 1.0 / 1'024;
constexpr double kMassMax = 1e9;
/// Bins by the exponent and three more bits of a double; the first takes all that is smaller.
constexpr unsigned kSubBits = 3;
constexpr std::int64_t kFirstKey = static_cast<std::int64_t>(1023 - 8) << kSubBits;
/// Fewer as high as a score: the tail is asked.
constexpr double kRanked = 10;
constexpr double kTailShare = 0.02, kTailShareMax = 0.1, kTailMassMin = 20;
constexpr double kShapeMax = 0.9;
/// Not further below what comparing can give.
constexpr double kBeyond = 100;

std::size_t bin_of(double score) {
    const auto key = static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(std::max(score, 0.0)) >>
                                               (52 - kSubBits));
    return static_cast<std::size_t>(
        std::clamp<std::int64_t>(key - kFirstKey, 0, Calibrator::kBins - 1));
}

double low_edge(std::size_t bin) {
    if (bin == 0) return 0;
    const auto key = static_cast<std::uint64_t>(kFirstKey) + bin;
    return std::bit_cast<double>(key << (52 - kSubBits));
}

constexpr std::size_t kTogether = 16;  // masses that are summed at once

/// Four sums side by side: their order is fixed, and they need not wait for each other.
double sum_of(Lanes lanes) {
    return (static_cast<double>(lanes[0]) + static_cast<double>(lanes[1])) +
           (static_cast<double>(lanes[2]) + static_cast<double>(lanes[3]));
}

/// Of sixteen masses those behind the one with that number.
double sum_above(const float* masses, std::size_t number) {
    const Lanes least = static_cast<float>(number) + Lanes{};
    Lanes numbers = {0, 1, 2, 3}, sum{};
#pragma GCC unroll 4
    for (std::size_t i = 0; i < kTogether; i += kLanes) {
        sum += numbers > least ? load_lanes(masses + i) : Lanes{};
        numbers += static_cast<float>(kLanes);
    }
    return sum_of(sum);
}

/// Of sixteen masses, one of which is about to become `mass`: read before it is written, because
/// memory that was just written in part is slow to read.
double sum_with(const float* masses, std::size_t number, float mass) {
    const Lanes changed = static_cast<float>(number) + Lanes{}, becomes = mass + Lanes{};
    Lanes numbers = {0, 1, 2, 3}, sum{};
#pragma GCC unroll 4
    for (std::size_t i = 0; i < kTogether; i += kLanes) {
        sum += numbers == changed ? becomes : load_lanes(masses + i);
        numbers += static_cast<float>(kLanes);
    }
    return sum_of(sum);
}

double sum_of_all(const float* masses) { return sum_with(masses, 0, masses[0]); }

double middle(std::size_t bin) { return (low_edge(bin) + low_edge(bin + 1)) / 2; }

}  // namespace

Calibrator::Calibrator(double half_life_seconds)
    : half_life_seconds_(half_life_seconds),
      half_lives_per_ns_(1 / (half_life_seconds * static_cast<double>(base::kNsPerSecond))) {
    VD_CHECK(half_life_seconds > 0 && half_life_seconds < 1e10);
}

double Calibrator::above(std::size_t bin) const {
    const std::size_t block = bin / kBlock;
    return sum_above(blocks_.data(), block) + sum_above(&bins_[block * kBlock], bin % kBlock);
}

Calibrated Calibrator::ask(double score, double tie, const Calibrator* parent) const {
    const std::size_t bin = bin_of(score);
    double higher = above(bin), equal = bins_[bin], total = mass();
    const Calibrator* tail = this;
    Calibrated out;
    if (parent != nullptr && total < kOwnEnough) {
        const double lent = 1 - total / kOwnEnough;
        higher += lent * parent->above(bin);
        equal += lent * parent->bins_[bin];
        const double own = total;
        total += lent * parent->mass();
        out.parent_share = total > 0 ? 1 - own / total : 0;
        tail = parent;
    }
    out.n = total;
    out.smallest = 1 / (total + 1);
    out.p = (higher + std::clamp(tie, 0.0, 1.0) * (equal + 1)) * out.smallest;
    if (higher + equal < kRanked && tail->tail_.scale > 0 && score > tail->tail_.anchor) {
        out.p = tail->tail_p(score);
        out.is_tail = true;
    }
    out.p = std::clamp(out.p, out.smallest / kBeyond, 1.0);
    return out;
}

double Calibrator::bring_up(base::Timestamp time) {
    if (last_ns_ == kNever) last_ns_ = time.unix_ns;
    const double passed =
        (static_cast<double>(time.unix_ns) - static_cast<double>(last_ns_)) * half_lives_per_ns_;
    if (passed < kStep) return passed < 0 ? decay_of(-passed) : 1;
    const double left = decay_of(passed);
    for (float& bin : bins_) bin = static_cast<float>(bin * left);
    since_fit_ *= left;
    last_ns_ = time.unix_ns;
    sum_all();
    return 1;
}

void Calibrator::sum_all() {
    for (std::size_t block = 0; block < kBlocks; ++block) {
        blocks_[block] = static_cast<float>(sum_of_all(&bins_[block * kBlock]));
    }
    mass_ = sum_of_all(blocks_.data());
}

void Calibrator::change(std::size_t bin, double by) {
    const std::size_t block = bin / kBlock;
    const auto mass = static_cast<float>(std::clamp(bins_[bin] + by, 0.0, kMassMax));
    const auto of_block = static_cast<float>(sum_with(&bins_[block * kBlock], bin % kBlock, mass));
    mass_ = sum_with(blocks_.data(), block, of_block);
    bins_[bin] = mass;
    blocks_[block] = of_block;
}

void Calibrator::insert(base::Timestamp time, double score, double weight) {
    if (!(weight > 0)) return;
    bring_up(time);
    change(bin_of(score), weight);
    since_fit_ += weight;
    if (since_fit_ >= std::max(16.0, mass() / 32)) fit();
}

void Calibrator::subtract(base::Timestamp time, double score, double weight) {
    if (!(weight > 0) || last_ns_ == kNever) return;
    // Inserted then, it has decayed since.
    change(bin_of(score), -weight * bring_up(time));
    fit();
}

void Calibrator::fit() {
    since_fit_ = 0;
    tail_ = {};
    const double total = mass();
    const double share = std::max(kTailShare, kTailMassMin / std::max(total, 1.0));
    if (share > kTailShareMax) return;
    // The lowest edge that no more than the share lies above, down to where there are enough.
    std::size_t first = kBins;
    double tail_mass = 0;
    while (first > 1 &&
           (tail_mass + bins_[first - 1] <= share * total || tail_mass < kTailMassMin)) {
        tail_mass += bins_[--first];
    }
    if (tail_mass >= kTailMassMin && tail_mass <= 2 * kTailShareMax * total) {
        fit_from(first, tail_mass);
    }
}

void Calibrator::fit_from(std::size_t first, double tail_mass) {
    const double threshold = low_edge(first);
    double higher = 0, mean = 0, weighted = 0, anchor = 0, as_high = 0;
    for (std::size_t bin = kBins; bin-- > first;) {
        if (bins_[bin] == 0) continue;
        const double excess = middle(bin) - threshold, mass = bins_[bin];
        mean += mass * excess;
        weighted += mass * excess * (higher + mass / 2) / tail_mass;
        if (higher < kRanked && higher + mass >= kRanked) {
            anchor = low_edge(bin);
            as_high = higher + mass;
        }
        higher += mass;
    }
    mean /= tail_mass;
    weighted /= tail_mass;
    const double spread = mean - 2 * weighted;
    if (!(mean > 0) || !(spread > 0)) return;
    const double fitted = 2 - mean / spread;
    const double heavier = 0.5 * (1 + std::max(fitted, 0.0)) / std::sqrt(tail_mass);
    Tail tail;
    tail.threshold = threshold;
    tail.shape = std::clamp(std::max(fitted, 0.0) + heavier, 0.001, kShapeMax);
    // The mean of what exceeds stays what it was.
    tail.scale = mean * (1 - std::clamp(fitted, 0.0, kShapeMax));
    tail.anchor = std::max(anchor, threshold);
    tail_ = tail;
    const double at_anchor = tail_p(tail_.anchor);
    tail_.log2_at_anchor = fixed_log2((as_high + 1) / (mass() + 1)) - fixed_log2(at_anchor);
}

double Calibrator::tail_p(double score) const {
    const double excess = std::max(0.0, score - tail_.threshold) / tail_.scale;
    const double log2_left = -fixed_log2(1 + tail_.shape * excess) / tail_.shape;
    return fixed_exp2(std::min(0.0, tail_.log2_at_anchor + log2_left));
}

void Calibrator::save(StateWriter& out) const {
    out.real(half_life_seconds_);
    out.integer(last_ns_);
    out.real(since_fit_);
    for (const double part :
         {tail_.threshold, tail_.scale, tail_.shape, tail_.anchor, tail_.log2_at_anchor}) {
        out.real(part);
    }
    for (std::size_t word = 0; word < kBins; word += 64) {
        std::uint64_t used = 0;
        for (std::size_t i = 0; i < 64; ++i) used |= (bins_[word + i] > 0 ? 1ull : 0) << i;
        out.integer(used);
        for (std::size_t i = 0; i < 64; ++i) {
            if (bins_[word + i] > 0) out.real(bins_[word + i]);
        }
    }
}

base::Result<void> Calibrator::restore(StateReader& in) {
    *this = Calibrator(half_life_seconds_);
    const auto read = [&]() -> base::Result<void> {
        if (in.real64() != half_life_seconds_) return not_ours(kKind, "it is of other settings");
        last_ns_ = in.integer<std::int64_t>();
        since_fit_ = in.real64();
        for (double* part :
             {&tail_.threshold, &tail_.scale, &tail_.shape, &tail_.anchor, &tail_.log2_at_anchor}) {
            *part = in.real64();
        }
        for (std::size_t word = 0; word < kBins; word += 64) {
            const auto used = in.integer<std::uint64_t>();
            for (std::size_t i = 0; i < 64; ++i) {
                if ((used >> i & 1) == 0) continue;
                bins_[word + i] = in.real32();
                if (!(bins_[word + i] > 0)) return not_ours(kKind, "a bin is impossible");
            }
        }
        if (!in.is_good()) return not_ours(kKind, "it is cut short");
        sum_all();
        return check_invariants();
    };
    auto done = read();
    if (!done) *this = Calibrator(half_life_seconds_);
    return done;
}

base::Result<void> Calibrator::check_invariants() const {
    for (const float bin : bins_) {
        if (!(bin >= 0 && bin <= kMassMax)) return not_ours(kKind, "a bin is impossible");
    }
    if (last_ns_ == kNever && (mass() > 0 || tail_.scale != 0 || since_fit_ != 0)) {
        return not_ours(kKind, "it is empty and yet not");
    }
    if (!(since_fit_ >= 0 && since_fit_ <= kMassMax))
        return not_ours(kKind, "its age is impossible");
    const bool is_none = tail_.threshold == 0 && tail_.scale == 0 && tail_.shape == 0 &&
                         tail_.anchor == 0 && tail_.log2_at_anchor == 0;
    const double highest = low_edge(kBins);
    const bool is_one = tail_.scale > 1e-9 && tail_.scale <= highest && tail_.shape >= 0.001 &&
                        tail_.shape <= kShapeMax && tail_.threshold >= 0 &&
                        tail_.threshold <= highest && tail_.anchor >= tail_.threshold &&
                        tail_.anchor <= highest && std::abs(tail_.log2_at_anchor) <= 2'000;
    if (!is_none && !is_one) return not_ours(kKind, "its tail is impossible");
    return {};
}

}  // namespace vedette::learn
