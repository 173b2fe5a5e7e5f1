// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/detection_reader.h"

#include <algorithm>

#include "rule/sigma/limits.h"
#include "rule/sigma/modifiers.h"

namespace vedette::rule::sigma {

namespace {

class DetectionReader {
  public:
    DetectionReader(const DocumentReader& reader, const LoadOptions& options)
        : reader_(reader), options_(options) {}

    base::Result<Detection> read(const YamlNode& map, std::string_view other_key) {
        for (std::size_t i = 0; i < map.items.size(); ++i) {
            if (map.keys[i].text == "condition" || map.keys[i].text == other_key) continue;
            VD_TRY(Selection selection, read_selection(map.keys[i], map.items[i]));
            out_.selections.push_back(std::move(selection));
        }
        VD_TRY(const YamlNode* condition, reader_.need(map, "condition"));
        if (!condition->is_list()) {
            VD_TRY_DO(read_condition(*condition));
            return std::move(out_);
        }
        if (condition->items.empty() || condition->items.size() > kConditionsPerRuleMax) {
            return reader_.wrong(*condition, "'condition' should list 1 to " +
                                                 std::to_string(kConditionsPerRuleMax) +
                                                 " conditions");
        }
        for (const YamlNode& one : condition->items) VD_TRY_DO(read_condition(one));
        return std::move(out_);
    }

  private:
    base::Result<Selection> read_selection(const YamlNode& key, const YamlNode& node) {
        Selection selection{key.text, {}};
        if (node.is_map()) {
            VD_TRY(auto block, read_map(node));
            selection.any_of.push_back(std::move(block));
            return selection;
        }
        // A list: each map stands alone, the plain values are keywords.
        FieldTest keywords;
        if (!node.is_list()) {
            VD_TRY_DO(add_value(keywords, node, {}));
        }
        for (const YamlNode& item : node.items) {
            if (item.is_map()) {
                VD_TRY(auto block, read_map(item));
                selection.any_of.push_back(std::move(block));
            } else {
                VD_TRY_DO(add_value(keywords, item, {}));
            }
        }
        if (!keywords.values.empty()) selection.any_of.push_back({std::move(keywords)});
        if (selection.any_of.empty()) {
            return reader_.wrong(key, "the search identifier '" + key.text + "' is empty");
        }
        return selection;
    }

    base::Result<std::vector<FieldTest>> read_map(const YamlNode& map) {
        std::vector<FieldTest> block;
        for (std::size_t i = 0; i < map.items.size(); ++i) {
            VD_TRY(FieldTest test, read_field(map.keys[i], map.items[i]));
            block.push_back(std::move(test));
        }
        if (block.empty()) return reader_.wrong(map, "a search identifier's map is empty");
        return block;
    }

    base::Result<FieldTest> read_field(const YamlNode& key, const YamlNode& node) {
        FieldTest test;
        if (key.text.empty()) return reader_.wrong(key, "a field's name is missing");
        if (key.text.ends_with('|')) return reader_.wrong(key, "a modifier should follow '|'");
        const std::size_t bar = key.text.find('|');
        test.field = key.text.substr(0, bar);
        if (bar != std::string::npos) test.modifiers = key.text.substr(bar + 1);
        auto modifiers = parse_modifiers(test.modifiers);
        if (!modifiers) return reader_.placed(modifiers.error(), key);
        const auto has = [&](Modifier modifier) {
            return std::find(modifiers->begin(), modifiers->end(), modifier) != modifiers->end();
        };
        test.needs_all = has(Modifier::all);
        test.is_negated = has(Modifier::neq);
        if (!node.is_list()) {
            VD_TRY_DO(add_value(test, node, *modifiers));
            return test;
        }
        if (node.items.empty()) return reader_.wrong(node, "the list of values is empty");
        for (const YamlNode& item : node.items) VD_TRY_DO(add_value(test, item, *modifiers));
        return test;
    }

    base::Result<void> add_value(FieldTest& test, const YamlNode& node,
                                 const std::vector<Modifier>& modifiers) {
        auto value = make_value(node, modifiers, test.field.empty(), options_);
        if (!value) return reader_.placed(value.error(), node);
        form_count_ += value->any_of.size();
        if (++value_count_ > kValuesPerRuleMax || form_count_ > kFormsPerRuleMax) {
            return reader_.too_much(node, "the rule has more than " +
                                              std::to_string(kValuesPerRuleMax) +
                                              " values, or more than " +
                                              std::to_string(kFormsPerRuleMax) + " forms of them");
        }
        test.values.push_back(std::move(*value));
        return {};
    }

    base::Result<void> read_condition(const YamlNode& node) {
        if (!node.is_scalar()) return reader_.wrong(node, "a condition should be a text");
        auto condition = parse_condition(node.text);
        if (!condition) {
            base::Error error = condition.error();
            if (!error.where.empty()) error.text += " (character " + error.where + ")";
            return reader_.placed(std::move(error), node);
        }
        VD_TRY_DO(check_names(*condition, node));
        out_.conditions.push_back(std::move(*condition));
        out_.condition_texts.push_back(node.text);
        return {};
    }

    base::Result<void> check_names(const Condition& condition, const YamlNode& node) const {
        for (const Condition& part : condition.parts) VD_TRY_DO(check_names(part, node));
        using Kind = Condition::Kind;
        const bool is_pattern = condition.kind == Kind::some_of || condition.kind == Kind::all_of;
        if (!is_pattern && condition.kind != Kind::selection) return {};
        std::vector<std::string> names;
        for (const Selection& selection : out_.selections) {
            if (is_pattern ? is_meant(condition.name, selection.name)
                           : condition.name == selection.name) {
                return {};
            }
            names.push_back(selection.name);
        }
        if (is_pattern)
            return reader_.wrong(node, "no search identifier is meant by '" + condition.name + "'");
        const std::string meant = nearest(condition.name, names);
        return reader_.wrong(node, "there is no search identifier '" + condition.name + "'",
                             meant.empty() ? "" : "did you mean '" + meant + "'?");
    }

    const DocumentReader& reader_;
    const LoadOptions& options_;
    Detection out_;
    std::size_t value_count_ = 0, form_count_ = 0;
};

}  // namespace

base::Result<Detection> read_detection(const DocumentReader& reader, const YamlNode& map,
                                       const LoadOptions& options, std::string_view other_key) {
    return DetectionReader(reader, options).read(map, other_key);
}

}  // namespace vedette::rule::sigma
