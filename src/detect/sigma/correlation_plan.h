// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "rule/sigma/correlation.h"
#include "rule/sigma/rule.h"

namespace vedette::detect::sigma {

/// Which rules and correlations feed which correlations, and which fields of an event each of them
/// looks at.
///
/// Correlations of correlations look at the event that completed the inner one, so an event carries
/// from the beginning what any correlation that it may reach will ask of it. How a field is called
/// depends on the rule that matched the event and on the rule as the correlation refers to it.
class CorrelationPlan {
  public:
    /// Takes what load_rule_set resolved: those that others refer to come first.
    CorrelationPlan(std::size_t rule_count, const std::vector<rule::sigma::Correlation>& all);

    /// A correlation that refers to something, and as which of its rules.
    struct User {
        std::uint32_t correlation = 0;
        std::uint32_t member = 0;
    };
    const std::vector<User>& users_of_rule(std::uint32_t rule) const { return by_rule_[rule]; }
    const std::vector<User>& users_of_correlation(std::uint32_t correlation) const {
        return by_correlation_[correlation];
    }

    /// Fields to keep of an event that the rule matched.
    const std::vector<std::string>& fields_of(std::uint32_t rule) const { return fields_[rule]; }

    /// Where among fields_of(rule) a correlation finds what it groups by, and what it looks at.
    struct Places {
        std::vector<std::uint32_t> group_by, fields;
    };
    const Places& places(User user, std::uint32_t rule) const {
        return places_[user.correlation][user.member].at(rule);
    }
    bool reaches(User user, std::uint32_t rule) const {
        return user.member < places_[user.correlation].size() &&
               places_[user.correlation][user.member].count(rule) > 0;
    }

  private:
    std::vector<std::vector<User>> by_rule_, by_correlation_;
    std::vector<std::vector<std::string>> fields_;  // by rule
    // By correlation, member and rule.
    std::vector<std::vector<std::map<std::uint32_t, Places>>> places_;
};

}  // namespace vedette::detect::sigma
