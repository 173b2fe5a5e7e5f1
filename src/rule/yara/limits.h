// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds of YARA: rule files and scanned files are both hostile.
namespace vedette::rule::yara {

/// All rule files of a set, as bytes: what goes to the worker in one piece. The largest public
/// collections have 20 MB.
inline constexpr std::uint64_t kSetBytesMax = 48u << 20;
/// One rule file.
inline constexpr std::uint64_t kFileBytesMax = 10u << 20;
inline constexpr std::size_t kRulesMax = 100'000;
/// Strings of one rule; the compiler's own bound is asked for the same.
inline constexpr std::size_t kStringsPerRuleMax = 10'000;
/// A file whose rules are refused in more rounds than this is refused as a whole.
inline constexpr int kRoundsMax = 50;
/// All of a set's files; what is not compiled by then is refused by name.
inline constexpr std::int64_t kCompileMsMax = 120'000;
/// What is told of one set. A file of 10 MB can be wrong a million times.
inline constexpr std::size_t kProblemsMax = 100'000;
inline constexpr std::size_t kProblemTextBytesMax = 512;
/// The compiled form of a set: it goes to workers as the input of a job. 5,000 rules have 10 MB.
inline constexpr std::uint64_t kCompiledBytesMax = 60u << 20;
/// Workers that may die while the files that kill them are looked for.
inline constexpr int kKilledMax = 16;

/// Tags and lines of `meta` kept of a rule, and the text of each.
inline constexpr std::size_t kTagsMax = 32, kMetaMax = 64, kMetaBytesMax = 1'024;

/// A worker that compiles and scans: the rules, the file and what matched in it.
inline constexpr std::uint64_t kWorkerBytesMax = 1u << 30;
/// A file that is held against the rules; larger ones are told and not looked at.
inline constexpr std::uint64_t kScannedBytesMax = 64u << 20;
/// Time for one file. The slowest honest one here (64 MB, 25 rules) takes a second.
inline constexpr int kScanSecondsMax = 20;
/// The worker is killed when it says nothing for this long, whatever libyara thinks the time is.
inline constexpr int kSilenceMsMax = (kScanSecondsMax + 10) * 1'000;
/// Rules that give up on a file (their expression branches too much) and are left out for it.
inline constexpr int kGaveUpRulesMax = 8;
/// Rules that are told of one file, strings of each, and places of each string. More are counted.
inline constexpr std::size_t kMatchesMax = 256, kStringsToldMax = 32, kPlacesToldMax = 3;
/// Of what matched, as shown.
inline constexpr std::size_t kExcerptBytesMax = 64;

}  // namespace vedette::rule::yara
