// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rule/sigma/event_view.h"
#include "rule/sigma/field_tests.h"
#include "rule/sigma/logsource.h"

namespace vedette::rule::sigma {

inline constexpr std::uint32_t kNoWay = 0xFFFF'FFFF;
inline constexpr std::uint32_t kNoKeywords = 0xFFFF'FFFF;

/// Log sources of a program with what tells their events, in predicates.
struct ProgramSource {
    struct Way {
        std::vector<std::vector<PredicateId>> needs;    ///< of each one
        std::vector<std::vector<Wildcard>> of_dataset;  ///< the same for the data set, folded
        std::uint32_t alias_set = 0;
    };
    std::vector<Way> ways;
    std::vector<std::uint32_t> always;     ///< rules that can be true without any predicate
    std::vector<Slot> slots;               ///< fields whose values its rules test
    std::uint32_t keywords = kNoKeywords;  ///< number of its tests on every value
};

/// The log sources that an event is of.
struct Fit {
    /// Rules of the sources that are tried with one set of aliases.
    struct Pass {
        std::uint32_t alias_set;
        std::vector<std::uint32_t> ways;     ///< by source: the first way that fits; kNoWay
        std::vector<std::uint32_t> sources;  ///< those with a way
    };
    std::vector<Pass> passes;
    std::vector<bool> wants;              ///< by slot: whether a rule tests its values
    std::vector<std::uint32_t> keywords;  ///< of the sources that have any
    bool wants_keywords(std::uint32_t number) const {
        return std::find(keywords.begin(), keywords.end(), number) != keywords.end();
    }
    bool has_pass(std::uint32_t alias_set) const {
        for (const Pass& pass : passes) {
            if (pass.alias_set == alias_set) return true;
        }
        return false;
    }
};

/// Finds the fit of the events of one batch by the predicates they meet: events that meet the same
/// ones share a state, and with it the fit, which is made once.
/// Threads: one.
class FitStates {
  public:
    FitStates(const std::vector<ProgramSource>& sources, std::size_t slot_count)
        : sources_(sources), slot_count_(slot_count) {}

    /// Forgets the batch before.
    void clear();
    /// The state of an event of a data set (in lower case) of which nothing else is known.
    std::uint32_t first(std::string_view folded_dataset);
    /// A number for a set of predicates (ascending); 0 for none.
    std::uint32_t set_of(const std::vector<PredicateId>& predicates);
    /// The state of an event that meets these as well.
    std::uint32_t next(std::uint32_t state, std::uint32_t set);

    const Fit& fit(std::uint32_t state);
    /// The fits that were asked for.
    template <typename Callback>
    void for_each_fit(const Callback& callback) const {
        for (const State& state : states_) {
            if (state.fit) callback(*state.fit);
        }
    }

  private:
    struct State {
        std::string_view dataset;
        std::vector<PredicateId> predicates;  // ascending
        std::unique_ptr<Fit> fit;
    };

    std::unique_ptr<Fit> make(const State& state) const;
    bool fits(const ProgramSource::Way& way, const State& state) const;

    const std::vector<ProgramSource>& sources_;
    std::size_t slot_count_;
    std::vector<State> states_;
    std::map<std::string, std::uint32_t, std::less<>> firsts_;
    std::map<std::vector<PredicateId>, std::uint32_t> sets_;
    std::vector<const std::vector<PredicateId>*> set_members_;
    std::unordered_map<std::uint64_t, std::uint32_t> steps_;
};

}  // namespace vedette::rule::sigma
