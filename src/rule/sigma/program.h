// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "base/result.h"
#include "rule/sigma/bound_rule.h"
#include "rule/sigma/condition_graph.h"
#include "rule/sigma/keyword_tests.h"
#include "rule/sigma/source_fits.h"

namespace vedette::rule::sigma {

/// What a program is made of, for people and measurements.
struct ProgramFigures {
    std::size_t rules = 0;
    std::size_t always_tried = 0;  ///< rules that negations alone can make true
    std::size_t predicates = 0;    ///< different tests on values
    std::size_t nodes = 0;         ///< of the condition graph
    std::size_t pattern_sets = 0, pattern_set_bytes = 0;
    std::size_t one_by_one = 0;  ///< predicates that are asked value by value
    std::size_t one_by_one_regexes = 0;
};

/// All rules as one program: what any two of them ask alike is asked once, and a rule is looked at
/// only where something is true without which it cannot be.
///
/// Immutable once made. Threads: any number, each with a CompiledMatcher of its own.
class Program {
    struct Key {};

  public:
    /// Rules ordered as findings of one event should be. Sets of patterns that somebody holds are
    /// taken over from the cache. Errors: limit past kProgramRulesMax or kProgramPredicatesMax.
    /// Cost: 0.3 ms a rule of SigmaHQ, nearly all of it Vectorscan's.
    static base::Result<std::shared_ptr<const Program>> make(std::vector<Rule> rules,
                                                             const LogSourceMap& sources,
                                                             event::FieldDictionary& fields,
                                                             PatternSetCache& cache);
    Program(Key, std::vector<Rule> rules, event::FieldDictionary& fields)
        : rules_(std::move(rules)), table_(fields) {}
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    const std::vector<Rule>& rules() const { return rules_; }
    const FieldTable& table() const { return table_; }
    const std::vector<std::pair<LogSource, std::size_t>>& unplaced() const { return unplaced_; }
    const ProgramFigures& figures() const { return figures_; }
    std::size_t memory_bytes() const;
    /// Values on which expressions gave up since the program was made.
    std::uint64_t gave_up_count() const;

    // For the matcher.
    /// The tests on values of a field; nullptr if no rule and no log source has any.
    const FieldTests* tests_of(Slot slot) const { return field_tests_[slot].get(); }
    /// The same for fields that tell log sources apart.
    bool tells_sources(Slot slot) const { return tells_sources_[slot]; }
    bool tells_sources_by(PredicateId predicate) const { return is_need_[predicate]; }
    /// The tests on every value, of each log source that has any.
    const std::vector<std::unique_ptr<const KeywordTests>>& keywords() const { return keywords_; }
    const std::vector<ProgramSource>& sources() const { return sources_; }
    const EventView::Aliases& aliases(std::uint32_t set) const { return alias_sets_[set]; }
    std::size_t alias_set_count() const { return alias_sets_.size(); }
    /// Groups of predicates (a list of alternatives) that are true as soon as this one is.
    std::span<const std::uint32_t> groups_of(PredicateId predicate) const {
        return groups_[predicate];
    }
    bool has_groups() const { return !groups_.is_empty(); }
    /// Rules that are looked at when a predicate is true.
    std::span<const std::uint32_t> rules_of(PredicateId predicate) const {
        return triggered_[predicate];
    }
    std::uint32_t source_of(std::uint32_t rule) const { return source_of_rule_[rule]; }
    ConditionGraph::Ref condition_of(std::uint32_t rule) const { return conditions_[rule]; }
    const ConditionGraph& graph() const { return graph_; }
    std::size_t predicate_count() const { return is_need_.size(); }

  private:
    class Builder;

    std::vector<Rule> rules_;
    FieldTable table_;
    std::deque<ValueTest> need_forms_;
    std::vector<std::pair<LogSource, std::size_t>> unplaced_;
    std::vector<EventView::Aliases> alias_sets_;
    std::vector<ProgramSource> sources_;
    std::vector<std::unique_ptr<const FieldTests>> field_tests_;  // by slot
    std::vector<std::unique_ptr<const KeywordTests>> keywords_;
    std::vector<bool> tells_sources_;  // by slot
    std::vector<bool> is_need_;        // by predicate
    Lists groups_, triggered_;         // by predicate
    std::vector<std::uint32_t> source_of_rule_;
    std::vector<ConditionGraph::Ref> conditions_;  // by rule
    ConditionGraph graph_;
    std::vector<const Regex*> regexes_;
    std::uint64_t gave_up_before_ = 0;
    ProgramFigures figures_;
};

inline constexpr std::uint32_t kNoSource = 0xFFFF'FFFF;

}  // namespace vedette::rule::sigma
