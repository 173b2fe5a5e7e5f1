// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cases/finding.h"
#include "detect/baseline/scorer.h"
#include "rule/analytic/analytic.h"

namespace vedette::detect::baseline {

inline constexpr std::string_view kDetectorName = "baseline";
inline constexpr std::uint32_t kDetectorVersion = 1;

/// One number of a vector, and how much of what is odd is owed to it.
struct ToldPart {
    std::string feature;  ///< "sum of source.bytes"
    rule::analytic::Measure measure = rule::analytic::Measure::count;
    double observed = 0, expected = 0, low = 0, high = 0;  ///< in the unit of its measure
    double n = 0;                                          ///< observations that stand behind it
    double share = 0;                                      ///< of the vector's bits
};

/// Everything that a person is told of a test.
struct ToldTest {
    const rule::analytic::Analytic* analytic = nullptr;
    std::string entity;           ///< its name
    double observed = 0;          ///< in the unit of the measure
    std::string value;            ///< of measures of values: the value; of series: what is odd
    std::string before;           ///< of sequences: the values that came before
    std::int64_t window_ms = 0;   ///< 0: of one event
    base::Timestamp first, last;  ///< event time
    base::Timestamp begin;        ///< of the window; of one event its time
    std::vector<event::EventId> events;
    std::vector<Comparison> comparisons;
    std::vector<ToldPart> parts;  ///< of vectors
    Outcome outcome;
    double tests_per_day = 1;  ///< of this entity; decides what one test stakes
};

/// Evidence that a test adds: an entity that is tested so often a day stakes so small a share on
/// each test that a day's harmless tests together earn nothing. Steps of learn::kBitsStep.
double staked_bits(double bits, double tests_per_day);

// How people read it.

/// "1 h 30 min"
std::string duration_words(std::int64_t ms);
/// "2026-03-01", of days since 1970.
std::string day_words(std::int32_t day);
/// A number with three digits that mean something.
std::string number_words(rule::analytic::Measure measure, double value);
/// "distinct of process.name"
std::string feature_of(const rule::analytic::Analytic& analytic);

/// The finding, with lines that add up to staked_bits() exactly. Source, origin, record and raw are
/// the caller's.
cases::Finding finding_of(const ToldTest& test);

/// Names those that a row is about (event/entity.h) beside those that the finding has.
void add_entities_of_row(cases::Finding& finding, const event::Batch& batch, std::uint32_t row);

}  // namespace vedette::detect::baseline
