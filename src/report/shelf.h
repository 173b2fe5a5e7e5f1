// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/hash.h"
#include "cases/finding.h"

namespace vedette::report {

/// Finds a finding by its id; nothing if it was not kept.
using FindingLookup = std::function<std::optional<cases::Finding>(std::string_view id)>;

/// Keeps the few findings that reports show while millions pass by: of each rule about one entity
/// the first kShelfFindingsPerKeyMax in every hour of event time. An incident's beginnings are thus
/// there, and a flood of one rule costs nothing. Each level has kShelfBytesPerLevelMax of its own;
/// when it is full, later findings of that level are counted in the incidents but not shown.
/// Does not promise: the ones with the most bits; for rules, all of one rule have the same.
/// Threads: one at a time.   Cost: one hash and one look-up per finding.
class FindingShelf {
  public:
    void add(const cases::Finding& finding);
    std::optional<cases::Finding> find(std::string_view id) const;
    FindingLookup lookup() const {
        return [this](std::string_view id) { return find(id); };
    }
    std::size_t memory_bytes() const;

  private:
    std::unordered_map<base::Hash128, std::uint32_t> counts_;  // rule, entity, hour -> seen
    std::unordered_map<std::string, cases::Finding> findings_;
    std::array<std::size_t, 5> bytes_{};  // by level
};

}  // namespace vedette::report
