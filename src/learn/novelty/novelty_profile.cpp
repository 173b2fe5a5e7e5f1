// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "learn/novelty/novelty.h"

namespace vedette::learn {

void NoveltyProfile::save(StateWriter& out) const {
    out.integer(last_ns_);
    out.real(total_);
    out.real(distinct_);
    out.integer(static_cast<std::uint8_t>(has_driven_out_));
    // Empty places lie anywhere after something was taken out; which ones decides what comes next.
    std::uint16_t used = 0;
    for (std::size_t i = 0; i < kValues; ++i) {
        used = static_cast<std::uint16_t>(used | (counts_[i] > 0 ? 1u << i : 0u));
    }
    out.integer(used);
    for (std::size_t i = 0; i < kValues; ++i) {
        if (counts_[i] == 0) continue;
        out.integer(tags_[i]);
        out.real(counts_[i]);
    }
}

base::Result<void> NoveltyProfile::restore(StateReader& in) {
    *this = {};
    last_ns_ = in.integer<std::int64_t>();
    total_ = in.real64();
    distinct_ = in.real64();
    has_driven_out_ = in.integer<std::uint8_t>();
    const auto used = in.integer<std::uint16_t>();
    bool is_right = true;
    for (std::size_t i = 0; i < kValues; ++i) {
        if ((used >> i & 1) == 0) continue;
        tags_[i] = in.integer<std::uint32_t>();
        counts_[i] = in.real32();
        is_right = is_right && counts_[i] > 0;
    }
    auto checked = check_invariants();
    if (in.is_good() && is_right && checked) return {};
    *this = {};
    return checked ? not_ours(kKind, "it is cut short") : checked;
}

base::Result<void> NoveltyProfile::check_invariants() const {
    constexpr double kTotalMax = 1e15;
    const bool is_right = total_ >= 0 && total_ <= kTotalMax && distinct_ >= 0 &&
                          distinct_ <= total_ * 1.001 + 1e-3 && has_driven_out_ <= 1 &&
                          std::all_of(counts_.begin(), counts_.end(),
                                      [](float count) { return count >= 0 && count <= kTotalMax; });
    if (!is_right) return not_ours(kKind, "a count is impossible");
    for (std::size_t i = 0; i < kValues; ++i) {
        for (std::size_t k = 0; k < i; ++k) {
            if (tags_[i] == tags_[k] && counts_[i] > 0 && counts_[k] > 0) {
                return not_ours(kKind, "a value is listed twice");
            }
        }
    }
    if (last_ns_ == kNever && total_ > 0) return not_ours(kKind, "it is empty and yet not");
    return {};
}

}  // namespace vedette::learn
