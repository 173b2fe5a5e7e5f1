// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/retention_policy.h"

namespace vedette::engine {

/// How much of a data set comes in a day: the median of its last complete days, and the quartiles
/// as an interval. One day with an attack or an import moves neither.
struct DailyRate {
    double rows = 0;
    double bytes = 0, bytes_low = 0, bytes_high = 0;
    int days = 0;  ///< complete days it stands on; 0: the day that runs, counted up to 24 hours
};

struct DataSetForecast {
    std::string data_set;
    std::uint64_t rows = 0, bytes = 0;  ///< there now
    std::int32_t oldest_day = 0, newest_day = 0;
    std::uint32_t days_kept = 0;  ///< by its rule; 0: for ever
    DailyRate rate;
    double bytes_at_rest = 0;  ///< where its days alone let it grow to; 0: without end
};

/// When something happens, in days from now; nothing: not within kForecastDays.
struct ForecastDays {
    std::optional<int> low, middle, high;
};

/// How far into the future is reckoned: what lies beyond ten years is no forecast.
inline constexpr int kForecastDays = 3'650;
/// Complete days that a rate stands on.
inline constexpr int kRateDays = 14;

struct DiskForecast {
    std::vector<DataSetForecast> data_sets;  ///< the largest first
    ForecastDays full;                       ///< low: at the high rates
    /// From then on as much goes as comes, at the median rates.
    std::optional<int> steady;
    double bytes_at_rest = 0;  ///< of the store then; 0 where it grows without end
};

struct ForecastInput {
    std::vector<StoredDay> stored;
    std::int32_t today = 0;
    double hours_of_today = 24;  ///< that have passed
    std::uint64_t disk_free_bytes = 0;
    std::uint64_t journal_bytes = 0;  ///< now; it grows as fast as the store until its quota
    std::uint64_t journal_quota_bytes = 0;
    double journal_bytes_per_day = 0;
};

/// How soon somebody has to do something about it.
enum class DiskUrgency { none, soon, now };
/// Full within so many days at the median rates: at once. Within so many at the high rates: soon.
inline constexpr int kFullNowDays = 2;
inline constexpr int kFullSoonDays = 14;
DiskUrgency urgency_of(const DiskForecast& forecast);

/// For people: "12 MB a day: full in 40 days (30 to 55)".
std::string text_of(const DiskForecast& forecast);

/// Reckons day by day what comes and what goes by the rules' days and limits.
/// Pure.   Cost: O(data sets * kForecastDays)
/// Does not promise: to know of another program that fills the same disk.
DiskForecast forecast_disk(const RetentionConfig& config, const ForecastInput& input);

}  // namespace vedette::engine
