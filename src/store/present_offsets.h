// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "store/client.h"

namespace vedette::store {

/// The offsets behind the mark that are in the store already, because an insert was durable before
/// its mark was written down. Asked for page by page, so that a lost mark costs time and not
/// memory. Threads: one at a time.
class PresentOffsets {
  public:
    PresentOffsets(std::uint16_t node, std::uint64_t mark) : node_(node), loaded_to_(mark) {}

    /// Whether rows of this offset are there. Offsets must be asked for in order.
    /// Errors: what Client says; ask again then.
    base::Result<bool> contains(Client& client, std::uint64_t offset);

  private:
    base::Result<void> load(Client& client);

    std::uint16_t node_;
    std::uint64_t loaded_to_;          // every offset up to here is decided
    bool is_last_page_ = false;        // nothing behind loaded_to_ was there before us
    std::vector<std::uint64_t> page_;  // ascending
    std::size_t at_ = 0;
};

}  // namespace vedette::store
