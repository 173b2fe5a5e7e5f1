// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/filter.h"

#include <algorithm>

#include "rule/sigma/detection_reader.h"
#include "rule/sigma/limits.h"

namespace vedette::rule::sigma {

namespace {

using base::ErrorCode;
using ConditionKind = Condition::Kind;

base::Result<void> read_filtered_rules(const DocumentReader& reader, const YamlNode& map,
                                       Filter& out) {
    const YamlNode* node = map.find("rules");
    if (node == nullptr || node->is_null() || node->text == "any") return {};
    if (!node->is_list()) {
        return reader.wrong(*node, "'rules' should be a list of ids or names, or any");
    }
    if (node->items.size() > kFilterUsesMax) {
        return reader.too_much(*node, "the filter names too many rules");
    }
    for (const YamlNode& item : node->items) {
        VD_TRY(std::string text, reader.text_of(item, "rules"));
        out.rules.push_back({std::move(text), item.where(reader.path())});
    }
    return {};
}

/// Whether a condition says what is kept: a `not`, or an `and` of nothing but these.
bool says_what_is_kept(const Condition& condition) {
    if (condition.kind == ConditionKind::negation) return true;
    return condition.kind == ConditionKind::both &&
           std::all_of(condition.parts.begin(), condition.parts.end(), says_what_is_kept);
}

/// Names begin with an underscore, so that no pattern of the rule means them.
void rename(Condition& condition, const std::string& prefix) {
    const bool is_pattern =
        condition.kind == ConditionKind::some_of || condition.kind == ConditionKind::all_of;
    if (is_pattern || condition.kind == ConditionKind::selection) {
        condition.name = prefix + (condition.name == "them" && is_pattern ? "*" : condition.name);
    }
    for (Condition& part : condition.parts) rename(part, prefix);
}

/// What must hold besides the rule's own condition.
Condition kept_by(const Filter& filter, const std::string& prefix) {
    Condition out{ConditionKind::both};
    for (Condition condition : filter.conditions) {
        rename(condition, prefix);
        if (!says_what_is_kept(condition))
            condition = {ConditionKind::negation, {}, {std::move(condition)}};
        out.parts.push_back(std::move(condition));
    }
    return out.parts.size() == 1 ? out.parts.front() : out;
}

bool has_all_of(const LogSource& rule, const LogSource& filter) {
    const auto fits = [](const std::string& of_rule, const std::string& of_filter) {
        return of_filter.empty() || of_rule == of_filter;
    };
    return fits(rule.category, filter.category) && fits(rule.product, filter.product) &&
           fits(rule.service, filter.service);
}

class FilterUse {
  public:
    explicit FilterUse(LoadedRules& all) : all_(all), counts_(all.rules.size(), 0) {}

    void use(const Filter& filter) {
        for (std::size_t i = 0; i < all_.rules.size() && filter.rules.empty(); ++i) {
            if (has_all_of(all_.rules[i].logsource, filter.logsource)) add(filter, i);
        }
        for (const Correlation::Reference& reference : filter.rules) {
            bool is_there = false;
            for (std::size_t i = 0; i < all_.rules.size(); ++i) {
                const Rule& rule = all_.rules[i];
                if (rule.id != reference.text && rule.name != reference.text) continue;
                is_there = true;
                if (has_all_of(rule.logsource, filter.logsource)) {
                    add(filter, i);
                } else {
                    refuse(filter, reference.where, ErrorCode::bad_input,
                           "the filter does not fit the rule '" + rule.title +
                               "': its log source is " + rule.logsource.text());
                }
            }
            if (!is_there) {
                refuse(filter, reference.where, ErrorCode::not_found,
                       "the filter names a rule that is not there: '" + reference.text + "'");
            }
        }
    }

  private:
    void refuse(const Filter& filter, const std::string& where, ErrorCode code, std::string text) {
        all_.refusals.push_back(
            {filter.id, filter.title, {code, std::move(text), where, {}, false}});
    }

    void add(const Filter& filter, std::size_t index) {
        Rule& rule = all_.rules[index];
        if (counts_[index] >= kFiltersPerRuleMax || ++uses_ > kFilterUsesMax) {
            if (!is_told_) {
                refuse(filter, filter.path + ":" + std::to_string(filter.line), ErrorCode::limit,
                       "more than " + std::to_string(kFiltersPerRuleMax) + " filters for a rule, " +
                           "or " + std::to_string(kFilterUsesMax) + " uses in all");
            }
            is_told_ = true;
            return;
        }
        const std::string prefix = "_filter" + std::to_string(counts_[index]++) + "_";
        for (Selection selection : filter.selections) {
            selection.name = prefix + selection.name;
            rule.selections.push_back(std::move(selection));
        }
        const Condition kept = kept_by(filter, prefix);
        for (std::size_t i = 0; i < rule.conditions.size(); ++i) {
            rule.conditions[i] = {ConditionKind::both, {}, {std::move(rule.conditions[i]), kept}};
            rule.condition_texts[i] = print(rule.conditions[i]);
        }
        rule.content_hash ^= filter.content_hash;
    }

    LoadedRules& all_;
    std::vector<std::size_t> counts_;  // filters by rule
    std::size_t uses_ = 0;
    bool is_told_ = false;
};

}  // namespace

base::Result<Filter> read_filter(const DocumentReader& reader, const LoadOptions& options) {
    Filter out;
    VD_TRY_DO(reader.read_title(out));
    VD_TRY(out.logsource, reader.logsource());
    VD_TRY(const YamlNode* map, reader.need(reader.document(), "filter"));
    if (!map->is_map()) return reader.wrong(*map, "'filter' should be a map");
    VD_TRY_DO(read_filtered_rules(reader, *map, out));
    VD_TRY(Detection detection, read_detection(reader, *map, options, "rules"));
    out.selections = std::move(detection.selections);
    out.conditions = std::move(detection.conditions);
    out.condition_texts = std::move(detection.condition_texts);
    return out;
}

void apply_filters(LoadedRules& all) {
    if (all.filters.size() > kFiltersMax) {
        const Filter& first = all.filters[kFiltersMax];
        all.refusals.push_back({first.id,
                                first.title,
                                {ErrorCode::limit,
                                 "more than " + std::to_string(kFiltersMax) +
                                     " filters: this one and those behind it are not used",
                                 first.path + ":" + std::to_string(first.line),
                                 {},
                                 false}});
        all.filters.resize(kFiltersMax);
    }
    FilterUse use(all);
    for (const Filter& filter : all.filters) use.use(filter);
}

}  // namespace vedette::rule::sigma
