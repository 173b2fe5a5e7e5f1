// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "learn/state.h"

namespace vedette::learn {

/// Data of a key that tell whether they are its own: the key and how often it was counted.
template <std::size_t bytes>
struct CountedData {
    std::uint64_t key = 0, count = 0;
    char rest[bytes - 16] = {};

    void see(std::uint64_t seen) {
        key = seen;
        ++count;
    }
    void save(StateWriter& out) const {
        out.integer(key);
        out.varint(count);
    }
    base::Result<void> restore(StateReader& in) {
        key = in.integer<std::uint64_t>();
        count = in.varint();
        return {};
    }
    base::Result<void> check_invariants() const { return {}; }
};

struct CountedWarm : CountedData<512> {};

struct CountedHot : CountedData<4'096> {
    CountedHot() = default;
    explicit CountedHot(const CountedWarm& small) {
        key = small.key;
        count = small.count;
    }
    CountedWarm warm() const {
        CountedWarm out;
        out.key = key;
        out.count = count;
        return out;
    }
};

}  // namespace vedette::learn
