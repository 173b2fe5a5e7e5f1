// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"
#include "event/batch.h"
#include "learn/sketch/hyper_log_log.h"
#include "learn/state.h"
#include "rule/analytic/analytic.h"

namespace vedette::detect::baseline {

/// What one event adds to a window.
struct WindowEvent {
    event::EventId id;
    base::Timestamp time;
    double number = 0;        ///< of sum and value
    std::uint64_t value = 0;  ///< of distinct: the hash
    bool is_hit = false;      ///< of ratio
};

/// The events of one entity in one stretch of time, as far as a measure needs them.
///
/// Windows lie at whole multiples of their length since 1970, so that it does not matter where a
/// stream began. Trivially copyable, because windows live in places of a keyed store. Different
/// values are estimated (learn/sketch/hyper_log_log.h): nearly exact up to about twenty.
/// Cost: 168 bytes.
class Window {
  public:
    Window() = default;
    explicit Window(base::Timestamp begin) : begin_(begin) {}

    void add(rule::analytic::Measure measure, const WindowEvent& event);
    /// The measured number; nothing where there is too little to measure.
    std::optional<double> measured(rule::analytic::Measure measure) const;

    bool is_open() const { return count_ > 0; }
    base::Timestamp begin() const { return begin_; }
    base::Timestamp first() const { return first_; }
    base::Timestamp last() const { return last_; }
    std::uint64_t count() const { return count_; }
    /// The first and the last one.
    std::vector<event::EventId> events() const;

    void save(learn::StateWriter& out) const;
    /// False if it cannot have been written by save().
    bool restore(learn::StateReader& in);

  private:
    base::Timestamp begin_, first_, last_;
    std::uint64_t count_ = 0, hits_ = 0;
    double sum_ = 0;                        // of numbers; of value: the last one
    double gap_sum_ = 0, gap_squares_ = 0;  // seconds
    event::EventId first_event_, last_event_;
    learn::HyperLogLog distinct_;
};

/// When the window of that length begins in which `time` lies.
base::Timestamp window_begin(base::Timestamp time, std::int64_t length_ms);

/// The scale on which differences of a measure mean the same everywhere: square roots of counts,
/// logarithms of sizes and of odds.
double scaled(rule::analytic::Measure measure, double measured);
double unscaled(rule::analytic::Measure measure, double scaled);
/// Differences of scaled numbers below it mean nothing.
double resolution(rule::analytic::Measure measure);

}  // namespace vedette::detect::baseline
