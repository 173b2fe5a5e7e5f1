// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engine/retention_policy.h"
#include "journal/journal.h"

/// The control records that decide what is kept and what goes. They are in the journal, so that
/// every view, whenever it is built, keeps and removes the same: a retention pass is decided once,
/// by sizes and clock of its time, and from then on is only carried out. The state keeps a copy
/// (table `decisions`), which those read who carry it out and who ask.
namespace vedette::engine {

/// Rows of before this record that fit a cut go, but for those that are held.
struct RetentionDecision {
    base::Timestamp at;
    std::vector<Cut> cuts;
    std::uint64_t findings_before = 0;  ///< findings whose events all lie before; 0: none
    std::uint64_t inbox_before = 0;     ///< records of the inbox from before; 0: none
};

/// What is held is told in a file of its own (holds.h), which `text_hash` names.
struct HoldDecision {
    std::string name, text_hash, by;
    base::Timestamp at;
};

struct ReleaseDecision {
    std::string name, by;
    base::Timestamp at;
};

/// A person's data has to go: everything that fits and lies before this record. Whose, only the
/// hash says: 128 bits over id and value.
struct ForgetDecision {
    std::string id, value_hash, reason, by;
    base::Timestamp at;
};

/// What became of it.
struct ForgottenDecision {
    std::string id;
    base::Timestamp at;
    std::uint64_t rows = 0;            ///< events that are no more
    std::uint64_t records = 0;         ///< blanked in the journal
    std::uint64_t held = 0;            ///< events that fit and stay, because somebody holds them
    std::vector<std::string> remains;  ///< files below the data folder that still have the value
    /// Snapshots of upgrades that were removed because they had it: no way back to before those.
    std::vector<std::string> snapshots;
};

using Decision = std::variant<RetentionDecision, HoldDecision, ReleaseDecision, ForgetDecision,
                              ForgottenDecision>;

/// A decision with the offset of its record.
struct DecisionAt {
    journal::Offset offset = 0;
    Decision decision;
};

/// Bounds of one record; beyond them it is refused when it is made and when it is read.
inline constexpr std::size_t kCutsMax = 10'000;
inline constexpr std::size_t kDecisionTextBytesMax = 4'096;
inline constexpr std::size_t kRemainsMax = 100;

std::string encode(const Decision& decision);
/// Nothing if the record is about something else.   Errors: corrupt.
base::Result<std::optional<Decision>> decode_decision(std::string_view payload);

/// Letters, digits, `_`, `-`, `.`; up to 64.
bool is_decision_name(std::string_view name);

}  // namespace vedette::engine
