// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "event/batch.h"
#include "rule/sigma/hit.h"
#include "rule/sigma/logsource.h"
#include "rule/sigma/rule.h"

namespace vedette::rule::sigma {

/// The plain matcher: every rule of a log source is asked, test by test, as the specification
/// reads. It is the oracle for faster engines, so it is written to be seen to be right.
///
/// What a rule means on an event:
/// - A rule is tried on the events of its log source only (logsource.h).
/// - Field names are compared with case; `a.b` is field b of object a. A field with several values
///   (an array) meets a test if any element does.
/// - An absent field meets no test, and `not` of it is true; neq too is a test that an absent field
///   does not meet. JSON null counts as absent, but for `exists`.
/// - `field: null` is met by an absent field and by null. `''` is met by a present, empty text
/// only.
///   An empty list or object is present but has no value: only `exists: true` is met.
/// - Texts are compared without case (fold.h on both sides) unless cased; numbers and booleans by
///   their text. lt, lte, gt, gte compare decimal numbers, also where the event has them as text.
/// - re is searched anywhere and with case, unless i. cidr is met by addresses of the same family.
/// - fieldref compares with every value of the other field of the same event.
/// - Values of a list are alternatives; with all, each must be met (by any element). neq turns the
///   whole line: the field has a value, and the list is not met.
/// - Keywords are found anywhere in any value that the record came with; with all, each in some
/// value.
/// - A map needs all its lines, a list of maps any; several conditions are alternatives.
/// Source: Sigma rules specification and modifiers appendix 2.1.0
///
/// Threads: one at a time; make one per thread.   Cost: README.md
class Matcher {
  public:
    /// Takes rules ordered as findings of one event should be (rule_set.h orders by id).
    Matcher(std::vector<Rule> rules, const LogSourceMap& sources, event::FieldDictionary& fields);
    ~Matcher();
    Matcher(Matcher&&) noexcept;

    using Hit = sigma::Hit;
    using MatchedTest = sigma::MatchedTest;

    /// Appends the hits of all rows, ordered by row and rule; each pair once.
    void match(const event::Batch& batch, std::vector<Hit>& hits);

    /// Explains a hit of the batch last given to match(), which must not have changed since: the
    /// tests that made it true, in the order of the condition: of alternatives the first that
    /// holds, of negations none. One line with the condition if it is true by negations alone.
    std::vector<MatchedTest> explain(const Hit& hit);

    const std::vector<Rule>& rules() const;
    /// Log sources that no mapping places, and how many rules are therefore never tried.
    const std::vector<std::pair<LogSource, std::size_t>>& unplaced() const;
    /// Values on which a backtracking expression gave up; see regex.h.
    std::uint64_t regex_gave_up_count() const;
    std::size_t memory_bytes() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace vedette::rule::sigma
