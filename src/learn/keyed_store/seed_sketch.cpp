// SPDX-License-Identifier: Apache-2.0
#include "learn/keyed_store/seed_sketch.h"

#include <algorithm>

#include "base/check.h"
#include "learn/random.h"

namespace vedette::learn {

SeedSketch::SeedSketch(unsigned width_log2, std::uint64_t salt)
    : width_log2_(width_log2), salt_(salt), counts_(kRows << width_log2) {
    VD_CHECK(width_log2 >= 6 && width_log2 <= 30);
}

unsigned SeedSketch::estimate(std::uint64_t key) const {
    const std::uint64_t mixed = pair_key(salt_, key);
    unsigned least = kCountMax;
    for (std::size_t row = 0; row < kRows; ++row) {
        least = std::min<unsigned>(least, counts_[at(row, mixed)]);
    }
    return least;
}

unsigned SeedSketch::add(std::uint64_t key, unsigned times) {
    times = std::min(times, kCountMax);
    const std::uint64_t mixed = pair_key(salt_, key);
    // Only the smallest counts need to grow: nothing is ever taken out here.
    const unsigned after = std::min(estimate(key) + times, kCountMax);
    for (std::size_t row = 0; row < kRows; ++row) {
        std::uint8_t& count = counts_[at(row, mixed)];
        count = static_cast<std::uint8_t>(std::max<unsigned>(count, after));
    }
    since_halving_ += times;
    if (since_halving_ >= 1ull << (width_log2_ - 1)) halve();
    return after;
}

void SeedSketch::halve() {
    for (std::uint8_t& count : counts_) count = static_cast<std::uint8_t>(count / 2);
    since_halving_ = 0;
}

void SeedSketch::save(StateWriter& out) const {
    out.varint(since_halving_);
    for (std::size_t i = 0; i < counts_.size();) {
        std::size_t run = i;
        while (run < counts_.size() && counts_[run] == 0) ++run;
        out.varint(run - i);
        i = run;
        while (run < counts_.size() && counts_[run] != 0) ++run;
        out.varint(run - i);
        for (; i < run; ++i) out.integer(counts_[i]);
    }
}

bool SeedSketch::restore(StateReader& in) {
    std::fill(counts_.begin(), counts_.end(), std::uint8_t{0});
    since_halving_ = in.varint();
    bool is_right = in.is_good() && since_halving_ < 1ull << (width_log2_ - 1);
    for (std::size_t i = 0; is_right && i < counts_.size();) {
        const std::uint64_t zeros = in.varint(), used = in.varint();
        const std::size_t room = counts_.size() - i;
        is_right = in.is_good() && zeros <= room && used <= room - zeros && zeros + used > 0 &&
                   (used > 0 || zeros == room) && (zeros > 0 || i == 0);
        if (!is_right) break;
        i += zeros;
        for (const char count : in.bytes(used)) {
            counts_[i++] = static_cast<std::uint8_t>(count);
            is_right = is_right && count != 0;
        }
        is_right = is_right && in.is_good();
    }
    if (is_right) return true;
    std::fill(counts_.begin(), counts_.end(), std::uint8_t{0});
    since_halving_ = 0;
    return false;
}

}  // namespace vedette::learn
