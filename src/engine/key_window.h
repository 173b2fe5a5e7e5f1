// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/hash.h"
#include "base/result.h"

namespace vedette::engine {

/// The last N record keys that were journalled, so that a record sent again under the same key is
/// not stored twice. A view of the journal: restored from a snapshot plus the chunks behind it.
/// Keys are kept as 128-bit hashes: two different keys are taken for one with a chance of 1e-26 at
/// a million keys. The window is a stated limit: a repeat after N other keys is a new record.
/// Threads: one at a time.   Cost: about 60 bytes a key.
class KeyWindow {
  public:
    explicit KeyWindow(std::size_t size_max) : size_max_(size_max) {}

    /// True if the key was not known and now is.
    bool claim(std::string_view key);
    /// Takes a key out again (its record was refused).
    void forget(std::string_view key);
    bool contains(std::string_view key) const;
    std::size_t size() const { return known_.size(); }

    /// Oldest first, so that a restored window forgets in the same order.
    std::string save() const;
    base::Result<void> restore(std::string_view bytes);

  private:
    std::size_t size_max_;
    std::unordered_set<base::Hash128> known_;
    std::deque<base::Hash128> order_;  // may hold forgotten keys until they reach the front
};

}  // namespace vedette::engine
