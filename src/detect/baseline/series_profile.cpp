// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/series_profile.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace vedette::detect::baseline {

namespace {

/// In the order of learn::SeriesPart.
constexpr std::array<std::string_view, learn::kSeriesParts> kPartWords = {
    "far from its usual level",
    "far from the value before",
    "far from what this hour of the day is used to",
    "the last twenty values together have left their level",
    "the steps from value to value are not what they were",
    "the last four values form a shape not seen at such an hour"};
/// A part that has less of the largest part's bits is not worth words.
constexpr double kTellingShare = 0.5;
constexpr std::size_t kTellingMax = 2;

}  // namespace

std::string odd_words(const learn::SeriesJudgement& judgement) {
    std::array<std::size_t, learn::kSeriesParts> order{};
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return judgement.parts[a] > judgement.parts[b];
    });
    const double largest = judgement.parts[order[0]];
    std::string out(kPartWords[order[0]]);
    for (std::size_t i = 1; i < kTellingMax; ++i) {
        if (largest <= 0 || judgement.parts[order[i]] < kTellingShare * largest) break;
        out += ", ";
        out += kPartWords[order[i]];
    }
    return out;
}

void SeriesProfile::save(learn::StateWriter& out) const {
    out.integer(static_cast<std::uint8_t>(is_begun));
    series.save(out);
    out.integer(last.unix_ns);
    for (const double number : {last_value, judged_n, told_n}) out.real(number);
}

base::Result<void> SeriesProfile::restore(learn::StateReader& in) {
    *this = SeriesProfile();
    const auto read = [&]() -> base::Result<void> {
        const auto flag = in.integer<std::uint8_t>();
        is_begun = flag == 1;
        VD_TRY_DO(series.restore(in));
        last.unix_ns = in.integer<std::int64_t>();
        for (double* number : {&last_value, &judged_n, &told_n}) *number = in.real64();
        if (!in.is_good() || flag > 1) return learn::not_ours(kKind, "it is cut short");
        return check_invariants();
    };
    auto done = read();
    if (!done) *this = SeriesProfile();
    return done;
}

base::Result<void> SeriesProfile::check_invariants() const {
    const bool is_counted = judged_n >= 0 && told_n >= -1 && told_n <= judged_n;
    if (!is_counted || !std::isfinite(last_value)) {
        return learn::not_ours(kKind, "its counts are impossible");
    }
    return series.check_invariants();
}

}  // namespace vedette::detect::baseline
