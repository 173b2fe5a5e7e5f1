// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/result.h"

namespace vedette::parse::user_made {

/// From value to value. Keys are compared byte by byte, or without the case of ASCII letters.
/// Threads: any, once filled.   Cost: about 20 ns a question.
class LookupTable {
  public:
    explicit LookupTable(bool ignores_case) : ignores_case_(ignores_case) {}

    /// Of two equal keys the later one counts.
    void add(std::string_view key, std::string_view value);
    /// Lines of CSV: a key, a value; lines that are empty or begin with '#' are passed over.
    /// Errors: bad_input with the line; limit.
    base::Result<void> add_csv(std::string_view text, std::string_view where);

    std::optional<std::string_view> find(std::string_view key) const;
    std::size_t size() const { return values_.size(); }

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return base::hash64(text); }
    };
    bool ignores_case_;
    std::unordered_map<std::string, std::string, Hash, std::equal_to<>> values_;
};

}  // namespace vedette::parse::user_made
