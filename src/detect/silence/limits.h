// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds of the silence detector, and what it asks for before it speaks.
namespace vedette::detect::silence {

/// Speakers: sources, their origins, and the data sets of these. About 1 KB each.
inline constexpr std::size_t kSpeakersMax = 2'000;
/// Longer names of origins are cut: two that begin alike for so long are one.
inline constexpr std::size_t kNameBytesMax = 1'024;
/// One that was silent for this long is forgotten: it was taken out of service.
inline constexpr std::int64_t kForgottenAfterMs = 30ll * 86'400'000;

/// A longer step of the clock was not watched: Vedette was down, or old logs were read.
inline constexpr std::int64_t kStepMaxMs = 180'000;
/// Nothing is told before a whole week was seen, most of it watched: nights and weekends.
inline constexpr std::int64_t kLearnedForMs = 7ll * 86'400'000;
inline constexpr std::int64_t kWatchedForMs = 5ll * 86'400'000;
inline constexpr std::uint64_t kGapsMin = 8;
/// Nor is a silence judged by what the hours of the week are used to before a week of gaps was
/// measured by them.
inline constexpr std::int64_t kExpectedForMs = 14ll * 86'400'000;
/// An hour in which a speaker is not heard for at least half the time (of 65,535) is none of its
/// hours: what is rare has shares that tell nothing.
inline constexpr std::uint16_t kShareMin = 32'768;
/// A shorter silence is never told: programs restart, senders reconnect. For so long after a record
/// a speaker counts as heard.
inline constexpr std::int64_t kSilenceMinMs = 600'000;
/// Weeks of which the longest gaps are remembered, and over which an hour's rate is a mean.
inline constexpr std::size_t kWeeks = 8;
/// An hour of which less was watched teaches nothing.
inline constexpr std::int64_t kHourWatchedMinMs = 600'000;
inline constexpr std::size_t kHoursOfWeek = 168;

/// A silence is longer than usual beyond so many times the longest gap: so much at least, more
/// before there are kWeeksSteady weeks of them, and as much as the longest is over the usual one
/// where that is more, up to a bound.
inline constexpr std::int64_t kFactorMinPercent = 200;
inline constexpr std::int64_t kFactorEarlyPercent = 300;
inline constexpr std::int64_t kFactorMaxPercent = 1'000;
inline constexpr std::size_t kWeeksSteady = 3;
/// Beside the factor, for gaps by the plain clock: jobs are late by a while.
inline constexpr std::int64_t kPlainMarginMs = 3'600'000;

/// Evidence of a silence is at most that of 1,023 shorter gaps.
inline constexpr double kBitsMax = 10;
/// Evidence where the operator said how long is too long: the prior of a rule of level medium.
inline constexpr double kBitsTold = 3;

}  // namespace vedette::detect::silence
