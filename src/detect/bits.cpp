// SPDX-License-Identifier: Apache-2.0
#include "detect/bits.h"

namespace vedette::detect {

namespace {

constexpr std::size_t kPartsOfBit = 16;

}  // namespace

double prior_bits(cases::Severity level) {
    switch (level) {
        case cases::Severity::informational: return 0;
        case cases::Severity::low: return 1;
        case cases::Severity::medium: return 3;
        case cases::Severity::high: return 6;
        case cases::Severity::critical: return 9;
    }
    return 0;
}

std::vector<double> split_bits(double bits, std::size_t line_count) {
    std::vector<double> out;
    const auto parts = static_cast<std::size_t>(bits * kPartsOfBit);
    for (std::size_t i = 0; i < line_count; ++i) {
        const std::size_t share = parts / line_count + (i < parts % line_count ? 1 : 0);
        out.push_back(static_cast<double>(share) / kPartsOfBit);
    }
    return out;
}

}  // namespace vedette::detect
