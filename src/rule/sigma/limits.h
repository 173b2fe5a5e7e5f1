// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "event/yaml_limits.h"

/// Bounds of what a rule file may ask for. Rule files come from strangers: none of them may take
/// our memory or time, whatever it says.
namespace vedette::rule::sigma {

/// One file. The largest of SigmaHQ's 4,039 has 295 KB, nearly all have under 10 KB.
inline constexpr std::size_t kRuleFileBytesMax = event::kYamlBytesMax;
/// Files of one load_rule_paths call: ten times SigmaHQ's whole archive.
inline constexpr std::size_t kRuleFilesMax = 50'000;
/// Bytes of all files of one call, so that a wrong folder does not fill the memory.
inline constexpr std::size_t kRuleFilesBytesMax = 512u << 20;
/// Depth of folders below a given path.
inline constexpr int kFolderDepthMax = 32;
/// Values of one rule, as written; the largest real rule has 4,432.
inline constexpr std::size_t kValuesPerRuleMax = 20'000;
/// Bytes of one value.
inline constexpr std::size_t kValueBytesMax = 16'384;
/// What one value may become through windash, expand and base64offset: 5 forms of 4 dashes is 625.
inline constexpr std::size_t kFormsPerValueMax = 1'000;
/// What all values of a rule may become.
inline constexpr std::size_t kFormsPerRuleMax = 50'000;
/// Bytes of one regular expression; the longest of SigmaHQ has about 600.
inline constexpr std::size_t kRegexBytesMax = 4'096;
/// Memory of one compiled regular expression (RE2: program and automaton).
inline constexpr std::int64_t kRegexMemoryBytesMax = 8 << 20;
/// Steps of the backtracking fallback on one value: about 10 ms. Past it the value does not match.
inline constexpr std::uint32_t kRegexStepsMax = 1'000'000;
/// Heap of the backtracking fallback on one value. Units: KiB.
inline constexpr std::uint32_t kRegexHeapKibMax = 20'000;
/// Tokens and depth of one condition; real ones stay under 60 and 5.
inline constexpr std::size_t kConditionTokensMax = 2'000;
inline constexpr std::size_t kConditionDepthMax = 64;
/// Conditions of one rule.
inline constexpr std::size_t kConditionsPerRuleMax = 64;
/// Rules that one correlation refers to: an order of them costs their number squared per event.
inline constexpr std::size_t kCorrelationRulesMax = 64;
/// Single-event rules that one correlation reaches through others.
inline constexpr std::size_t kCorrelationReachMax = 256;
/// Fields of `group-by`, of a condition, and aliases.
inline constexpr std::size_t kCorrelationFieldsMax = 16;
/// How far a correlation may count: no group holds more events (detect/sigma/limits.h).
inline constexpr std::int64_t kCorrelationCountMax = 10'000;
/// Correlations of correlations.
inline constexpr std::size_t kCorrelationDepthMax = 8;
/// Correlations of one set, and rules that all of them reach together.
inline constexpr std::size_t kCorrelationsMax = 10'000;
inline constexpr std::size_t kCorrelationsReachMax = 100'000;
/// The longest time span.
inline constexpr std::int64_t kTimespanSecondsMax = 366ll * 86'400;
/// Filters of one set, and how often they may be added to rules: each time is a copy.
inline constexpr std::size_t kFiltersMax = 1'000;
inline constexpr std::size_t kFilterUsesMax = 100'000;
/// Filters that one rule takes.
inline constexpr std::size_t kFiltersPerRuleMax = 64;
/// Lines of one explanation: more than a person reads.
inline constexpr std::size_t kMatchedTestsMax = 32;
/// Rules of one compiled program: a hundred times what most have, thirty times SigmaHQ.
inline constexpr std::size_t kProgramRulesMax = 100'000;
/// Different tests on values of one program; SigmaHQ's 2,834 Windows rules have 30,000.
inline constexpr std::size_t kProgramPredicatesMax = 2'000'000;
/// Characters, repetitions written out, of an expression that Vectorscan may compile: it sets no
/// bound itself. At this size it takes a tenth of a second at worst; the longest of SigmaHQ has
/// 1,000. Larger ones are asked one by one.
inline constexpr std::size_t kScannedRegexSizeMax = 1'500;
/// The same for all expressions of one field together; what comes after is asked one by one.
inline constexpr std::size_t kScannedRegexesSizeMax = 50'000;
/// Bytes of a text that are searched for; what is longer is told apart by the text itself.
inline constexpr std::size_t kScannedTextBytesMax = 64;
/// Places found in a value, for each of its bytes, before its tests are asked one by one: bounds
/// the cost of rules and values that are made to meet everywhere. Real ones stay far under 1.
inline constexpr std::uint64_t kPlacesPerByteMax = 8;
/// Bytes shown of a value in an explanation.
inline constexpr std::size_t kShownBytesMax = 200;

}  // namespace vedette::rule::sigma
