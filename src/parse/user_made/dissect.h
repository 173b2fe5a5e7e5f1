// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "parse/user_made/row_text.h"

namespace vedette::parse::user_made {

/// A pattern of literals and keys, as Logstash and Elasticsearch have it: `%{ip} - %{user}
/// [%{ts}]`. Each key takes up to the first occurrence of the literal behind it; the last key takes
/// the rest. A literal at the end of the pattern must be the end of the text, and the key before it
/// takes all up to there. README.md lists the modifiers. Threads: any.   Cost: one search a
/// literal.
class Dissect {
  public:
    /// Errors: bad_input without a place; the text says at which byte.
    static base::Result<Dissect> compile(std::string_view pattern, std::string append);

    /// Names of the keys, each once, in order; keys that are skipped have none.
    const std::vector<std::string>& names() const { return names_; }

    /// Fills `values`, which has room for names().size(). False if the text does not fit.
    /// Lives: views into the text, or into `room` where parts were joined.
    bool match(std::string_view text, std::string_view* values, RowText& room) const;

    /// For people: the literal that a text lacks; empty if it fits.
    std::string missing_literal(std::string_view text) const;

  private:
    static constexpr std::uint32_t kSkipped = 0xFFFF'FFFF;
    struct Part {
        std::uint32_t name = kSkipped;  ///< index into names_
        std::string literal;            ///< behind the key
        bool is_padded = false;         ///< the literal may come several times
    };
    /// A key that is put together of several parts, in this order.
    struct Joined {
        std::uint32_t name;
        std::vector<std::uint32_t> parts;  ///< indexes into parts_
    };

    std::string head_;  // before the first key
    std::vector<Part> parts_;
    std::vector<Joined> joined_;
    std::vector<std::string> names_;
    std::string append_;
};

}  // namespace vedette::parse::user_made
