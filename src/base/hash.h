// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace vedette::base {

/// 128 bits that name a thing by its content. Not for secrets: XXH3 is quick, not one-way.
struct Hash128 {
    std::uint64_t high = 0, low = 0;
    auto operator<=>(const Hash128&) const = default;
    /// 32 lower-case hexadecimal digits.
    std::string hex() const;
};

std::uint64_t hash64(std::string_view bytes);
Hash128 hash128(std::string_view bytes);

}  // namespace vedette::base

template <>
struct std::hash<vedette::base::Hash128> {
    std::size_t operator()(const vedette::base::Hash128& value) const noexcept { return value.low; }
};
