// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "event/batch.h"
#include "rule/search/match.h"
#include "rule/search/plan.h"

namespace vedette::detect::baseline {

/// Tests of rows, each made once for all behaviours that ask the same, and each row looked at once.
///
/// Why: behaviours are many and alike. Ten of them begin with `event.category:process`; asked by
/// each of them for each row, the questions would cost more than all that is learned.
/// A query is taken apart where all of its parts must hold. A part about one field knows the column
/// that its rows have cells in.
/// Cost: a byte for each test and row of a batch; a test of a row once, then a look.
/// Threads: one at a time. Lives: bind() borrows the batch until the next one.
class RowTests {
  public:
    using Id = std::uint32_t;

    /// The parts of a query, all of which must hold; none where the query is empty.
    /// Errors: bad_input where the query does not compile.
    base::Result<std::vector<Id>> add(std::string_view query);

    void bind(const event::Batch& batch);
    bool holds(Id id, std::uint32_t row) {
        std::uint8_t& known = known_[id * row_count_ + row];
        if (known == kUnknown) known = tests_[id].matcher.matches(*batch_, row) ? kHolds : kFails;
        return known == kHolds;
    }
    /// Of the batch: where it can hold at all. `is_anywhere`: in any row, for all that is known.
    struct Reach {
        bool is_anywhere = true;
        const event::Column* column = nullptr;  ///< only in its rows; nullptr: in none
    };
    Reach reach(Id id) const;
    std::size_t size() const { return tests_.size(); }

  private:
    enum : std::uint8_t { kUnknown, kFails, kHolds };
    struct Test {
        rule::search::Matcher matcher;
        std::optional<rule::search::FieldPlace> field;  // the one that a row must have
    };

    base::Result<Id> add(const rule::search::Node& node, std::string_view query);

    std::vector<Test> tests_;
    std::map<std::string, Id, std::less<>> by_text_;
    const event::Batch* batch_ = nullptr;
    std::size_t row_count_ = 0;
    std::vector<std::uint8_t> known_;  // a row of the batch after the other, for each test
};

}  // namespace vedette::detect::baseline
