// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/check.h"
#include "learn/primitive.h"

/// What tests and fuzz targets ask of every restore().
namespace vedette::learn {

/// `bytes` is the body of a saved state behind a right seal: it is refused and leaves `made` as
/// freshly made, or comes out of its own encoding unchanged. `make()` gives a fresh primitive.
/// Nothing, or the restored one, to be lived with.
template <typename Make>
auto restored_or_refused(const Make& make, std::string_view bytes)
    -> std::optional<decltype(make())> {
    auto made = make();
    StateReader in(bytes);
    if (!made.restore(in)) {
        VD_CHECK(made.checksum() == make().checksum());
        return std::nullopt;
    }
    VD_CHECK(made.check_invariants().has_value());
    const std::string sealed = save_sealed(made);
    auto second = make();
    VD_CHECK(restore_sealed(second, sealed).has_value());
    VD_CHECK(save_sealed(second) == sealed && second.checksum() == made.checksum());
    VD_CHECK(second.memory_bytes() == made.memory_bytes());
    return made;
}

/// Every cut and every flipped bit of a sealed state is refused. True if so.
template <typename Make>
bool refuses_all_damage(const Make& make, const std::string& sealed, std::size_t step = 1) {
    for (std::size_t at = 0; at < sealed.size(); at += step) {
        auto cut = make();
        if (restore_sealed(cut, std::string_view(sealed).substr(0, at))) return false;
        std::string flipped = sealed;
        flipped[at] = static_cast<char>(flipped[at] ^ (1 << at % 8));
        auto damaged = make();
        if (restore_sealed(damaged, flipped)) return false;
    }
    auto longer = make();
    if (restore_sealed(longer, sealed + '\0')) return false;
    auto right = make();
    return restore_sealed(right, sealed).has_value();
}

/// The same as if it had never been stopped.
template <typename T>
bool are_same(const T& one, const T& other) {
    return save_sealed(one) == save_sealed(other);
}

}  // namespace vedette::learn
