// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "learn/lanes.h"
#include "learn/novelty/novelty.h"

namespace vedette::learn {

namespace {

using Words = std::int32_t __attribute__((vector_size(16)));

Words load_words(const std::uint32_t* from) {
    Words words;
    std::memcpy(&words, from, sizeof words);
    return words;
}

}  // namespace

float NoveltyProfile::listed(std::uint32_t tag) const {
    Lanes largest{};
    for (std::size_t i = 0; i < kValues; i += kLanes) {
        const Words is_it = load_words(&tags_[i]) == static_cast<std::int32_t>(tag);
        const Lanes counts = load_lanes(&counts_[i]);
        largest = max_lanes(largest, is_it ? counts : Lanes{});
    }
    return std::max(std::max(largest[0], largest[2]), std::max(largest[1], largest[3]));
}

double NoveltyProfile::above(float count) const {
    const Lanes least = count + Lanes{};
    Lanes sum{};
    for (std::size_t i = 0; i < kValues; i += kLanes) {
        const Lanes counts = load_lanes(&counts_[i]);
        sum += counts > least ? counts : Lanes{};
    }
    return static_cast<double>(sum_lanes(sum));
}

std::size_t NoveltyProfile::place_of(std::uint32_t tag) const {
    // At most one place holds it, so that the numbers of places, from 1, need no choosing.
    Words number = {1, 2, 3, 4}, found{};
    for (std::size_t i = 0; i < kValues; i += kLanes) {
        const Words is_it = (load_words(&tags_[i]) == static_cast<std::int32_t>(tag)) &
                            (load_lanes(&counts_[i]) > Lanes{});
        found |= is_it & number;
        number += 4;
    }
    const std::int32_t place = found[0] | found[1] | found[2] | found[3];
    return place > 0 ? static_cast<std::size_t>(place - 1) : place_of_smallest();
}

std::size_t NoveltyProfile::place_of_smallest() const {
    Lanes least = load_lanes(counts_.data());
    for (std::size_t i = kLanes; i < kValues; i += kLanes) {
        least = min_lanes(least, load_lanes(&counts_[i]));
    }
    const Lanes smallest =
        std::min(std::min(least[0], least[1]), std::min(least[2], least[3])) + Lanes{};
    Words number = {0, 1, 2, 3}, first = static_cast<std::int32_t>(kValues) + Words{};
    for (std::size_t i = 0; i < kValues; i += kLanes) {
        const Words here = load_lanes(&counts_[i]) == smallest ? number : first;
        first = here < first ? here : first;
        number += 4;
    }
    return static_cast<std::size_t>(
        std::min(std::min(first[0], first[1]), std::min(first[2], first[3])));
}

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
