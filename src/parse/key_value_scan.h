// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "parse/text_scan.h"

namespace vedette::parse {

struct KeyValue {
    std::string_view key, value;
    bool has_escapes = false;  ///< the value was quoted and has a backslash in it
    bool was_quoted = false;
};

/// Reads `key=value key="quoted value" key='x' flag` pair by pair, as logfmt, firewalls and auditd
/// write them. A key is letters, digits and `_-./@:[]`; between pairs stand blanks, commas and
/// semicolons. A word without '=' is passed over and counted.
/// Lives: views into the text.   Cost: linear.
class KeyValueScanner {
  public:
    explicit KeyValueScanner(std::string_view text) : rest_(text) {}

    /// The next pair, or nothing at the end.
    std::optional<KeyValue> next();
    /// Words that were no pair, so far.
    std::size_t skipped_count() const { return skipped_count_; }

  private:
    std::string_view rest_;
    std::size_t skipped_count_ = 0;
};

}  // namespace vedette::parse
