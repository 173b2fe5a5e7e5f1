// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "base/time.h"
#include "detect/baseline/limits.h"

namespace vedette::detect::baseline {

/// Windows of one entity that are open, in order of their begin; closed ones stand behind.
template <typename Open>
using OpenWindows = std::array<Open, kOpenWindows>;

/// The one that begins then; nullptr if it is not open.
template <typename Open>
Open* open_at(OpenWindows<Open>& windows, base::Timestamp begin) {
    for (Open& one : windows) {
        if (one.is_open() && one.begin() == begin) return &one;
    }
    return nullptr;
}

template <typename Open>
bool are_all_open(const OpenWindows<Open>& windows) {
    return windows.back().is_open();
}

/// Opens one where there is room; an event is to be added at once.
template <typename Open>
Open& open_new(OpenWindows<Open>& windows, base::Timestamp begin) {
    auto& [first, second] = windows;
    if (!first.is_open()) return first = Open(begin);
    if (begin > first.begin()) return second = Open(begin);
    second = first;
    return first = Open(begin);
}

/// The first, which is open no longer.
template <typename Open>
Open take_first(OpenWindows<Open>& windows) {
    const Open out = windows[0];
    windows[0] = windows[1];
    windows[1] = Open();
    return out;
}

template <typename Open>
bool are_in_order(const OpenWindows<Open>& windows) {
    const auto& [first, second] = windows;
    return !second.is_open() || (first.is_open() && first.begin() < second.begin());
}

}  // namespace vedette::detect::baseline
