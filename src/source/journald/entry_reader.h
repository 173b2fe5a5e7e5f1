// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct sd_journal;

namespace vedette::source::journald {

struct JournaldSettings {
    std::string directory = {};                             ///< empty: the journal of this machine
    std::vector<std::string> units = {}, identifiers = {};  ///< none: everything
    bool from_end = false;  ///< at the very first start: only what comes
};

/// Reads entries of systemd's journal one after the other, through rotation, as the export form has
/// them.   Source: sd_journal of systemd 252; "Journal Export Format".   Threads: one.
class EntryReader {
  public:
    /// Errors: io, denied, not_found.
    static base::Result<std::unique_ptr<EntryReader>> open(const JournaldSettings& settings);
    ~EntryReader();
    EntryReader(const EntryReader&) = delete;
    EntryReader& operator=(const EntryReader&) = delete;

    /// The next entry will be the one behind the cursor, or the oldest one later than that if it is
    /// no longer there: then false.   Errors: io, bad_input for what is no cursor.
    base::Result<bool> go_behind(const std::string& cursor);
    /// The cursor of the newest entry, behind which the next one will be; empty: there is none.
    base::Result<std::string> go_to_end();

    struct Entry {
        std::string text;           ///< fields in the export form, without the empty line
        std::string cursor;         ///< where it lies
        bool is_truncated = false;  ///< some of it was too long
    };
    /// Nothing: there is none now.   Errors: corrupt for an entry that cannot be read; the next
    /// call goes on behind it where that is possible.
    base::Result<std::optional<Entry>> next();

    /// Waits until something may have come; also lets it notice that files were rotated.
    void wait(int timeout_ms);

  private:
    explicit EntryReader(sd_journal* journal) : journal_(journal) {}
    base::Result<void> add_matches(const JournaldSettings& settings);
    base::Result<Entry> read_entry();
    base::Result<void> add_values(Entry& entry);

    sd_journal* journal_;
    bool is_read_ahead_ = false;  // the journal stands on an entry that was not given out
};

/// How many entries lay between two cursors of one journal at most; nothing if the journal was made
/// anew between them or they are no cursors.
std::optional<std::uint64_t> entries_between(std::string_view before, std::string_view after);

}  // namespace vedette::source::journald
