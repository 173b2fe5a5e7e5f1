// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/window.h"

#include <algorithm>
#include <cmath>

#include "learn/fixed_math.h"

namespace vedette::detect::baseline {

using rule::analytic::Measure;

namespace {

constexpr double kNsPerSecond = 1e9;
/// Fewer gaps say nothing about how even they are.
constexpr std::uint64_t kGapsMin = 8;

event::EventId read_id(learn::StateReader& in) {
    const auto offset = in.integer<std::uint64_t>();
    return {offset, in.integer<std::uint32_t>()};
}

}  // namespace

void Window::add(Measure measure, const WindowEvent& event) {
    if (count_ == 0) {
        first_ = last_ = event.time;
    } else if (measure == Measure::regularity) {
        const double gap = static_cast<double>(event.time.unix_ns - last_.unix_ns) / kNsPerSecond;
        // What comes out of order is another stream's part: its gap is not one of this one.
        if (gap >= 0) {
            gap_sum_ += gap;
            gap_squares_ += gap * gap;
        }
    }
    first_ = std::min(first_, event.time);
    last_ = std::max(last_, event.time);
    if (count_ == 0) first_event_ = event.id;
    last_event_ = event.id;
    ++count_;
    hits_ += event.is_hit;
    if (measure == Measure::sum) sum_ += event.number;
    if (measure == Measure::value) sum_ = event.number;
    if (measure == Measure::distinct) distinct_.add(event.value);
}

std::optional<double> Window::measured(Measure measure) const {
    const auto count = static_cast<double>(count_);
    const double seconds = static_cast<double>(last_.unix_ns - first_.unix_ns) / kNsPerSecond;
    switch (measure) {
        case Measure::count: return count;
        case Measure::distinct: return distinct_.estimate();
        case Measure::sum:
        case Measure::value: return sum_;
        case Measure::rate:
            if (count_ < 2) return std::nullopt;
            return count / std::max(seconds, 1.0);
        case Measure::ratio:
            // The usual correction for few: half a hit more of one event more.
            return (static_cast<double>(hits_) + 0.5) / (count + 1);
        case Measure::regularity: {
            if (count_ <= kGapsMin) return std::nullopt;
            const double gaps = count - 1, mean = gap_sum_ / gaps;
            if (mean <= 0) return std::nullopt;
            const double variance = std::max(gap_squares_ / gaps - mean * mean, 0.0);
            // 1 where all gaps are alike, 1/2 where events come by chance.
            return mean / (mean + std::sqrt(variance));
        }
        default: return std::nullopt;
    }
}

std::vector<event::EventId> Window::events() const {
    if (count_ == 0) return {};
    if (count_ == 1) return {first_event_};
    return {std::min(first_event_, last_event_), std::max(first_event_, last_event_)};
}

void Window::save(learn::StateWriter& out) const {
    out.varint(count_);
    if (count_ == 0) return;
    for (const base::Timestamp time : {begin_, first_, last_}) out.integer(time.unix_ns);
    out.varint(hits_);
    out.real(sum_);
    out.real(gap_sum_);
    out.real(gap_squares_);
    for (const event::EventId& id : {first_event_, last_event_}) {
        out.integer(id.offset);
        out.integer(id.row);
    }
    distinct_.save(out);
}

bool Window::restore(learn::StateReader& in) {
    *this = Window();
    count_ = in.varint();
    if (count_ == 0) return in.is_good();
    for (base::Timestamp* time : {&begin_, &first_, &last_}) {
        time->unix_ns = in.integer<std::int64_t>();
    }
    hits_ = in.varint();
    sum_ = in.real64();
    gap_sum_ = in.real64();
    gap_squares_ = in.real64();
    first_event_ = read_id(in);
    last_event_ = read_id(in);
    return distinct_.restore(in).has_value() && in.is_good() && hits_ <= count_ &&
           first_ <= last_ && gap_sum_ >= 0 && gap_squares_ >= 0;
}

base::Timestamp window_begin(base::Timestamp time, std::int64_t length_ms) {
    const std::int64_t length_ns = length_ms * base::kNsPerMs;
    const std::int64_t rest = time.unix_ns % length_ns;
    return {time.unix_ns - (rest < 0 ? rest + length_ns : rest)};
}

double scaled(Measure measure, double measured) {
    switch (measure) {
        case Measure::count:
        case Measure::distinct: return 2 * std::sqrt(std::max(measured, 0.0) + 0.375);
        case Measure::sum:
        case Measure::rate: {
            const double size = learn::fixed_log2(1 + std::abs(measured));
            return measured < 0 ? -size : size;
        }
        case Measure::ratio:
        case Measure::regularity: {
            const double share = std::clamp(measured, 1e-6, 1 - 1e-6);
            return learn::fixed_log2(share / (1 - share));
        }
        default: return measured;
    }
}

double unscaled(Measure measure, double scaled) {
    switch (measure) {
        case Measure::count:
        case Measure::distinct: return std::max(scaled * scaled / 4 - 0.375, 0.0);
        case Measure::sum:
        case Measure::rate: {
            const double size = learn::fixed_exp2(std::abs(scaled)) - 1;
            return scaled < 0 ? -size : size;
        }
        case Measure::ratio:
        case Measure::regularity: {
            const double odds = learn::fixed_exp2(scaled);
            return odds / (1 + odds);
        }
        default: return scaled;
    }
}

double resolution(Measure measure) {
    switch (measure) {
        case Measure::count:
        case Measure::distinct: return 0.5;
        case Measure::sum:
        case Measure::rate: return 0.25;
        case Measure::ratio:
        case Measure::regularity: return 0.25;
        default: return 1e-6;
    }
}

}  // namespace vedette::detect::baseline
