// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

/// Logarithm and power of two with the same bits on every machine.
///
/// Why not the C library's: it chooses variants with fused multiply-add by the processor, and the
/// last digit differs then. Two machines that replay one journal must end with one checksum, so
/// this room uses only what IEEE 754 defines exactly (+ - * / and std::sqrt) and what is made of it
/// here. The build has no fused multiply-add (x86-64-v2) and must not contract.
/// Error: below 1e-14 absolute for the logarithm, below 1e-14 relative for the power.
/// Cost: a dozen multiplications and a look into tables of 1.5 KiB.
/// Not for: a hot loop over vectors whose result is never saved.
/// Source: table-driven reduction as in P. T. P. Tang, "Table-driven implementation of the
/// logarithm function in IEEE floating-point arithmetic", ACM TOMS 16(4), 1990.
namespace vedette::learn {

inline constexpr double kLn2 = 0.693147180559945309417232121458;
inline constexpr double kLog2OfE = 1.44269504088896340735992468100;

namespace fixed_math_detail {

inline constexpr std::size_t kSteps = 64;

/// log2(m) for m in [1, 2] by the series of the inverse hyperbolic tangent; for tables only.
constexpr double slow_log2(double m) {
    const double s = (m - 1) / (m + 1), square = s * s;
    double term = s, sum = 0;
    for (int k = 1; k < 60; k += 2) {
        sum += term / k;
        term *= square;
    }
    return 2 * sum * kLog2OfE;
}

/// 2^x for x in [0, 1) by Taylor's series; for tables only.
constexpr double slow_exp2(double x) {
    const double y = x * kLn2;
    double term = 1, sum = 1;
    for (int k = 1; k < 30; ++k) {
        term *= y / k;
        sum += term;
    }
    return sum;
}

struct LogEntry {
    double inverse, log2;
};

constexpr std::array<LogEntry, kSteps> make_log_table() {
    std::array<LogEntry, kSteps> table{};
    for (std::size_t i = 0; i < kSteps; ++i) {
        const double middle = 1 + (static_cast<double>(i) + 0.5) / kSteps;
        table[i] = {1 / middle, slow_log2(middle)};
    }
    return table;
}

constexpr std::array<double, kSteps> make_exp_table() {
    std::array<double, kSteps> table{};
    for (std::size_t i = 0; i < kSteps; ++i) table[i] = slow_exp2(static_cast<double>(i) / kSteps);
    return table;
}

inline constexpr std::array<LogEntry, kSteps> kLogTable = make_log_table();
inline constexpr std::array<double, kSteps> kExpTable = make_exp_table();

}  // namespace fixed_math_detail

/// log2(value). Zero and what is below give -1100, less than any number's logarithm.
/// `value` is finite.
inline double fixed_log2(double value) {
    namespace detail = fixed_math_detail;
    if (!(value > 0)) return -1100;
    int exponent = 0;
    if (value < 0x1p-1022) {  // subnormal: made normal first
        value *= 0x1p60;
        exponent = -60;
    }
    const auto bits = std::bit_cast<std::uint64_t>(value);
    exponent += static_cast<int>(bits >> 52) - 1023;
    const double m = std::bit_cast<double>((bits & 0x000F'FFFF'FFFF'FFFFull) | (1023ull << 52));
    const detail::LogEntry& entry = detail::kLogTable[(bits >> 46) & (detail::kSteps - 1)];
    const double r = m * entry.inverse - 1;  // |r| <= 1/129
    const double r2 = r * r;
    const double odd = r * (1 + r2 * (1.0 / 3 + r2 * (1.0 / 5)));
    const double even = r2 * (0.5 + r2 * (0.25 + r2 * (1.0 / 6)));
    return exponent + (entry.log2 + (odd - even) * kLog2OfE);
}

/// 2^x; 0 below -1000, 2^1000 above 1000.
inline double fixed_exp2(double x) {
    namespace detail = fixed_math_detail;
    if (!(x > -1000)) return 0;
    if (x > 1000) x = 1000;
    // A multiple of 1/64 and a small rest: adding 3 * 2^51 / 64 rounds to one.
    constexpr double kRound = 0x1.8p52 / static_cast<double>(detail::kSteps);
    const double shifted = x + kRound;
    const double nearest = shifted - kRound;
    const auto step = static_cast<std::int64_t>(nearest * static_cast<double>(detail::kSteps));
    const double y = (x - nearest) * kLn2;  // |y| <= ln2/128
    const double rest = y * (1 + y * (0.5 + y * (1.0 / 6 + y * (1.0 / 24 + y * (1.0 / 120)))));
    const double entry = detail::kExpTable[static_cast<std::size_t>(step) & (detail::kSteps - 1)];
    const auto power = static_cast<std::uint64_t>((step >> 6) + 1023) << 52;
    return (entry + entry * rest) * std::bit_cast<double>(power);
}

inline double fixed_ln(double value) { return fixed_log2(value) * kLn2; }
inline double fixed_exp(double x) { return fixed_exp2(x * kLog2OfE); }

/// What is left of a weight after so many half-lives.
inline double decay_of(double half_lives) { return fixed_exp2(-half_lives); }

}  // namespace vedette::learn
