// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds of reports. What is left out is counted and said in the report itself.
namespace vedette::report {

/// Incidents a terminal shows: more than a person scrolls through; the file formats have them all.
inline constexpr std::size_t kTerminalIncidentsMax = 50;
inline constexpr std::size_t kTerminalRulesMax = 8;
inline constexpr std::size_t kTerminalReasonsMax = 6;
inline constexpr std::size_t kTerminalEntitiesMax = 6;  ///< per type
inline constexpr std::size_t kTitleLinesMax = 3;
inline constexpr std::size_t kReasonLinesMax = 2;
inline constexpr std::size_t kRawLinesMax = 3;

/// Incidents of an HTML page; browsers stay quick with some thousand collapsed sections.
inline constexpr std::size_t kHtmlIncidentsMax = 1'000;
inline constexpr std::size_t kHtmlRulesMax = 50;           ///< per incident
inline constexpr std::size_t kHtmlFindingsPerRuleMax = 5;  ///< per incident
inline constexpr std::size_t kHtmlReasonsMax = 20;
inline constexpr std::size_t kHtmlTextBytesMax = 1'024;  ///< of one value
inline constexpr std::size_t kHtmlRawBytesMax = 2'048;
/// After this much, incidents are listed by title alone.
inline constexpr std::size_t kHtmlBytesMax = 16u << 20;

/// Findings kept for showing, per level, so that a flood of one level never hides another.
inline constexpr std::size_t kShelfBytesPerLevelMax = 16u << 20;
/// Of one rule about one entity within one hour: the first ones. They show what the rest is like.
inline constexpr std::uint32_t kShelfFindingsPerKeyMax = 3;

/// Combining marks on one character that are drawn; a pile of more draws over its neighbours.
inline constexpr std::size_t kCombiningMax = 3;

}  // namespace vedette::report
