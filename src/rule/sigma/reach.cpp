// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/reach.h"

#include <algorithm>
#include <optional>
#include <variant>

#include "rule/sigma/fold.h"

namespace vedette::rule::sigma {

namespace {

using Names = std::vector<std::string>;

void add_all(Names& to, const Names& from) {
    for (const std::string& name : from) {
        if (std::find(to.begin(), to.end(), name) == to.end()) to.push_back(name);
    }
}

/// What has to come for a condition to be able to be true, or to be able to be false. Nothing has
/// to where the list is empty.
class Reach {
  public:
    Reach(const Rule& rule, const LogSourceWay& way, const HasField& has_field)
        : rule_(rule), way_(way), has_field_(has_field) {}

    Names lacks(const Condition& condition, bool is_true_wanted) const {
        using Kind = Condition::Kind;
        std::vector<Names> parts;
        switch (condition.kind) {
            case Kind::negation: return lacks(condition.parts.front(), !is_true_wanted);
            case Kind::selection:
            case Kind::some_of:
            case Kind::all_of:
                for (const Selection& selection : rule_.selections) {
                    const bool is_one = condition.kind == Kind::selection
                                            ? selection.name == condition.name
                                            : is_meant(condition.name, selection.name);
                    if (is_one) parts.push_back(lacks(selection, is_true_wanted));
                }
                break;
            case Kind::both:
            case Kind::either:
                for (const Condition& part : condition.parts) {
                    parts.push_back(lacks(part, is_true_wanted));
                }
        }
        const bool needs_all = condition.kind == Kind::both || condition.kind == Kind::all_of;
        return needs_all == is_true_wanted ? together(parts) : least(parts);
    }

    static Names least(const std::vector<Names>& parts) {
        const auto smallest =
            std::min_element(parts.begin(), parts.end(),
                             [](const Names& a, const Names& b) { return a.size() < b.size(); });
        return smallest == parts.end() ? Names() : *smallest;
    }

  private:
    static Names together(const std::vector<Names>& parts) {
        Names all;
        for (const Names& part : parts) add_all(all, part);
        return all;
    }

    Names lacks(const Selection& selection, bool is_true_wanted) const {
        std::vector<Names> maps;
        for (const std::vector<FieldTest>& tests : selection.any_of) {
            std::vector<Names> lines;
            for (const FieldTest& test : tests) lines.push_back(lacks(test, is_true_wanted));
            maps.push_back(is_true_wanted ? together(lines) : least(lines));
        }
        return is_true_wanted ? least(maps) : together(maps);
    }

    Names lacks(const FieldTest& test, bool is_true_wanted) const {
        if (test.field.empty()) return {};
        const bool is_there = comes(test.field);
        const bool is_met_by_absence = !test.is_negated && is_met_without_field(test);
        if (!is_there) return is_met_by_absence == is_true_wanted ? Names() : Names{test.field};
        return is_true_wanted ? lacks_references(test) : Names();
    }

    /// A test against another field that never comes.
    Names lacks_references(const FieldTest& test) const {
        Names lacking;
        std::size_t hopeless = 0;
        for (const RuleValue& value : test.values) {
            const bool is_hopeless =
                std::all_of(value.any_of.begin(), value.any_of.end(), [&](const ValueTest& each) {
                    const auto* reference = std::get_if<ReferenceTest>(&each);
                    if (reference == nullptr || comes(reference->field)) return false;
                    add_all(lacking, {reference->field});
                    return true;
                });
            hopeless += is_hopeless ? 1 : 0;
        }
        const bool is_lost = test.needs_all ? hopeless > 0 : hopeless == test.values.size();
        return is_lost ? lacking : Names();
    }

    static bool is_met_without_field(const FieldTest& test) {
        const auto is_met = [](const RuleValue& value) {
            return std::any_of(value.any_of.begin(), value.any_of.end(), [](const ValueTest& each) {
                const auto* exists = std::get_if<ExistsTest>(&each);
                return std::holds_alternative<NullTest>(each) ||
                       (exists != nullptr && !exists->is_wanted);
            });
        };
        return test.needs_all ? std::all_of(test.values.begin(), test.values.end(), is_met)
                              : std::any_of(test.values.begin(), test.values.end(), is_met);
    }

    bool comes(const std::string& field) const {
        if (has_field_(field)) return true;
        const auto alias = way_.aliases.find(field);
        return alias != way_.aliases.end() && has_field_(alias->second);
    }

    const Rule& rule_;
    const LogSourceWay& way_;
    const HasField& has_field_;
};

}  // namespace

std::vector<std::string> missing_fields(const Rule& rule, const LogSourceWay& way,
                                        const HasField& has_field) {
    const Reach reach(rule, way, has_field);
    std::vector<Names> conditions;
    for (const Condition& condition : rule.conditions) {
        conditions.push_back(reach.lacks(condition, true));
    }
    return Reach::least(conditions);
}

bool could_be(const LogSourceWay& way, std::string_view dataset, const HasField& has_field) {
    const std::string folded = fold(dataset);
    return std::all_of(way.needs.begin(), way.needs.end(), [&](const LogSourceWay::Need& need) {
        if (need.field != "dataset") return has_field(need.field);
        return std::any_of(need.any_of.begin(), need.any_of.end(),
                           [&](const Wildcard& one) { return one.matches(folded); });
    });
}

}  // namespace vedette::rule::sigma
