// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace vedette::serve {

/// What the body of a request may say: one flat JSON object of texts and whole numbers, whose
/// members are named here together with where their values go. What is not said stays as it was.
/// Lives: the places outlive read(); names are literals.
class JsonQuestion {
  public:
    JsonQuestion& text(std::string_view name, std::string& to);
    JsonQuestion& number(std::string_view name, std::int64_t& to);
    JsonQuestion& number(std::string_view name, std::uint64_t& to);
    JsonQuestion& number(std::string_view name, std::optional<std::uint64_t>& to);

    /// Errors: bad_input where the body is no object, or has a member that is not named here or of
    /// another kind; the hint says which there are.
    base::Result<void> read(std::string_view body) const;

  private:
    using Place =
        std::variant<std::string*, std::int64_t*, std::uint64_t*, std::optional<std::uint64_t>*>;
    std::string names() const;

    std::vector<std::pair<std::string_view, Place>> members_;
};

}  // namespace vedette::serve
