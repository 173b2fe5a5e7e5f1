// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "learn/fixed_math.h"

namespace vedette::learn {

/// Mixes 64 bits so that every bit of the result depends on every bit of `value`. One to one.
/// Source: the finaliser of SplitMix64, G. L. Steele, D. Lea, C. H. Flood, OOPSLA 2014.
constexpr std::uint64_t mix_bits(std::uint64_t value) {
    value = (value ^ (value >> 30)) * 0xBF58'476D'1CE4'E5B9ull;
    value = (value ^ (value >> 27)) * 0x94D0'49BB'1331'11EBull;
    return value ^ (value >> 31);
}

/// A key made of two, e.g. entity and value. Not symmetric.
constexpr std::uint64_t pair_key(std::uint64_t first, std::uint64_t second) {
    return mix_bits(mix_bits(first + 0x9E37'79B9'7F4A'7C15ull) ^ second);
}

/// In [0, 1), of the upper 53 bits.
constexpr double unit_of_bits(std::uint64_t bits) {
    return static_cast<double>(bits >> 11) * 0x1p-53;
}

/// Random numbers that are the same on every machine and go on where a saved state stopped; the
/// distributions of the standard library differ between libraries. Not for secrets.
/// State: four words, not all zero.
/// Source: xoshiro256**, D. Blackman and S. Vigna, "Scrambled linear pseudorandom number
/// generators", ACM TOMS 47(4), 2021.
class Random {
  public:
    explicit Random(std::uint64_t seed) {
        for (std::uint64_t& word : words_) word = mix_bits(seed += 0x9E37'79B9'7F4A'7C15ull);
    }

    std::uint64_t next() {
        const std::uint64_t result = std::rotl(words_[1] * 5, 7) * 9;
        const std::uint64_t shifted = words_[1] << 17;
        words_[2] ^= words_[0];
        words_[3] ^= words_[1];
        words_[1] ^= words_[2];
        words_[0] ^= words_[3];
        words_[2] ^= shifted;
        words_[3] = std::rotl(words_[3], 45);
        return result;
    }
    /// In [0, 1).
    double unit() { return unit_of_bits(next()); }
    /// In [0, bound), bound > 0. Uneven by less than bound / 2^32.
    std::uint32_t below(std::uint32_t bound) {
        return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
    }
    /// Mean 1.
    double exponential() { return -fixed_ln(1 - unit()); }
    /// Mean 0, variance 1; the polar method's second number is not kept.
    /// Source: G. Marsaglia, T. A. Bray, SIAM Review 6(3), 1964.
    double normal() {
        for (;;) {
            const double x = 2 * unit() - 1, y = 2 * unit() - 1, square = x * x + y * y;
            if (square >= 1 || square == 0) continue;
            return x * std::sqrt(-2 * fixed_ln(square) / square);
        }
    }

    const std::array<std::uint64_t, 4>& words() const { return words_; }
    /// False and nothing done if all are zero, which it cannot leave again.
    bool set_words(const std::array<std::uint64_t, 4>& words) {
        if ((words[0] | words[1] | words[2] | words[3]) == 0) return false;
        words_ = words;
        return true;
    }

  private:
    std::array<std::uint64_t, 4> words_{};
};

}  // namespace vedette::learn
