// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>

#include "learn/state.h"

namespace vedette::learn {

/// Mean and variance over about the last 1 / rate values, counted and not timed: a series is judged
/// by its own step. Until there are so many, the plain mean of all.
/// Source: T. Finch, "Incremental calculation of weighted mean and variance", 2009.
struct RunningMean {
    double mean = 0, variance = 0, count = 0;

    void add(double value, double rate) {
        count = std::min(count + 1, 1e9);
        const double share = std::max(rate, 1 / count);
        const double away = value - mean;
        mean += share * away;
        variance = (1 - share) * (variance + share * away * away);
    }
    double deviation() const { return std::sqrt(variance); }
    void save(StateWriter& out) const {
        out.real(mean);
        out.real(variance);
        out.real(count);
    }
    void restore(StateReader& in) {
        mean = in.real64();
        variance = in.real64();
        count = in.real64();
    }
    bool is_right() const {
        return std::isfinite(mean) && std::isfinite(variance) && variance >= 0 && count >= 0 &&
               count <= 1e9;
    }
};

}  // namespace vedette::learn
