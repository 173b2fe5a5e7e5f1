// SPDX-License-Identifier: Apache-2.0
#include "store/completion.h"

#include <algorithm>

#include "base/check.h"

namespace vedette::store {

void CompletionLog::chunk_ended(std::uint64_t offset) {
    last_chunk_ = std::max(last_chunk_, offset);
    advance();
}

std::uint64_t CompletionLog::seal(std::uint64_t last_offset) {
    has_open_rows_ = false;
    sealed_.push_back({last_offset, false});
    return first_number_ + sealed_.size() - 1;
}

void CompletionLog::finished(std::uint64_t number) {
    VD_CHECK(number >= first_number_ && number - first_number_ < sealed_.size());
    sealed_[number - first_number_].is_done = true;
    advance();
}

void CompletionLog::advance() {
    while (!sealed_.empty() && sealed_.front().is_done) {
        complete_ = std::max(complete_, sealed_.front().last_offset);
        sealed_.pop_front();
        ++first_number_;
    }
    if (is_all_done()) complete_ = std::max(complete_, last_chunk_);
}

}  // namespace vedette::store
