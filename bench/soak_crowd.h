// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "learn/random.h"

namespace vedette::bench {

/// Who does something next. Some do very much and most do little (three of four events go by
/// Zipf's law, the rest to anybody); in the course of all events everybody leaves once, each at a
/// time of its own, and somebody new comes in its place; one event in a hundred is of a name that
/// never comes again.
class SoakCrowd {
  public:
    SoakCrowd(std::uint64_t entities, std::uint64_t events, std::uint64_t seed)
        : entities_(entities), events_(events), random_(seed) {}

    std::uint64_t next() {
        const std::uint64_t number = number_++;
        if (random_.below(100) == 0) return (std::uint64_t{1} << 63) | number;
        const double all = static_cast<double>(entities_);
        const double place =
            random_.below(4) > 0 ? std::pow(all, random_.unit()) - 1 : all * random_.unit();
        const auto at = std::min(static_cast<std::uint64_t>(place), entities_ - 1);
        const bool has_left = learn::mix_bits(at) % events_ < number;
        return at + (has_left ? entities_ : 0);
    }
    learn::Random& random() { return random_; }

  private:
    std::uint64_t entities_, events_, number_ = 0;
    learn::Random random_;
};

}  // namespace vedette::bench
