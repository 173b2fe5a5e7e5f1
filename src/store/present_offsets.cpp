// SPDX-License-Identifier: Apache-2.0
#include "store/present_offsets.h"

#include <charconv>

#include "store/limits.h"

namespace vedette::store {

base::Result<void> PresentOffsets::load(Client& client) {
    VD_TRY(const std::string answer,
           client.query("SELECT DISTINCT offset FROM events "
                        "WHERE node = {node:UInt16} AND offset > {after:UInt64} "
                        "ORDER BY offset LIMIT {count:UInt64}",
                        {{"node", std::to_string(node_)},
                         {"after", std::to_string(loaded_to_)},
                         {"count", std::to_string(kPresentPageMax)}}));
    page_.clear();
    at_ = 0;
    const char* next = answer.data();
    const char* const end = answer.data() + answer.size();
    while (next < end) {
        std::uint64_t offset = 0;
        const auto [stop, code] = std::from_chars(next, end, offset);
        if (code != std::errc()) {
            return base::fail(base::ErrorCode::corrupt,
                              "the store's list of offsets is unreadable");
        }
        page_.push_back(offset);
        next = stop + 1;
    }
    is_last_page_ = page_.size() < kPresentPageMax;
    if (!page_.empty()) loaded_to_ = page_.back();
    return {};
}

base::Result<bool> PresentOffsets::contains(Client& client, std::uint64_t offset) {
    while (offset > loaded_to_ && !is_last_page_) VD_TRY_DO(load(client));
    while (at_ < page_.size() && page_[at_] < offset) ++at_;
    return at_ < page_.size() && page_[at_] == offset;
}

}  // namespace vedette::store
