// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "event/lookup_list.h"

namespace vedette::event {

/// The look-up lists that are in force together, by name.
/// Threads: any; it does not change.
class LookupSet {
  public:
    LookupSet() = default;
    /// Errors: bad_input if two have one name.
    static base::Result<LookupSet> of(std::vector<std::shared_ptr<const LookupList>> lists);

    const std::vector<std::shared_ptr<const LookupList>>& lists() const { return lists_; }
    /// nullptr where there is none.
    std::shared_ptr<const LookupList> find(std::string_view name) const;
    /// What a person who wrote `name` may have meant, as a sentence for a hint.
    std::string hint_for(std::string_view name) const;
    std::size_t memory_bytes() const;

  private:
    std::vector<std::shared_ptr<const LookupList>> lists_;
};

}  // namespace vedette::event
