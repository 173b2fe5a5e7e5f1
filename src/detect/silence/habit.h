// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/time.h"
#include "detect/silence/limits.h"

namespace vedette::detect::silence {

/// A length of silence, by two clocks.
struct Gap {
    std::int64_t plain_ms = 0;  ///< watched time
    std::int64_t expected_ms =
        0;  ///< watched time, each hour counted by how usual a record is then
    bool operator==(const Gap&) const = default;
};

/// When a speaker usually speaks, and how long its usual gaps are.
///
/// Of each hour of the week the share of watched time in which it was heard (within the last ten
/// minutes) is a mean over about kWeeks weeks. A gap's *expected* length counts each of its hours
/// by the smallest share of that hour and its two neighbours, and by nothing where that is below a
/// half: nights and weekends of a speaker that keeps office hours count nothing, be it an hour late
/// or summer time, and of what is rare the expected length says nothing. Of the last kWeeks weeks
/// the longest gap each is remembered by both clocks. All of it is integers, so that it is the same
/// everywhere.
class Habit {
  public:
    /// The clock has gone on by `step_ms` watched milliseconds to `now`, with a record or without.
    void step(base::Timestamp now, std::int64_t step_ms, bool has_record);

    /// The gap it is in.
    const Gap& gap() const { return gap_; }
    /// Learns that a gap is over.
    void learn(base::Timestamp now, Gap gap);
    void begin_gap() { gap_ = {}; }

    /// Beyond this it is silent; by either clock.
    Gap limit(base::Timestamp now) const;
    /// Whether it was watched for long enough at that time to say so of a gap that began then.
    bool is_known(base::Timestamp at) const;
    /// Gaps that were learned from and are remembered.
    std::uint64_t gap_count(base::Timestamp now) const;
    /// The longest of them.
    Gap longest(base::Timestamp now) const;
    /// The share of time in which it is heard in this hour of the week, in percent; of the smallest
    /// of three hours, as expected lengths count it.
    int expected_percent(base::Timestamp now) const;
    base::Timestamp since() const { return since_; }
    std::int64_t watched_ms() const { return watched_ms_; }

    void save(std::string& out) const;
    /// False if it cannot have been written by save().
    bool restore(base::ByteReader& in);
    bool operator==(const Habit&) const = default;

  private:
    struct Week {
        std::int64_t number = -1;
        std::uint64_t gaps = 0;
        Gap longest;
        bool operator==(const Week&) const = default;
    };
    void end_hour();
    bool is_remembered(const Week& week, base::Timestamp now) const;
    std::int64_t limit_of(base::Timestamp now, std::int64_t Gap::*length) const;
    std::uint16_t expected_share(std::size_t hour) const;

    base::Timestamp since_;
    std::int64_t watched_ms_ = 0;
    std::array<std::uint16_t, kHoursOfWeek> shares_{};  // of 65,535
    std::array<std::uint8_t, kHoursOfWeek> learned_{};  // how often, up to kWeeks
    std::uint32_t hour_ = kHoursOfWeek;                 // of the week, in progress; none yet
    std::int64_t hour_watched_ms_ = 0, hour_active_ms_ = 0;
    Gap gap_;
    std::array<Week, kWeeks> weeks_{};
};

}  // namespace vedette::detect::silence
