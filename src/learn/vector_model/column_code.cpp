// SPDX-License-Identifier: Apache-2.0
#include "learn/vector_model/column_code.h"

#include <algorithm>
#include <cmath>

namespace vedette::learn {

namespace {

constexpr std::size_t kKnots = 64, kDiscreteMax = 24, kPositionsMax = 251;
constexpr float kLowest = 28, kInside = 200, kBeyond = 27;

std::uint8_t position_of(float place) { return static_cast<std::uint8_t>(place + 0.5F); }

}  // namespace

NumberCode::NumberCode(std::vector<float> values) {
    std::sort(values.begin(), values.end());
    if (values.empty()) return;
    const std::size_t count = values.size();
    std::vector<float> distinct, ranks;
    for (std::size_t i = 0; i < count;) {
        std::size_t end = i;
        while (end < count && values[end] == values[i]) ++end;
        distinct.push_back(values[i]);
        ranks.push_back(
            static_cast<float>(static_cast<double>(i + end) / 2 / static_cast<double>(count)));
        i = end;
    }
    is_discrete_ = distinct.size() <= kDiscreteMax;
    float next = -1;
    for (std::size_t i = 0; i < distinct.size(); ++i) {
        // A knot for each value of a small column, else one for each 64th of the ranks.
        const bool is_end = i + 1 == distinct.size();
        if (distinct.size() > kKnots && ranks[i] < next && !is_end) continue;
        knots_.push_back(distinct[i]);
        ranks_.push_back(ranks[i]);
        next = ranks[i] + 1.0F / kKnots;
    }
    spread_ = knots_.back() - knots_.front();
    if (!(spread_ > 0)) spread_ = std::max(1.0F, std::abs(knots_.back()));
}

CellCode NumberCode::of(float value) const {
    if (std::isnan(value)) return {0, kBinMissing};
    if (knots_.empty()) return {position_of(kLowest + kInside), kBinUnseen};
    if (value < knots_.front()) {
        const float excess = (knots_.front() - value) / spread_;
        return {position_of(kLowest - kBeyond * (excess / (1 + excess) + 0.2F) / 1.2F), kBinUnseen};
    }
    if (value > knots_.back()) {
        const float excess = (value - knots_.back()) / spread_;
        return {position_of(kLowest + kInside + kBeyond * (excess / (1 + excess) + 0.2F) / 1.2F),
                kBinBeyond};
    }
    const auto at = static_cast<std::size_t>(std::lower_bound(knots_.begin(), knots_.end(), value) -
                                             knots_.begin());
    float rank = ranks_[at];
    const bool is_knot = knots_[at] == value;
    if (!is_knot) {
        const float part = (value - knots_[at - 1]) / (knots_[at] - knots_[at - 1]);
        rank = ranks_[at - 1] + part * (ranks_[at] - ranks_[at - 1]);
    }
    const std::uint8_t position = position_of(kLowest + kInside * rank);
    if (is_discrete_) {
        return {position, is_knot ? static_cast<std::uint8_t>(kBinFirst + at) : kBinRare};
    }
    const auto bin = static_cast<std::uint8_t>(rank * (kDiscreteMax - 0.01F));
    return {position, static_cast<std::uint8_t>(kBinFirst + bin)};
}

CategoryCode::CategoryCode(std::vector<std::uint32_t> values) {
    std::sort(values.begin(), values.end());
    std::vector<std::pair<std::size_t, std::uint32_t>> counted;
    for (std::size_t i = 0; i < values.size();) {
        std::size_t end = i;
        while (end < values.size() && values[end] == values[i]) ++end;
        if (values[i] != 0) counted.emplace_back(end - i, values[i]);
        i = end;
    }
    // The most frequent first, equally frequent ones by value: an order without chance.
    std::sort(counted.begin(), counted.end(), [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    if (counted.size() > kPositionsMax) counted.resize(kPositionsMax);
    for (std::size_t i = 0; i < counted.size(); ++i) {
        const auto code = static_cast<std::uint8_t>(kBinFirst + i);
        codes_.push_back({counted[i].second, {code, code < kBins ? code : kBinRare}});
    }
    std::sort(codes_.begin(), codes_.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
}

CellCode CategoryCode::of(std::uint32_t value) const {
    if (value == 0) return {0, kBinMissing};
    const auto at = std::lower_bound(codes_.begin(), codes_.end(), value,
                                     [](const auto& a, std::uint32_t b) { return a.first < b; });
    if (at != codes_.end() && at->first == value) return at->second;
    return {kBinUnseen, kBinUnseen};
}

}  // namespace vedette::learn
