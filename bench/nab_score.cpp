// SPDX-License-Identifier: Apache-2.0
#include "bench/nab_score.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace vedette::bench {

namespace {

/// 0.987 at -1, 0 at 0, towards -1 behind.
double sigmoid_at(double place) { return place >= 3 ? -1 : 2 / (1 + std::exp(5 * place)) - 1; }

}  // namespace

NabWindows::NabWindows(const std::vector<std::int64_t>& times_s,
                       const std::vector<std::pair<std::int64_t, std::int64_t>>& windows_s)
    : probation_(
          static_cast<std::size_t>(std::min(0.15 * static_cast<double>(times_s.size()), 750.0))),
      values_(times_s.size()),
      window_of_(times_s.size(), -1) {
    struct Passed {
        std::size_t last;
        double width;
    };
    std::optional<Passed> before;
    std::size_t next = 0, end = 0;
    double width = 0;
    int current = -1;
    for (std::size_t i = 0; i < times_s.size(); ++i) {
        if (current < 0 && next < windows_s.size() && times_s[i] == windows_s[next].first) {
            const auto last = std::find(times_s.begin(), times_s.end(), windows_s[next].second);
            end = static_cast<std::size_t>(last - times_s.begin());
            width = static_cast<double>(end) - static_cast<double>(i) + 1;
            current = static_cast<int>(next++);
        }
        if (current >= 0) {
            const double left = static_cast<double>(end) - static_cast<double>(i) + 1;
            values_[i] = sigmoid_at(-left / width) / sigmoid_at(-1);
            window_of_[i] = current;
            if (i == end) {
                before = Passed{i, width};
                current = -1;
            }
        } else {
            values_[i] =
                before ? sigmoid_at(static_cast<double>(i - before->last) / (before->width - 1))
                       : -1;
        }
    }
    std::vector<int> counted(window_of_.begin() + static_cast<std::ptrdiff_t>(probation_),
                             window_of_.end());
    std::sort(counted.begin(), counted.end());
    counted.erase(std::unique(counted.begin(), counted.end()), counted.end());
    window_count_ = static_cast<std::size_t>(
        std::count_if(counted.begin(), counted.end(), [](int window) { return window >= 0; }));
}

double NabWindows::raw_score(const std::vector<bool>& alarms, const NabProfile& profile) const {
    double score = 0;
    std::vector<std::optional<double>> best(
        static_cast<std::size_t>(1 + *std::max_element(window_of_.begin(), window_of_.end())));
    for (std::size_t i = probation_; i < values_.size(); ++i) {
        if (!alarms[i]) continue;
        if (window_of_[i] < 0) {
            score += profile.false_alarm * values_[i];
        } else {
            auto& kept = best[static_cast<std::size_t>(window_of_[i])];
            kept = std::max(kept.value_or(values_[i]), values_[i]);
        }
    }
    std::size_t found = 0;
    for (const auto& value : best) {
        if (!value) continue;
        score += *value;
        ++found;
    }
    return score - profile.miss * static_cast<double>(window_count_ - found);
}

double nab_normalised(double raw, std::size_t windows, const NabProfile& profile) {
    if (windows == 0) return 0;
    const double count = static_cast<double>(windows);
    return 100 * (raw + profile.miss * count) / (count * (1 + profile.miss));
}

}  // namespace vedette::bench
