// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "event/batch.h"
#include "rule/search/plan.h"
#include "rule/search/query.h"
#include "rule/search/table.h"

namespace vedette::rule::search {

/// A query as a predicate over rows that are in memory: live search and `scan`. It answers as the
/// store's SQL does (sql.h), which tests hold against it.
/// One difference is known: the store takes a single value that is itself the text of a JSON array
/// for several values.
/// Threads: matches() from any number. Cost: that of its tests; regular expressions are compiled
/// once.
class Matcher {
  public:
    explicit Matcher(const PlanNode& plan);
    ~Matcher();
    Matcher(Matcher&&) noexcept;
    Matcher& operator=(Matcher&&) noexcept;

    bool matches(const event::Batch& batch, std::uint32_t row) const;
    /// The same for a row of a result, of a plan whose places are columns of a table.
    bool matches(const std::vector<ResultCell>& row) const;

  private:
    struct Program;
    std::unique_ptr<const Program> program_;
};

/// Parses, plans and compiles in one step.   Errors: bad_input with column and caret.
base::Result<Matcher> make_matcher(std::string_view query, base::Timestamp now,
                                   const event::LookupSet& lists = {});

}  // namespace vedette::rule::search
