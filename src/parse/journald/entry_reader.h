// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <simdjson.h>

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

/// Reads one entry of `journalctl -o json`: strings, lists of byte values for what is not UTF-8,
/// lists of either for fields that occur several times, null for what was too long to show. Values
/// are fit for columns: no NUL, no invalid UTF-8. Lives: fields until the next read().   Threads:
/// one at a time. Source: systemd.journal-fields(7), journal JSON format (systemd 252)
class EntryReader {
  public:
    /// False if the text is no such object.
    bool read(std::string_view text);
    const std::vector<EntryField>& fields() const { return fields_; }
    /// The first value of a field; empty if it is not there.
    std::string_view first(std::string_view name) const;
    /// Whether a value was left out by the writer or a limit.
    bool is_truncated() const { return is_truncated_; }

  private:
    using Value = simdjson::ondemand::value;

    bool add_value(std::string_view name, Value value, int depth);
    bool add_list(std::string_view name, simdjson::ondemand::array list, int depth);
    void add_bytes(std::string_view name, const std::string& bytes);
    std::string_view keep(std::string_view text);

    simdjson::ondemand::parser parser_;
    std::string padded_;
    std::vector<EntryField> fields_;
    std::deque<std::string> kept_;  // texts that had to be changed; never moved
    std::size_t kept_count_ = 0;
    bool is_truncated_ = false;
};

}  // namespace vedette::parse::journald
