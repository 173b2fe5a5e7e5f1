// SPDX-License-Identifier: Apache-2.0
#include "engine/disk_forecast.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace vedette::engine {

namespace {

/// The value below which the share `at` of the sorted values lies.
double quantile(const std::vector<double>& sorted, double at) {
    if (sorted.empty()) return 0;
    const double place = at * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    const double part = place - static_cast<double>(below);
    return sorted[below] * (1 - part) + sorted[above] * part;
}

using Days = std::map<std::int32_t, StoredDay>;

/// Complete days from the data set's first one on; days without anything count.
DailyRate rate_of(const Days& days, std::int32_t today, double hours_of_today) {
    DailyRate rate;
    std::vector<double> bytes, rows;
    // The first day of all began somewhere in its middle.
    const std::int32_t first = std::max(days.begin()->first + 1, today - kRateDays);
    for (std::int32_t day = first; day < today; ++day) {
        const auto found = days.find(day);
        bytes.push_back(found == days.end() ? 0 : static_cast<double>(found->second.bytes));
        rows.push_back(found == days.end() ? 0 : static_cast<double>(found->second.rows));
    }
    rate.days = static_cast<int>(bytes.size());
    if (bytes.empty()) {
        const StoredDay& newest = days.rbegin()->second;
        const double hours = newest.day == today ? std::clamp(hours_of_today, 1.0, 24.0) : 24.0;
        bytes.push_back(static_cast<double>(newest.bytes) * 24 / hours);
        rows.push_back(static_cast<double>(newest.rows) * 24 / hours);
    }
    std::sort(bytes.begin(), bytes.end());
    std::sort(rows.begin(), rows.end());
    rate.rows = quantile(rows, 0.5);
    rate.bytes = quantile(bytes, 0.5);
    rate.bytes_low = quantile(bytes, 0.25);
    rate.bytes_high = quantile(bytes, 0.75);
    return rate;
}

/// The sizes of one data set, day of arrival by day of arrival, as time goes on.
class Growth {
  public:
    Growth(const Days& days, std::uint32_t days_kept, double per_day, std::int32_t today)
        : days_kept_(days_kept), per_day_(per_day), today_(today) {
        for (const auto& [day, stored] : days) {
            past_[day] = static_cast<double>(stored.bytes);
            total_ += static_cast<double>(stored.bytes);
        }
    }
    double total() const { return total_; }
    /// What day `ahead` brings, less what it takes.
    void live_through(int ahead) {
        total_ += per_day_;
        if (days_kept_ == 0) return;
        const std::int32_t before = today_ + ahead - static_cast<std::int32_t>(days_kept_);
        while (!past_.empty() && past_.begin()->first < before) {
            total_ -= past_.begin()->second;
            past_.erase(past_.begin());
        }
        // Of the days that are still to come, the oldest goes once all the past has gone.
        if (before > today_ + 1) total_ -= per_day_;
    }

  private:
    std::uint32_t days_kept_;
    double per_day_;
    std::int32_t today_;
    std::map<std::int32_t, double> past_;
    double total_ = 0;
};

struct DataSet {
    Days days;
    DailyRate rate;
    const RetentionRule* rule = nullptr;
    std::uint32_t days_kept = 0;
};

struct Future {
    std::optional<int> full, steady;
    double bytes_at_rest = 0;
};

/// Sizes as limits in bytes leave them: each rule's data sets together, then all.
double limited(const RetentionConfig& config, const std::map<const RetentionRule*, double>& sizes) {
    double total = 0;
    for (const auto& [rule, size] : sizes) {
        const bool has_limit = rule != nullptr && rule->bytes_max > 0;
        total += has_limit ? std::min(size, static_cast<double>(rule->bytes_max)) : size;
    }
    return config.bytes_max > 0 ? std::min(total, static_cast<double>(config.bytes_max)) : total;
}

Future live_on(const RetentionConfig& config, const ForecastInput& input,
               const std::vector<DataSet>& sets, double DailyRate::*which) {
    std::vector<Growth> growths;
    for (const DataSet& set : sets) {
        growths.emplace_back(set.days, set.days_kept, set.rate.*which, input.today);
    }
    const auto size_now = [&] {
        std::map<const RetentionRule*, double> sizes;
        for (std::size_t i = 0; i < sets.size(); ++i) sizes[sets[i].rule] += growths[i].total();
        return limited(config, sizes);
    };
    const double begin = size_now();
    const auto journal_room = static_cast<double>(
        input.journal_quota_bytes - std::min(input.journal_bytes, input.journal_quota_bytes));
    Future future;
    double last = begin;
    int last_change = 0;
    for (int ahead = 1; ahead <= kForecastDays; ++ahead) {
        for (Growth& growth : growths) growth.live_through(ahead);
        const double size = size_now();
        const double journal =
            std::min(journal_room, input.journal_bytes_per_day * static_cast<double>(ahead));
        if (std::abs(size - last) > 1) last_change = ahead;
        last = size;
        if (!future.full && size - begin + journal > static_cast<double>(input.disk_free_bytes)) {
            future.full = ahead;
        }
    }
    if (last_change < kForecastDays) {
        future.steady = last_change;
        future.bytes_at_rest = last;
    }
    return future;
}

}  // namespace

DiskUrgency urgency_of(const DiskForecast& forecast) {
    const ForecastDays& full = forecast.full;
    if (full.middle && *full.middle <= kFullNowDays) return DiskUrgency::now;
    return full.low && *full.low <= kFullSoonDays ? DiskUrgency::soon : DiskUrgency::none;
}

std::string text_of(const DiskForecast& forecast) {
    double per_day = 0;
    for (const DataSetForecast& set : forecast.data_sets) per_day += set.rate.bytes;
    std::string out = std::to_string(static_cast<std::uint64_t>(per_day) >> 20) + " MB a day: ";
    const auto days = [](const std::optional<int>& when) {
        return when ? std::to_string(*when)
                    : std::string("more than ") + std::to_string(kForecastDays);
    };
    if (forecast.full.low) {
        return out + "full in " + days(forecast.full.middle) + " days (" + days(forecast.full.low) +
               " to " + days(forecast.full.high) + ")";
    }
    if (!forecast.steady) return out + "room for years";
    const auto at_rest = static_cast<std::uint64_t>(forecast.bytes_at_rest) >> 20;
    return out + "room for what is kept, " + std::to_string(at_rest) + " MB";
}

DiskForecast forecast_disk(const RetentionConfig& config, const ForecastInput& input) {
    std::map<std::string, DataSet> by_name;
    for (const StoredDay& one : input.stored) by_name[one.data_set].days[one.day] = one;
    DiskForecast forecast;
    std::vector<DataSet> sets;
    for (auto& [name, set] : by_name) {
        set.rate = rate_of(set.days, input.today, input.hours_of_today);
        set.rule = rule_of(config, name);
        set.days_kept = days_of(config, name);
        DataSetForecast told;
        told.data_set = name;
        for (const auto& [day, stored] : set.days) {
            told.rows += stored.rows;
            told.bytes += stored.bytes;
        }
        told.oldest_day = set.days.begin()->first;
        told.newest_day = set.days.rbegin()->first;
        told.days_kept = set.days_kept;
        told.rate = set.rate;
        // Its day of arrival and the days after it.
        if (set.days_kept > 0) told.bytes_at_rest = set.rate.bytes * (set.days_kept + 1.0);
        forecast.data_sets.push_back(std::move(told));
        sets.push_back(set);
    }
    std::sort(forecast.data_sets.begin(), forecast.data_sets.end(),
              [](const DataSetForecast& a, const DataSetForecast& b) {
                  return a.bytes != b.bytes ? a.bytes > b.bytes : a.data_set < b.data_set;
              });
    const Future middle = live_on(config, input, sets, &DailyRate::bytes);
    forecast.full.middle = middle.full;
    forecast.full.low = live_on(config, input, sets, &DailyRate::bytes_high).full;
    forecast.full.high = live_on(config, input, sets, &DailyRate::bytes_low).full;
    forecast.steady = middle.steady;
    forecast.bytes_at_rest = middle.bytes_at_rest;
    return forecast;
}

}  // namespace vedette::engine
