// SPDX-License-Identifier: Apache-2.0
#include "detect/sigma/correlation_plan.h"

#include <algorithm>

namespace vedette::detect::sigma {

namespace {

using rule::sigma::Correlation;

/// What a correlation's field is called in events that came by one of its rules.
const std::string& field_behind(const Correlation& correlation, std::uint32_t member,
                                const std::string& name) {
    const auto alias = correlation.aliases.find(name);
    if (alias == correlation.aliases.end()) return name;
    const auto field = alias->second.find(correlation.rules[member].text);
    return field == alias->second.end() ? name : field->second;
}

std::uint32_t place_of(std::vector<std::string>& fields, const std::string& name) {
    const auto found = std::find(fields.begin(), fields.end(), name);
    if (found == fields.end()) {
        fields.push_back(name);
        return static_cast<std::uint32_t>(fields.size() - 1);
    }
    return static_cast<std::uint32_t>(found - fields.begin());
}

}  // namespace

CorrelationPlan::CorrelationPlan(std::size_t rule_count, const std::vector<Correlation>& all)
    : by_rule_(rule_count), by_correlation_(all.size()), fields_(rule_count), places_(all.size()) {
    for (std::uint32_t c = 0; c < all.size(); ++c) {
        places_[c].resize(all[c].members.size());
        for (std::uint32_t m = 0; m < all[c].members.size(); ++m) {
            const Correlation::Member member = all[c].members[m];
            std::vector<std::uint32_t> reach;
            if (member.is_correlation) {
                by_correlation_[member.index].push_back({c, m});
                for (const auto& inner : places_[member.index]) {
                    for (const auto& [rule, places] : inner) reach.push_back(rule);
                }
            } else {
                by_rule_[member.index].push_back({c, m});
                reach.push_back(member.index);
            }
            for (const std::uint32_t rule : reach) {
                Places places;
                for (const std::string& name : all[c].group_by) {
                    places.group_by.push_back(
                        place_of(fields_[rule], field_behind(all[c], m, name)));
                }
                for (const std::string& name : all[c].fields) {
                    places.fields.push_back(place_of(fields_[rule], field_behind(all[c], m, name)));
                }
                places_[c][m][rule] = std::move(places);
            }
        }
    }
}

}  // namespace vedette::detect::sigma
