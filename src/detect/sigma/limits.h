// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "cases/finding.h"
#include "rule/sigma/limits.h"

/// Bounds of what correlations remember. They are part of what decides a finding, so a change of
/// one of them changes what a rebuild gives: treat it like a change of a rule.
namespace vedette::detect::sigma {

/// Memory of all groups of all correlations: about 60,000 events of usual length. Past it the group
/// whose events are the oldest is forgotten, and counted.
inline constexpr std::size_t kCorrelationBytesMax = 64u << 20;
/// Events of one group; past it the oldest is forgotten, and counted. No condition may ask for more
/// than this (rule/sigma/limits.h), so a count is met all the same.
inline constexpr std::size_t kGroupHitsMax = rule::sigma::kCorrelationCountMax;
/// How long beyond its time span an event is remembered for others that come late: as long as the
/// event clock waits for a slow source (engine/limits.h).
inline constexpr std::int64_t kLateNs = 5ll * 60 * 1'000'000'000;
/// An event that is dated further ahead of its arrival is treated, where it is about remembering
/// and waiting, as if it were not: one dated 2100 would else stay for ever.
inline constexpr std::int64_t kFutureAllowedNs = 5ll * 60 * 1'000'000'000;
/// Findings of one group that may still grow; past it the oldest one no longer does, and if its
/// time is reached again, by an event that is late by so many, it begins again with what is there.
inline constexpr std::size_t kBurstsPerGroupMax = 64;
/// How long a finding grows, or for one time span if that is longer: what goes on for days is told
/// anew each day.
inline constexpr std::int64_t kBurstSpanNsMax = 24ll * 3'600 * 1'000'000'000;
/// Entities of one finding, the first of its events.
inline constexpr std::size_t kFindingEntitiesMax = 32;
/// What is kept of an event for findings: bytes of the record, of a value, values of a field. Two
/// values that begin alike for so long are one.
inline constexpr std::size_t kHitRawBytesMax = cases::kFindingRawMax;
inline constexpr std::size_t kHitValueBytesMax = 1'024;
inline constexpr std::size_t kHitValuesMax = 16;
/// Bytes shown of a group's value in a reason.
inline constexpr std::size_t kShownValueBytesMax = 200;

}  // namespace vedette::detect::sigma
