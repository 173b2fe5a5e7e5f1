// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <vector>

#include "detect/baseline/open_windows.h"
#include "detect/baseline/profiles.h"

namespace vedette::detect::baseline {

/// From so many on, and twice as many as there are places, keys of open windows are looked through.
inline constexpr std::size_t kOpenKeysMin = 1'024;

/// A window that begins then was opened at the place of `key`: `keys` are those of all such places.
/// A place that was lost meanwhile, to a flood of names, leaves its key behind; those are taken out
/// before they are more than the places.   Cost: amortised, one look-up.
template <typename Profile>
void note_open(ProfileStore<Profile>& store, std::vector<std::uint64_t>& keys,
               base::Timestamp begin, std::uint64_t key) {
    keys.push_back(key);
    if (keys.size() < 2 * (store.warm_count() + store.hot_count()) + kOpenKeysMin) return;
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    std::erase_if(keys, [&](std::uint64_t one) {
        auto* profile = profile_at<Profile>(store.find(one, begin));
        return profile == nullptr || open_at(profile->open, begin) == nullptr;
    });
}

}  // namespace vedette::detect::baseline
