// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "event/batch.h"
#include "rule/sigma/hit.h"
#include "rule/sigma/program.h"

namespace vedette::rule::sigma {

/// Where a matcher's time goes. Units: nanoseconds of CPU.
struct MatchStages {
    std::uint64_t sources_ns = 0;     ///< which log sources rows are of
    std::uint64_t columns_ns = 0;     ///< tests on values, field by field
    std::uint64_t keywords_ns = 0;    ///< tests on every value
    std::uint64_t aliases_ns = 0;     ///< tests on values that stand for another field's
    std::uint64_t conditions_ns = 0;  ///< rules of rows
    std::uint64_t rows = 0, rules_tried = 0, truths = 0;
};

/// The fast matcher: gives the hits that Matcher gives, in its order, for a cost that follows the
/// events and hardly the number of rules. What a rule means is told in matcher.h.
///
/// A batch is judged column by column: the different values of a column are given to all tests of
/// its field at once (field_tests.h); what they meet is dealt to their rows; a row's log sources
/// follow from it (source_fits.h), and of their rules those are looked at of which a predicate is
/// true that they need (condition_graph.h). Columns that no rule of a row's log sources tests are
/// left out for that row. Nothing is remembered from batch to batch, and hits do not depend on
/// where a batch was cut. Threads: one at a time; make one per thread of one Program.   Cost:
/// README.md
class CompiledMatcher {
  public:
    explicit CompiledMatcher(std::shared_ptr<const Program> program);
    ~CompiledMatcher();
    CompiledMatcher(CompiledMatcher&&) noexcept;

    /// Appends the hits of all rows, ordered by row and rule; each pair once.
    void match(const event::Batch& batch, std::vector<Hit>& hits);

    /// Explains a hit of the batch last given to match(), which must not have changed since, as
    /// Matcher::explain does: by asking the rule test by test. Cost: a few microseconds.
    std::vector<MatchedTest> explain(const Hit& hit);

    /// Counts into `stages` from now on; nullptr: no more. Costs some clock readings a batch.
    void measure(MatchStages* stages);

    const std::vector<Rule>& rules() const;
    const Program& program() const;
    /// Log sources that no mapping places, and how many rules are therefore never tried.
    const std::vector<std::pair<LogSource, std::size_t>>& unplaced() const;
    /// Times that a backtracking expression gave up on a value; see regex.h.
    std::uint64_t regex_gave_up_count() const;
    std::size_t memory_bytes() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace vedette::rule::sigma
