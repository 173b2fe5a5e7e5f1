// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds of grouping. They are part of what decides an incident, so a change of one of them
/// changes what a rebuild gives: treat it like a change of a rule.
namespace vedette::correlate {

/// Entities of one incident. An incident that names more is "everything", not a case; what does not
/// fit starts the next one. The longest honest story in the recorded attack packs names about 20.
inline constexpr std::size_t kIncidentEntitiesMax = 64;
/// Linking entities of one finding that are looked up.
inline constexpr std::size_t kLinksPerFindingMax = 16;
/// Open incidents that one entity leads to, the youngest. Bounds the work per finding.
inline constexpr std::size_t kIncidentsPerLinkMax = 8;
/// Different rules, ATT&CK ids and (rule, entity) pairs that one incident remembers; more are
/// counted as findings, but add neither a line nor bits.
inline constexpr std::size_t kIncidentRulesMax = 256;
inline constexpr std::size_t kIncidentAttackMax = 256;
inline constexpr std::size_t kIncidentPairsMax = 4'096;
/// Bytes of a rule's title and of an entity's name within an incident's title.
inline constexpr std::size_t kTitlePartBytesMax = 160;
inline constexpr std::size_t kTitleNameBytesMax = 64;
/// Longer names of entities are cut: a host name has at most 253 bytes, a Windows account 104.
inline constexpr std::size_t kEntityNameBytesMax = 512;
/// Memory of all open incidents; about 40,000 usual ones.
inline constexpr std::size_t kGrouperBytesMax = 64u << 20;

/// Memory of all accounts of the ledger; about 200,000 usual ones.
inline constexpr std::size_t kLedgerBytesMax = 64u << 20;
/// Rules whose bookings an account remembers against their repeats, and detectors whose day it
/// counts; the oldest goes for a new one, and a repeat of it then counts as new.
inline constexpr std::size_t kLedgerRulesMax = 32;
inline constexpr std::size_t kLedgerDetectorsMax = 8;
/// The most bits that one finding books: what no detector should claim of one event.
inline constexpr double kLedgerFindingBitsMax = 64;

}  // namespace vedette::correlate
