// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

/// Sine, cosine and arc sine with the same bits on every machine, for the same reason as
/// fixed_math.h.
/// Error: below 1e-14 absolute.   Limits: angles within 1,000 radians.
/// Cost: a dozen multiplications; the arc sine two dozen, and a root.
/// Not for: angles of physics, which may be large.
/// Source: the series of Taylor after reduction to a quarter turn; W. J. Cody, W. Waite, "Software
/// manual for the elementary functions", 1980, ch. 8 and 10.
namespace vedette::learn {

namespace fixed_angles_detail {

// Half of pi in two parts, the first with so few digits that small multiples of it are exact.
inline constexpr double kHalfPiHigh = 0x1.921FB544p+0, kHalfPiLow = 0x1.0B4611A626331p-34;

/// For |x| <= pi/4.
constexpr double sine_near_zero(double x) {
    const double square = x * x;
    double term = x, sum = x;
    for (int k = 3; k <= 19; k += 2) {
        term *= -square / (k * (k - 1));
        sum += term;
    }
    return sum;
}
constexpr double cosine_near_zero(double x) {
    const double square = x * x;
    double term = 1, sum = 1;
    for (int k = 2; k <= 20; k += 2) {
        term *= -square / (k * (k - 1));
        sum += term;
    }
    return sum;
}

/// The sine of x and of so many quarter turns more.
inline double sine_of_quarters(double x, int quarters) {
    const double turns = x / (kHalfPiHigh + kHalfPiLow);
    const auto nearest = static_cast<int>(turns < 0 ? turns - 0.5 : turns + 0.5);
    const double rest = (x - nearest * kHalfPiHigh) - nearest * kHalfPiLow;
    const auto quadrant = static_cast<unsigned>(nearest + quarters) % 4;
    const double value = quadrant % 2 == 0 ? sine_near_zero(rest) : cosine_near_zero(rest);
    return quadrant < 2 ? value : -value;
}

/// For 0 <= x <= 1/2.
constexpr double arc_sine_near_zero(double x) {
    const double square = x * x;
    double term = x, sum = x;
    for (int k = 1; k <= 22; ++k) {
        term *= square * (2 * k - 1) / (2 * k);
        sum += term / (2 * k + 1);
    }
    return sum;
}

}  // namespace fixed_angles_detail

inline double fixed_sin(double radians) {
    return fixed_angles_detail::sine_of_quarters(radians, 0);
}
inline double fixed_cos(double radians) {
    return fixed_angles_detail::sine_of_quarters(radians, 1);
}
/// Of what is beyond -1 and 1, that of these.
inline double fixed_asin(double value) {
    namespace detail = fixed_angles_detail;
    if (value < 0) return -fixed_asin(-value);
    if (value <= 0.5) return detail::arc_sine_near_zero(value);
    if (value > 1) value = 1;
    constexpr double kHalfPi = detail::kHalfPiHigh + detail::kHalfPiLow;
    return kHalfPi - 2 * detail::arc_sine_near_zero(std::sqrt((1 - value) / 2));
}

}  // namespace vedette::learn
