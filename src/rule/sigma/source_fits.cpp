// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/source_fits.h"

#include <algorithm>
#include <iterator>

namespace vedette::rule::sigma {

void FitStates::clear() {
    states_.clear();
    firsts_.clear();
    sets_.clear();
    set_members_.clear();
    steps_.clear();
    set_of({});
}

std::uint32_t FitStates::first(std::string_view folded_dataset) {
    const auto known = firsts_.find(folded_dataset);
    if (known != firsts_.end()) return known->second;
    const auto number = static_cast<std::uint32_t>(states_.size());
    const auto entry = firsts_.emplace(folded_dataset, number).first;
    states_.push_back({entry->first, {}, nullptr});
    return number;
}

std::uint32_t FitStates::set_of(const std::vector<PredicateId>& predicates) {
    const auto number = static_cast<std::uint32_t>(set_members_.size());
    const auto [entry, is_new] = sets_.emplace(predicates, number);
    if (is_new) set_members_.push_back(&entry->first);
    return entry->second;
}

std::uint32_t FitStates::next(std::uint32_t state, std::uint32_t set) {
    if (set == 0) return state;
    const auto number = static_cast<std::uint32_t>(states_.size());
    const auto [step, is_new] = steps_.emplace(std::uint64_t{state} << 32 | set, number);
    if (!is_new) return step->second;
    State made{states_[state].dataset, {}, nullptr};
    std::set_union(states_[state].predicates.begin(), states_[state].predicates.end(),
                   set_members_[set]->begin(), set_members_[set]->end(),
                   std::back_inserter(made.predicates));
    states_.push_back(std::move(made));
    return number;
}

const Fit& FitStates::fit(std::uint32_t state) {
    if (!states_[state].fit) states_[state].fit = make(states_[state]);
    return *states_[state].fit;
}

bool FitStates::fits(const ProgramSource::Way& way, const State& state) const {
    const auto is_met = [&](const std::vector<PredicateId>& any_of) {
        return std::any_of(any_of.begin(), any_of.end(), [&](PredicateId predicate) {
            return std::binary_search(state.predicates.begin(), state.predicates.end(), predicate);
        });
    };
    const auto is_dataset = [&](const std::vector<Wildcard>& any_of) {
        return std::any_of(any_of.begin(), any_of.end(),
                           [&](const Wildcard& pattern) { return pattern.matches(state.dataset); });
    };
    return std::all_of(way.needs.begin(), way.needs.end(), is_met) &&
           std::all_of(way.of_dataset.begin(), way.of_dataset.end(), is_dataset);
}

std::unique_ptr<Fit> FitStates::make(const State& state) const {
    auto fit = std::make_unique<Fit>();
    fit->wants.resize(slot_count_, false);
    for (std::uint32_t index = 0; index < sources_.size(); ++index) {
        const ProgramSource& source = sources_[index];
        bool is_tried = false;
        for (std::uint32_t i = 0; i < source.ways.size(); ++i) {
            const ProgramSource::Way& way = source.ways[i];
            if (!fits(way, state)) continue;
            is_tried = true;
            auto pass =
                std::find_if(fit->passes.begin(), fit->passes.end(),
                             [&](const auto& known) { return known.alias_set == way.alias_set; });
            if (pass == fit->passes.end()) {
                fit->passes.push_back(
                    {way.alias_set, std::vector<std::uint32_t>(sources_.size(), kNoWay), {}});
                pass = fit->passes.end() - 1;
            }
            if (pass->ways[index] != kNoWay) continue;
            pass->ways[index] = i;
            pass->sources.push_back(index);
        }
        if (!is_tried) continue;
        for (const Slot slot : source.slots) fit->wants[slot] = true;
        if (source.keywords != kNoKeywords) fit->keywords.push_back(source.keywords);
    }
    return fit;
}

}  // namespace vedette::rule::sigma
