// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "engine/decisions.h"
#include "rule/search/sql.h"

namespace vedette::engine {

/// What is held, and why: a query of the search language over a range of the events' own time.
/// Look-up lists have no place in it, because they change.
struct HoldText {
    std::string query, reason;
    std::string from, to;  ///< as search takes them; relative ones count from when it was added
    std::string salt;      ///< so that its hash tells nothing of a text that can be guessed
    bool operator==(const HoldText&) const = default;
};

inline constexpr std::uint64_t kHoldTextBytesMax = 64u << 10;

std::string encode(const HoldText& text);
/// Errors: corrupt.
base::Result<HoldText> decode_hold_text(std::string_view bytes);

/// The texts of holds, each in a file named by its content: the journal holds hashes of what may be
/// a person's, and a text can be taken away when the hold is over and its words have to go.
/// Threads: any.
class KeptHolds {
  public:
    /// Lives: `files` outlives this.
    KeptHolds(base::Files& files, std::string folder) : files_(files), folder_(std::move(folder)) {}
    /// Gives the name.
    base::Result<std::string> keep(const HoldText& text);
    /// Nothing if it was taken away.   Errors: io, corrupt.
    base::Result<std::optional<HoldText>> find(const std::string& name) const;
    base::Result<void> remove(const std::string& name);
    std::string path_of(const std::string& name) const { return folder_ + "/" + name; }

  private:
    base::Files& files_;
    const std::string folder_;
};

/// One hold as its records tell it.
struct Hold {
    HoldDecision added;
    journal::Offset offset = 0;
    journal::Offset released_at = 0;  ///< offset of the release; 0: it still holds
    ReleaseDecision released;
};

/// All that there ever were, in order.
std::vector<Hold> holds_of(const std::vector<DecisionAt>& decisions);
/// Those that a record at `offset` meets: added before it, and not released up to it.
std::vector<Hold> holds_at(const std::vector<DecisionAt>& decisions, journal::Offset offset);

/// Checks a query with its range and gives it as a condition on the store's events.
/// Errors: bad_input with column and caret lines.
base::Result<std::string> event_condition(rule::search::SqlWriter& writer, std::string_view query,
                                          std::string_view from, std::string_view to,
                                          base::Timestamp now);

/// What any of the holds fits; empty text if there is none. A hold whose text was taken away after
/// its release holds nothing: what it had held was due at the release.
/// Errors: those of the files; bad_input.
base::Result<std::string> held_condition(rule::search::SqlWriter& writer, const KeptHolds& kept,
                                         const std::vector<Hold>& holds);

}  // namespace vedette::engine
