// SPDX-License-Identifier: Apache-2.0
#include "engine/rule_replays/replayed_rule.h"

#include <algorithm>
#include <map>

#include "rule/sigma/meaning.h"
#include "rule/sigma/rule_set.h"

namespace vedette::engine::rule_replays {

namespace {

using rule::sigma::Correlation;
using rule::sigma::LoadedRules;

/// One correlation and all below it, taken out of a set.
class Branch {
  public:
    explicit Branch(const LoadedRules& all) : all_(all) {}

    LoadedRules take(std::uint32_t correlation) {
        static_cast<void>(add(correlation));
        out_.correlations.back().is_silent = false;
        return std::move(out_);
    }

  private:
    std::uint32_t add(std::uint32_t index) {
        const auto known = correlations_.find(index);
        if (known != correlations_.end()) return known->second;
        Correlation copy = all_.correlations[index];
        copy.is_silent = true;
        for (Correlation::Member& member : copy.members) {
            member.index = member.is_correlation ? add(member.index) : add_rule(member.index);
        }
        // Those that others refer to come first.
        out_.correlations.push_back(std::move(copy));
        const auto place = static_cast<std::uint32_t>(out_.correlations.size() - 1);
        correlations_.emplace(index, place);
        return place;
    }

    std::uint32_t add_rule(std::uint32_t index) {
        const auto place = static_cast<std::uint32_t>(out_.rules.size());
        const auto [known, is_new] = rules_.emplace(index, place);
        if (!is_new) return known->second;
        out_.rules.push_back(all_.rules[index]);
        out_.rules.back().is_silent = true;
        return place;
    }

    const LoadedRules& all_;
    LoadedRules out_;
    std::map<std::uint32_t, std::uint32_t> rules_, correlations_;
};

}  // namespace

ReplayableRules::ReplayableRules(const RuleSet& set) : set_(set.hash.hex()) {
    for (const auto& [path, text] : set.inputs.logsource_files) {
        static_cast<void>(sources_.add(path, text));  // told when the set came into force
    }
    const rule::sigma::LoadOptions options{set.inputs.placeholders, {}};
    loaded_ = rule::sigma::load_rule_set(set.inputs.rule_files, options);
    const auto meanings = rule::sigma::meanings_of(loaded_, sources_, options);
    std::vector<std::pair<DueRule, std::size_t>> found;
    for (std::size_t i = 0; i < loaded_.rules.size(); ++i) {
        const auto& rule = loaded_.rules[i];
        if (rule.is_silent) continue;
        found.emplace_back(DueRule{meanings.rules[i].hex(), rule.id, rule.title}, i);
    }
    for (std::size_t i = 0; i < loaded_.correlations.size(); ++i) {
        const Correlation& one = loaded_.correlations[i];
        if (one.is_silent) continue;
        found.emplace_back(DueRule{meanings.correlations[i].hex(), one.id, one.title},
                           loaded_.rules.size() + i);
    }
    std::sort(found.begin(), found.end(),
              [](const auto& a, const auto& b) { return a.first.id < b.first.id; });
    for (auto& [rule, place] : found) {
        rules_.push_back(std::move(rule));
        places_.push_back(place);
    }
}

std::optional<ReplayedRule> ReplayableRules::find(const std::string& content) const {
    const auto found = std::find_if(rules_.begin(), rules_.end(),
                                    [&](const DueRule& rule) { return rule.content == content; });
    if (found == rules_.end()) return std::nullopt;
    const std::size_t place = places_[static_cast<std::size_t>(found - rules_.begin())];
    ReplayedRule out{found->id, found->title, {}, sources_};
    if (place < loaded_.rules.size()) {
        out.loaded.rules.push_back(loaded_.rules[place]);
    } else {
        out.loaded = Branch(loaded_).take(static_cast<std::uint32_t>(place - loaded_.rules.size()));
    }
    return out;
}

}  // namespace vedette::engine::rule_replays
