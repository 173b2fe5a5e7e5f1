// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "base/result.h"
#include "journal/journal.h"

namespace vedette::engine {

/// What the journal's chunks name by content: sets of look-up lists and formats that users made.
///
/// Whoever replays the journal needs these, and nobody needs another one: when no record names it
/// any more and it is not in force, a kept file may go. For each name the last record that has it
/// is remembered, so that a name is known to be gone as soon as the journal has let go of that
/// record. Does not promise: to see what was appended since read_on(). Cost: every chunk of the
/// journal is read once in a process; names in memory. Threads: one at a time.
class KeptUse {
  public:
    explicit KeptUse(journal::Journal& journal) : journal_(journal) {}

    /// Looks at what is durable and was not looked at yet.
    /// Errors: those of Journal::read; cancelled once `is_stopping` says so.
    base::Result<void> read_on(const std::function<bool()>& is_stopping);

    /// Of records that the journal still has.
    std::set<std::string> list_sets() const { return still_named(list_sets_); }
    /// Pinned and other names of formats.
    std::set<std::string> formats() const { return still_named(formats_); }

  private:
    using LastNamed = std::map<std::string, journal::Offset>;
    std::set<std::string> still_named(const LastNamed& names) const;

    journal::Journal& journal_;
    journal::Offset next_ = 1;
    LastNamed list_sets_, formats_;
};

}  // namespace vedette::engine
