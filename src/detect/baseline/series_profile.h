// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "detect/baseline/profiles.h"
#include "learn/series/metric_series.h"

namespace vedette::detect::baseline {

/// One metric series in one behaviour. Cost: 14 KiB.
struct SeriesProfile {
    static constexpr std::string_view kKind = "series profile";
    static constexpr std::uint8_t kVersion = 1;

    learn::MetricSeries series;
    base::Timestamp last;   ///< of the last sample; meaningless while is_begun is false
    double last_value = 0;  ///< as it came
    double judged_n = 0;    ///< which sample of the series was judged last
    double told_n = -1;     ///< which was told last; -1: none yet
    bool is_begun = false;

    void save(learn::StateWriter& out) const;
    base::Result<void> restore(learn::StateReader& in);
    std::size_t memory_bytes() const { return sizeof *this; }
    std::uint64_t checksum() const { return learn::checksum_of(*this); }
    base::Result<void> check_invariants() const;
};

static_assert(std::is_trivially_copyable_v<SeriesProfile>);

/// What is odd about a value, in words, the most telling first: "far from its usual level, ...".
std::string odd_words(const learn::SeriesJudgement& judgement);

}  // namespace vedette::detect::baseline
