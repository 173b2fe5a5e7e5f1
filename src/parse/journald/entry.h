// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::parse::journald {

/// One field of a journal entry. A field may occur several times.
struct EntryField {
    std::string_view name, value;
    bool is_utf8 = true;  ///< false: the value's bytes were not; they are U+FFFD here
};

/// The fields of one entry, however it was written. Values are fit for columns: no NUL, no invalid
/// UTF-8.   Lives: fields until clear(), and as long as the text they were read from.
/// Threads: one at a time.
class Entry {
  public:
    void clear();
    /// Adds a value that lives as long as the entry's text.   Limits: names and number of values,
    /// see limits.h; what is beyond marks the entry as truncated.
    void add(std::string_view name, std::string_view value);
    /// Adds a value that is gone after the call.
    void add_copy(std::string_view name, std::string_view value);
    /// A value was left out by the writer or a limit.
    void set_truncated() { is_truncated_ = true; }

    const std::vector<EntryField>& fields() const { return fields_; }
    /// The first value of a field; empty if it is not there.
    std::string_view first(std::string_view name) const;
    bool is_truncated() const { return is_truncated_; }

  private:
    bool has_room_for(std::string_view name);
    std::string& next_kept();

    std::vector<EntryField> fields_;
    std::deque<std::string> kept_;  // texts that had to be changed or copied; never moved
    std::size_t kept_count_ = 0;
    bool is_truncated_ = false;
};

}  // namespace vedette::parse::journald
