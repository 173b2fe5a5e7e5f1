// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>

#include "parse/journald/entry.h"

namespace vedette::parse::journald {

/// Reads one entry of `journalctl -o json`: strings, lists of byte values for what is not UTF-8,
/// lists of either for fields that occur several times, null for what was too long to show.
/// Lives: the entry until the next read().   Threads: one at a time.
/// Source: systemd.journal-fields(7), journal JSON format (systemd 252)
class JsonReader {
  public:
    /// False if the text is no such object.
    bool read(std::string_view text, Entry& entry);

  private:
    using Value = simdjson::ondemand::value;

    bool add_value(std::string_view name, Value value, int depth, Entry& entry);
    bool add_list(std::string_view name, simdjson::ondemand::array list, int depth, Entry& entry);

    simdjson::ondemand::parser parser_;
    std::string padded_;
};

}  // namespace vedette::parse::journald
