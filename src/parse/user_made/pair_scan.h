// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "parse/key_value_scan.h"

namespace vedette::parse::user_made {

/// Reads pairs whose separators are the definition's. The usual ones have a scanner of their own
/// (parse/key_value_scan.h), whose rules these are: a word without an assignment is passed over, a
/// quoted value ends at its quote, a backslash hides the byte behind it.
/// Lives: views into the text.   Cost: linear.
class PairScanner {
  public:
    PairScanner(const std::string& between, const std::string& assign, const std::string& quotes);

    void begin(std::string_view text) {
        rest_ = text;
        skipped_count_ = 0;
    }
    std::optional<KeyValue> next();
    std::size_t skipped_count() const { return skipped_count_; }

  private:
    enum Kind : std::uint8_t { kPlain = 0, kBetween = 1, kAssign = 2, kQuote = 4 };
    std::uint8_t kind(char c) const { return kinds_[static_cast<unsigned char>(c)]; }
    bool read_quoted(KeyValue& out);

    std::array<std::uint8_t, 256> kinds_{};
    std::string_view rest_;
    std::size_t skipped_count_ = 0;
};

}  // namespace vedette::parse::user_made
