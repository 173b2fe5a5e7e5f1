// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/correlation_reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "rule/sigma/limits.h"

namespace vedette::rule::sigma {

namespace {

using Type = Correlation::Type;
using Comparison = Correlation::Comparison;
using base::Result;

constexpr std::array kTypes = {Type::event_count,     Type::value_count,      Type::value_sum,
                               Type::value_avg,       Type::value_percentile, Type::temporal,
                               Type::temporal_ordered};

constexpr std::array<std::pair<std::string_view, Comparison>, 6> kComparisons = {
    {{"gt", Comparison::gt},
     {"gte", Comparison::gte},
     {"lt", Comparison::lt},
     {"lte", Comparison::lte},
     {"eq", Comparison::eq},
     {"neq", Comparison::neq}}};

bool is_temporal(Type type) { return type == Type::temporal || type == Type::temporal_ordered; }

/// Whether the value is a count of things, and so a whole number.
bool is_count(Type type) {
    return is_temporal(type) || type == Type::event_count || type == Type::value_count;
}

std::optional<std::int64_t> seconds_of(char unit) {
    switch (unit) {
        case 's': return 1;
        case 'm': return 60;
        case 'h': return 3'600;
        case 'd': return 86'400;
        case 'w': return 7 * 86'400;
        // A twelfth of a year and a year of 365.2425 days, as other tools have them.
        case 'M': return 2'629'746;
        case 'y': return 31'556'952;
        default: return std::nullopt;
    }
}

class CorrelationReader {
  public:
    explicit CorrelationReader(const DocumentReader& reader) : reader_(reader) {}

    Result<Correlation> read() {
        VD_TRY_DO(reader_.read_names(out_));
        VD_TRY(out_.level, reader_.level());
        VD_TRY_DO(read_generate(reader_.document()));
        VD_TRY(const YamlNode* map, reader_.need(reader_.document(), "correlation"));
        if (!map->is_map()) return reader_.wrong(*map, "'correlation' should be a map");
        VD_TRY_DO(reader_.check_keys(
            *map, {"type", "rules", "group-by", "timespan", "condition", "aliases", "generate"}));
        VD_TRY_DO(read_generate(*map));
        VD_TRY_DO(read_type(*map));
        VD_TRY_DO(read_rules(*map));
        VD_TRY_DO(read_group_by(*map));
        VD_TRY_DO(read_aliases(*map));
        VD_TRY_DO(read_timespan(*map));
        VD_TRY_DO(read_condition(*map));
        return std::move(out_);
    }

  private:
    Result<void> read_generate(const YamlNode& map) {
        const YamlNode* node = map.find("generate");
        if (node == nullptr || node->is_null()) return {};
        const auto value = event::yaml_boolean(*node);
        if (!value) return reader_.wrong(*node, "'generate' should be true or false");
        out_.generates = *value;
        return {};
    }

    Result<void> read_type(const YamlNode& map) {
        VD_TRY(const YamlNode* node, reader_.need(map, "type"));
        VD_TRY(const std::string text, reader_.text_of(*node, "type"));
        std::vector<std::string> names;
        for (const Type type : kTypes) {
            if (text == name(type)) {
                out_.type = type;
                return {};
            }
            names.emplace_back(name(type));
        }
        const std::string near = nearest(text, names);
        std::string all;
        for (const std::string& known : names) all += (all.empty() ? "" : ", ") + known;
        return reader_.wrong(*node, "no such type of correlation: '" + text + "'",
                             near.empty() ? "use one of " + all : "did you mean '" + near + "'?");
    }

    Result<void> read_rules(const YamlNode& map) {
        VD_TRY(const YamlNode* node, reader_.need(map, "rules"));
        std::vector<const YamlNode*> items;
        if (node->is_list()) {
            for (const YamlNode& item : node->items) items.push_back(&item);
        } else {
            items.push_back(node);
        }
        if (items.empty()) return reader_.wrong(*node, "'rules' names no rule");
        if (items.size() > kCorrelationRulesMax) {
            return reader_.too_much(*node, "'rules' names more than " +
                                               std::to_string(kCorrelationRulesMax) + " rules");
        }
        for (const YamlNode* item : items) {
            VD_TRY(std::string text, reader_.text_of(*item, "rules"));
            for (const Correlation::Reference& known : out_.rules) {
                if (known.text == text) {
                    return reader_.wrong(*item, "the rule '" + text + "' is named twice");
                }
            }
            out_.rules.push_back({std::move(text), item->where(reader_.path())});
        }
        return {};
    }

    Result<void> read_group_by(const YamlNode& map) {
        const YamlNode* node = map.find("group-by");
        if (node == nullptr || node->is_null()) return {};
        VD_TRY(out_.group_by, reader_.texts_of(*node, "group-by"));
        return check_fields(*node, out_.group_by, "group-by");
    }

    Result<void> check_fields(const YamlNode& node, const std::vector<std::string>& fields,
                              std::string_view key) const {
        if (fields.size() > kCorrelationFieldsMax) {
            return reader_.too_much(node, "'" + std::string(key) + "' names more than " +
                                              std::to_string(kCorrelationFieldsMax) + " fields");
        }
        const std::set<std::string> unique(fields.begin(), fields.end());
        if (unique.size() != fields.size() || unique.count("") > 0) {
            return reader_.wrong(node, "'" + std::string(key) + "' names a field twice, or none");
        }
        return {};
    }

    Result<void> read_aliases(const YamlNode& map) {
        const YamlNode* node = map.find("aliases");
        if (node == nullptr || node->is_null()) return {};
        if (!node->is_map()) return reader_.wrong(*node, "'aliases' should be a map");
        if (node->items.size() > kCorrelationFieldsMax) {
            return reader_.too_much(*node, "'aliases' has more than " +
                                               std::to_string(kCorrelationFieldsMax) + " names");
        }
        for (std::size_t i = 0; i < node->items.size(); ++i) {
            VD_TRY_DO(read_alias(node->keys[i], node->items[i]));
        }
        return {};
    }

    Result<void> read_alias(const YamlNode& alias, const YamlNode& fields) {
        if (!fields.is_map()) {
            return reader_.wrong(fields, "an alias should map rules to the fields of their events");
        }
        std::vector<std::string> known;
        for (const Correlation::Reference& rule : out_.rules) known.push_back(rule.text);
        for (std::size_t i = 0; i < fields.items.size(); ++i) {
            const std::string& rule = fields.keys[i].text;
            if (std::find(known.begin(), known.end(), rule) == known.end()) {
                const std::string near = nearest(rule, known);
                return reader_.wrong(fields.keys[i], "'rules' does not name '" + rule + "'",
                                     near.empty() ? "an alias names rules as 'rules' does"
                                                  : "did you mean '" + near + "'?");
            }
            VD_TRY(out_.aliases[alias.text][rule], reader_.text_of(fields.items[i], rule));
        }
        return {};
    }

    Result<void> read_timespan(const YamlNode& map) {
        VD_TRY(const YamlNode* node, reader_.need(map, "timespan"));
        VD_TRY(const std::string text, reader_.text_of(*node, "timespan"));
        std::int64_t count = 0;
        const char* end = text.data() + text.size();
        const auto read = std::from_chars(text.data(), end, count);
        const bool is_number = read.ec == std::errc() && read.ptr + 1 == end && count > 0;
        const auto seconds = is_number ? seconds_of(*read.ptr) : std::nullopt;
        if (!seconds) {
            return reader_.wrong(*node, "'" + text + "' is no time span",
                                 "write a number and one of s, m, h, d or w, as in 90m");
        }
        if (count > kTimespanSecondsMax / *seconds) {
            return reader_.too_much(
                *node,
                "a time span is at most " + std::to_string(kTimespanSecondsMax / 86'400) + " days");
        }
        out_.timespan_ns = count * *seconds * 1'000'000'000;
        return {};
    }

    Result<void> read_condition(const YamlNode& map) {
        const YamlNode* node = map.find("condition");
        if ((node == nullptr || node->is_null()) && is_temporal(out_.type)) {
            // All of the rules.
            out_.condition = {
                {Comparison::gte, static_cast<Millionths>(out_.rules.size()) * kMillionth}};
            return {};
        }
        VD_TRY(node, reader_.need(map, "condition"));
        if (node->is_scalar()) {
            return reader_.not_run(*node, "not run: conditions in words are of a later Sigma",
                                   "write a map such as {gte: 2}");
        }
        if (!node->is_map()) return reader_.wrong(*node, "'condition' should be a map");
        for (std::size_t i = 0; i < node->items.size(); ++i) {
            VD_TRY_DO(read_condition_key(node->keys[i], node->items[i]));
        }
        if (out_.condition.empty()) {
            return reader_.wrong(*node, "the condition compares with no number",
                                 "use gt, gte, lt, lte or eq");
        }
        VD_TRY_DO(check_field(*node));
        return check_range(*node);
    }

    Result<void> read_condition_key(const YamlNode& key, const YamlNode& value) {
        if (key.text == "field") {
            VD_TRY(out_.fields, reader_.texts_of(value, "field"));
            return check_fields(value, out_.fields, "field");
        }
        if (key.text == "percentile") return read_percentile(key, value);
        std::vector<std::string> names = {"field", "percentile"};
        for (const auto& [text, comparison] : kComparisons) {
            if (key.text == text) return read_bound(comparison, value);
            names.emplace_back(text);
        }
        const std::string near = nearest(key.text, names);
        return reader_.wrong(
            key, "a condition knows no '" + key.text + "'",
            near.empty() ? "use gt, gte, lt, lte or eq" : "did you mean '" + near + "'?");
    }

    Result<void> read_percentile(const YamlNode& key, const YamlNode& value) {
        if (out_.type != Type::value_percentile) {
            return reader_.wrong(key, "'percentile' belongs to value_percentile");
        }
        out_.percentile = millionths_in(value.text);
        const bool is_share = value.is_scalar() && out_.percentile && *out_.percentile > 0 &&
                              *out_.percentile <= 100 * kMillionth;
        if (is_share) return {};
        return reader_.wrong(value, "'percentile' should be a number above 0 and up to 100");
    }

    Result<void> read_bound(Comparison comparison, const YamlNode& value) {
        const auto number = value.is_scalar() ? millionths_in(value.text) : std::nullopt;
        if (!number) return reader_.wrong(value, "the condition compares with no number");
        if (is_count(out_.type)) {
            if (*number < 0 || *number % kMillionth != 0) {
                return reader_.wrong(value, "a count is a whole number");
            }
            if (*number > static_cast<Millionths>(kCorrelationCountMax) * kMillionth) {
                return reader_.too_much(
                    value, "a correlation counts to " + std::to_string(kCorrelationCountMax));
            }
        }
        out_.condition.push_back({comparison, *number});
        return {};
    }

    Result<void> check_field(const YamlNode& condition) const {
        const bool wants = !is_temporal(out_.type) && out_.type != Type::event_count;
        const std::string type(name(out_.type));
        if (wants && out_.fields.empty()) {
            return reader_.wrong(condition, type + " needs a 'field' in its condition");
        }
        if (!wants && !out_.fields.empty()) {
            return reader_.wrong(condition, type + " looks at no 'field'",
                                 "did you mean 'value_count'?");
        }
        if (out_.fields.size() > 1 && out_.type != Type::value_count) {
            return reader_.wrong(condition, type + " looks at one field");
        }
        return {};
    }

    /// A condition that nothing can meet is a mistake: more than 5 and less than 3.
    Result<void> check_range(const YamlNode& condition) const {
        // The numbers at and next to every bound: if none of them fits, none does.
        const Millionths step = is_count(out_.type) ? kMillionth : 1;
        const Millionths max = static_cast<Millionths>(out_.rules.size()) * kMillionth;
        for (const Correlation::Bound& bound : out_.condition) {
            for (const Millionths value :
                 {bound.number - step, bound.number, bound.number + step}) {
                const bool can_be = (!is_count(out_.type) || value > 0) &&
                                    (!is_temporal(out_.type) || value <= max);
                if (can_be && out_.is_met(value)) return {};
            }
        }
        return reader_.wrong(condition, "no number is " + out_.condition_words() +
                                            (is_temporal(out_.type) ? " of the rules" : ""));
    }

    const DocumentReader& reader_;
    Correlation out_;
};

}  // namespace

Result<Correlation> read_correlation(const DocumentReader& reader) {
    return CorrelationReader(reader).read();
}

}  // namespace vedette::rule::sigma
