// SPDX-License-Identifier: Apache-2.0
#include "learn/sketch/hyper_log_log.h"

#include <algorithm>

#include "learn/fixed_math.h"

namespace vedette::learn {

void HyperLogLog::merge(const HyperLogLog& other) {
    for (std::size_t i = 0; i < kRegisters; ++i) {
        registers_[i] = std::max(registers_[i], other.registers_[i]);
    }
}

double HyperLogLog::estimate() const {
    constexpr double kCount = kRegisters, kAlpha = 0.709;  // alpha of 64 registers
    double sum = 0;
    int zeros = 0;
    for (const std::uint8_t rank : registers_) {
        sum += std::bit_cast<double>(static_cast<std::uint64_t>(1023 - rank) << 52);  // 2^-rank
        zeros += rank == 0 ? 1 : 0;
    }
    const double raw = kAlpha * kCount * kCount / sum;
    if (raw > 2.5 * kCount || zeros == 0) return raw;
    return zeros == static_cast<int>(kRegisters) ? 0 : kCount * fixed_ln(kCount / zeros);
}

void HyperLogLog::save(StateWriter& out) const {
    for (const std::uint8_t rank : registers_) out.integer(rank);
}

base::Result<void> HyperLogLog::restore(StateReader& in) {
    for (std::uint8_t& rank : registers_) rank = in.integer<std::uint8_t>();
    auto checked = check_invariants();
    if (in.is_good() && checked) return {};
    clear();
    return checked ? not_ours(kKind, "it is cut short") : checked;
}

base::Result<void> HyperLogLog::check_invariants() const {
    const bool is_right = std::all_of(registers_.begin(), registers_.end(),
                                      [](std::uint8_t rank) { return rank <= kRankMax; });
    if (!is_right) return not_ours(kKind, "a register is too large");
    return {};
}

}  // namespace vedette::learn
