// SPDX-License-Identifier: Apache-2.0
#include "learn/evidence/evidence.h"

#include <algorithm>
#include <cmath>

#include "learn/fixed_math.h"

namespace vedette::learn {

namespace {

/// Smaller p-values count as this: no detector knows better.
constexpr double kPMin = 1e-100;

double believed(const EvidencePart& part) {
    const double health = std::clamp(part.health, 0.0, 1.0);
    return 1 - health + health * e_of_p(part.p);
}

double weight_of(const EvidencePart& part) { return std::max(part.weight, 0.0); }

}  // namespace

double rounded_bits(double bits) {
    return std::floor(std::clamp(bits, -kBitsMax, kBitsMax) / kBitsStep) * kBitsStep;
}

double e_of_p(double p) {
    p = std::clamp(p, kPMin, 1.0);
    const double x = -fixed_ln(p);
    if (x < 0.1) {
        // The series of (e^x - 1 - x) / x^2, where the formula cancels.
        return 1.0 / 2 +
               x * (1.0 / 6 + x * (1.0 / 24 +
                                   x * (1.0 / 120 +
                                        x * (1.0 / 720 + x * (1.0 / 5'040 + x * (1.0 / 40'320))))));
    }
    return (1 / p - 1 - x) / (x * x);  // e^x is 1/p
}

double combined_bits(std::span<const EvidencePart> parts) {
    double sum = 0, weights = 0;
    for (const EvidencePart& part : parts) {
        sum += weight_of(part) * believed(part);
        weights += weight_of(part);
    }
    return weights > 0 ? rounded_bits(fixed_log2(sum / weights)) : 0;
}

double combined_bits(std::span<const EvidencePart> parts, std::vector<EvidenceLine>& lines) {
    const double bits = combined_bits(parts);
    std::vector<std::uint32_t> order;
    double weights = 0;
    for (std::uint32_t i = 0; i < parts.size(); ++i) {
        if (weight_of(parts[i]) > 0) order.push_back(i);
        weights += weight_of(parts[i]);
    }
    if (order.empty()) return 0;
    const auto says = [&](std::uint32_t i) { return weight_of(parts[i]) * believed(parts[i]); };
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return says(a) > says(b); });
    double told = 0;
    const auto tell = [&](LineKind kind, std::uint32_t part, double line_bits) {
        if (line_bits == 0) return;
        lines.push_back({kind, part, line_bits});
        told += line_bits;
    };
    const std::uint32_t first = order.front();
    const EvidencePart& strongest = parts[first];
    const double surprise = rounded_bits(-fixed_log2(std::clamp(strongest.p, kPMin, 1.0)));
    const double calibrated = rounded_bits(fixed_log2(e_of_p(strongest.p)));
    tell(LineKind::surprise, first, surprise);
    tell(LineKind::calibration, first, calibrated - surprise);
    tell(LineKind::health, first, rounded_bits(fixed_log2(believed(strongest))) - calibrated);
    double sum = says(first);
    for (std::size_t k = 1; k < order.size(); ++k) {
        const double more = sum + says(order[k]);
        tell(LineKind::corroboration, order[k], rounded_bits(fixed_log2(more / sum)));
        sum = more;
    }
    // What is left is the price of having looked with all of them, and what rounding took.
    tell(LineKind::overlap, first, bits - told);
    return bits;
}

}  // namespace vedette::learn
