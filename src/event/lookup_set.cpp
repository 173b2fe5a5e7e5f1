// SPDX-License-Identifier: Apache-2.0
#include "event/lookup_set.h"

#include <algorithm>

namespace vedette::event {

namespace {

using List = std::shared_ptr<const LookupList>;

/// Names that a hint shows.
constexpr std::size_t kNamesShownMax = 12;

}  // namespace

base::Result<LookupSet> LookupSet::of(std::vector<List> lists) {
    LookupSet set;
    set.lists_ = std::move(lists);
    const auto by_name = [](const List& a, const List& b) { return a->name() < b->name(); };
    std::sort(set.lists_.begin(), set.lists_.end(), by_name);
    const auto twice =
        std::adjacent_find(set.lists_.begin(), set.lists_.end(),
                           [](const List& a, const List& b) { return a->name() == b->name(); });
    if (twice != set.lists_.end()) {
        return base::fail(base::ErrorCode::bad_input,
                          "two lists are named '" + (*twice)->name() + "'", {},
                          "choose another name for one of them");
    }
    return set;
}

List LookupSet::find(std::string_view name) const {
    const auto at =
        std::lower_bound(lists_.begin(), lists_.end(), name,
                         [](const List& list, std::string_view n) { return list->name() < n; });
    return at != lists_.end() && (*at)->name() == name ? *at : nullptr;
}

std::string LookupSet::hint_for(std::string_view name) const {
    if (lists_.empty()) return "there are no lists here: see docs/howto/look-up-lists.md";
    std::vector<std::string> names;
    for (const List& list : lists_) names.push_back(list->name());
    if (const std::string guess = nearest(name, names); !guess.empty()) {
        return "did you mean '" + guess + "'?";
    }
    std::string all;
    for (std::size_t i = 0; i < std::min(names.size(), kNamesShownMax); ++i) {
        all += (i == 0 ? "" : ", ") + names[i];
    }
    return "the lists are " + all + (names.size() > kNamesShownMax ? ", ..." : "");
}

std::size_t LookupSet::memory_bytes() const {
    std::size_t total = 0;
    for (const List& list : lists_) total += list->memory_bytes();
    return total;
}

}  // namespace vedette::event
