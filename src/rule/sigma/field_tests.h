// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "rule/sigma/number_table.h"
#include "rule/sigma/pattern_set.h"
#include "rule/sigma/rule.h"
#include "rule/sigma/text_tables.h"
#include "rule/sigma/value_table.h"

namespace vedette::rule::sigma {

/// Names a test on a value (or a group of them) of a whole program; dense from 0.
using PredicateId = std::uint32_t;

/// A predicate that a value of a field meets.
struct Truth {
    std::uint32_t value;  ///< number in the ValueTable
    PredicateId predicate;
};

/// All tests that any rule makes on the values of one field, compiled together. They are met by the
/// same values as when each is asked by itself (value_match.h), which is how those are asked that
/// do not compile.
///
/// - Whole texts by hash. Beginnings and ends by their outermost bytes.
/// - Texts anywhere, and the longest literal of a value with wildcards, by one Vectorscan pass over
///   the folded texts; of wildcards the value itself is asked then. With `cased` the pass looks for
///   the folded text as well, and the value is asked.
/// - Expressions by another pass over the squeezed texts (regex_scan.h); what is found is asked,
///   but where it is certain.
/// - Numbers and networks by ordered look-up.
/// - Asked one by one: expressions out of Vectorscan's dialect or bounds, texts of one byte, cased
///   texts beyond ASCII, wildcards without a literal.
/// Immutable. Threads: any, each with a scratch of its own.
class FieldTests {
  public:
    /// What finding needs besides: grows to the largest field.
    struct Scratch {
        PatternScratch patterns;
        std::vector<std::uint32_t> asked;  ///< by target: mark of the value it was last asked of
        std::uint32_t mark = 0;            ///< of the last value; only grows
        std::string lines;                 ///< squeezed values
        struct LineEnd {
            std::size_t place;
            std::uint32_t value;
            bool is_simple;  ///< the value is one line of ASCII
        };
        std::vector<LineEnd> line_ends;
        std::vector<std::uint32_t> numbers;
    };

    /// The tests live in the rules; null, exists and fieldref are none of them.
    FieldTests(const std::vector<std::pair<PredicateId, const ValueTest*>>& tests,
               PatternSetCache& cache);

    /// Before the first find() with a scratch.
    void fit(Scratch& scratch) const;

    /// Appends what the values meet. A pair may come more than once.
    void find(const ValueTable& values, Scratch& scratch, std::vector<Truth>& out) const;

    /// Tests that are asked one by one, of which the expressions.
    std::size_t one_by_one_count() const { return one_by_one_.size(); }
    std::size_t one_by_one_regex_count() const { return one_by_one_regex_count_; }
    std::size_t set_count() const { return (texts_ ? 1 : 0) + (regexes_ ? 1 : 0); }
    std::size_t set_bytes() const;
    /// Without the sets, which programs may share.
    std::size_t memory_bytes() const;

  private:
    /// A test on one value.
    struct Test {
        PredicateId predicate;
        const ValueTest* form;
    };
    /// What the finding of a pattern means.
    struct Target {
        Test test;
        bool needs_asking;  ///< the pattern is only a part of it
    };
    class Builder;
    class Asking;
    class TextScan;
    class RegexScan;

    void find_in_tables(const ValueTable& values, Scratch& scratch, std::vector<Truth>& out) const;

    TextTable whole_, whole_cased_;
    EndTable begins_, ends_;
    NumberTable numbers_;
    NetworkTable networks_;
    std::vector<Test> one_by_one_;
    std::vector<PredicateId> any_text_;  // met by every text
    std::size_t one_by_one_regex_count_ = 0;

    std::shared_ptr<const PatternSet> texts_, regexes_;
    std::vector<std::size_t> text_sizes_;  // by pattern
    std::vector<Target> text_targets_;
    std::vector<std::uint32_t> text_target_begins_;  // by pattern, and the end
    std::vector<Target> regex_targets_;              // by pattern
};

/// Whether a value meets a test that is about its text alone: all but null, exists and fieldref.
bool is_met_by_text(const ValueTest& test, std::string_view raw, std::string_view folded);

/// A text that is in the folded text of every value that the test may be met by: the longest one of
/// at most kScannedTextBytesMax. Empty where there is none that could be relied upon.
std::string scanned_text(const TextTest& test);

}  // namespace vedette::rule::sigma
