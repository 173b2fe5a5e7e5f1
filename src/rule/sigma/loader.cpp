// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "base/hash.h"
#include "event/yaml.h"
#include "rule/sigma/limits.h"
#include "rule/sigma/modifiers.h"
#include "rule/sigma/rule.h"

namespace vedette::rule::sigma {

namespace {

using base::ErrorCode;

// Longer ids and titles are no names; the specification allows 256 characters for a title.
constexpr std::size_t kNameBytesMax = 1'024;

/// Reads one document of a file.
class DocumentReader {
  public:
    DocumentReader(std::string_view path, const YamlNode& document, const LoadOptions& options)
        : path_(path), document_(document), options_(options) {}

    base::Result<Rule> read() {
        VD_TRY_DO(check_kind());
        Rule rule;
        rule.path = path_;
        rule.line = document_.line;
        VD_TRY_DO(read_names(rule));
        VD_TRY_DO(read_logsource(rule));
        VD_TRY_DO(read_detection(rule));
        return rule;
    }

  private:
    tl::unexpected<base::Error> wrong(const YamlNode& node, std::string text,
                                      std::string hint = {}) const {
        return base::fail(ErrorCode::bad_input, std::move(text), node.where(path_),
                          std::move(hint));
    }

    /// An error of a lower part, with the place where its value stands.
    base::Error placed(base::Error error, const YamlNode& node) const {
        error.where = node.where(path_);
        return error;
    }

    base::Result<void> check_kind() const {
        if (!document_.is_map()) return wrong(document_, "a rule should be a map of keys");
        struct NotRun {
            std::string_view key, text, hint;
        };
        static constexpr std::array kNotRun = {
            NotRun{"action", "not run: collections with 'action' are of an older Sigma",
                   "write each rule as a document of its own"},
            NotRun{"correlation", "not yet run here: correlation", ""},
            NotRun{"filter", "not yet run here: filter", ""},
        };
        for (const NotRun& kind : kNotRun) {
            if (document_.find(kind.key) == nullptr) continue;
            return base::fail(ErrorCode::unsupported, std::string(kind.text),
                              document_.where(path_), std::string(kind.hint));
        }
        return {};
    }

    /// Errors: with the nearest key as a hint, if it is missing.
    base::Result<const YamlNode*> need(const YamlNode& map, std::string_view key) const {
        const YamlNode* node = map.find(key);
        if (node != nullptr && !node->is_null()) return node;
        std::vector<std::string> keys;
        for (const YamlNode& known : map.keys) keys.push_back(known.text);
        const std::string meant = nearest(key, keys);
        return wrong(node != nullptr ? *node : map, "'" + std::string(key) + "' is missing",
                     meant.empty() || meant == key ? "" : "'" + meant + "' is there instead");
    }

    base::Result<std::string> text_of(const YamlNode& node, std::string_view key) const {
        if (!node.is_scalar()) return wrong(node, "'" + std::string(key) + "' should be a text");
        if (node.text.size() > kNameBytesMax) {
            return wrong(node, "'" + std::string(key) + "' is longer than " +
                                   std::to_string(kNameBytesMax) + " bytes");
        }
        return node.text;
    }

    base::Result<void> read_names(Rule& rule) const {
        VD_TRY(const YamlNode* title, need(document_, "title"));
        VD_TRY(rule.title, text_of(*title, "title"));
        rule.id = "title-" + base::hash128(rule.title).hex();
        if (const YamlNode* id = document_.find("id"); id != nullptr && !id->is_null()) {
            VD_TRY(rule.id, text_of(*id, "id"));
        }
        rule.name = document_.text_of("name");
        rule.status = document_.text_of("status");
        rule.author = document_.text_of("author");
        rule.description = document_.text_of("description");
        for (const auto& [key, list] :
             {std::pair{"tags", &rule.tags}, std::pair{"falsepositives", &rule.falsepositives},
              std::pair{"fields", &rule.fields}, std::pair{"references", &rule.references}}) {
            if (const YamlNode* node = document_.find(key)) *list = node->texts();
        }
        return read_level(rule);
    }

    base::Result<void> read_level(Rule& rule) const {
        const YamlNode* node = document_.find("level");
        if (node == nullptr || node->is_null()) return {};
        std::vector<std::string> names;
        for (const Level level :
             {Level::informational, Level::low, Level::medium, Level::high, Level::critical}) {
            if (node->text == name(level)) {
                rule.level = level;
                return {};
            }
            names.emplace_back(name(level));
        }
        const std::string meant = nearest(node->text, names);
        return wrong(*node, "no such level: '" + node->text + "'",
                     meant.empty() ? "use informational, low, medium, high or critical"
                                   : "did you mean '" + meant + "'?");
    }

    base::Result<void> read_logsource(Rule& rule) const {
        VD_TRY(const YamlNode* node, need(document_, "logsource"));
        if (!node->is_map()) {
            return wrong(*node, "'logsource' should be a map",
                         "with some of category, product and service");
        }
        rule.logsource = {node->text_of("category"), node->text_of("product"),
                          node->text_of("service")};
        if (rule.logsource != LogSource{}) return {};
        return wrong(*node, "'logsource' names none of category, product and service");
    }

    base::Result<void> read_detection(Rule& rule) {
        VD_TRY(const YamlNode* detection, need(document_, "detection"));
        if (!detection->is_map()) return wrong(*detection, "'detection' should be a map");
        if (const YamlNode* timeframe = detection->find("timeframe")) {
            return base::fail(ErrorCode::unsupported,
                              "not run: 'timeframe' belongs to aggregations of an older Sigma",
                              timeframe->where(path_), "write a correlation rule instead");
        }
        for (std::size_t i = 0; i < detection->items.size(); ++i) {
            if (detection->keys[i].text == "condition") continue;
            VD_TRY(Selection selection, read_selection(detection->keys[i], detection->items[i]));
            rule.selections.push_back(std::move(selection));
        }
        VD_TRY(const YamlNode* condition, need(*detection, "condition"));
        if (!condition->is_list()) return read_condition(rule, *condition);
        if (condition->items.empty() || condition->items.size() > kConditionsPerRuleMax) {
            return wrong(*condition, "'condition' should list 1 to " +
                                         std::to_string(kConditionsPerRuleMax) + " conditions");
        }
        for (const YamlNode& one : condition->items) VD_TRY_DO(read_condition(rule, one));
        return {};
    }

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
            return wrong(key, "the search identifier '" + key.text + "' is empty");
        }
        return selection;
    }

    base::Result<std::vector<FieldTest>> read_map(const YamlNode& map) {
        std::vector<FieldTest> block;
        for (std::size_t i = 0; i < map.items.size(); ++i) {
            VD_TRY(FieldTest test, read_field(map.keys[i], map.items[i]));
            block.push_back(std::move(test));
        }
        if (block.empty()) return wrong(map, "a search identifier's map is empty");
        return block;
    }

    base::Result<FieldTest> read_field(const YamlNode& key, const YamlNode& node) {
        FieldTest test;
        if (key.text.empty()) return wrong(key, "a field's name is missing");
        if (key.text.ends_with('|')) return wrong(key, "a modifier should follow '|'");
        const std::size_t bar = key.text.find('|');
        test.field = key.text.substr(0, bar);
        if (bar != std::string::npos) test.modifiers = key.text.substr(bar + 1);
        auto modifiers = parse_modifiers(test.modifiers);
        if (!modifiers) return tl::unexpected<base::Error>(placed(modifiers.error(), key));
        const auto has = [&](Modifier modifier) {
            return std::find(modifiers->begin(), modifiers->end(), modifier) != modifiers->end();
        };
        test.needs_all = has(Modifier::all);
        test.is_negated = has(Modifier::neq);
        if (!node.is_list()) {
            VD_TRY_DO(add_value(test, node, *modifiers));
            return test;
        }
        if (node.items.empty()) return wrong(node, "the list of values is empty");
        for (const YamlNode& item : node.items) VD_TRY_DO(add_value(test, item, *modifiers));
        return test;
    }

    base::Result<void> add_value(FieldTest& test, const YamlNode& node,
                                 const std::vector<Modifier>& modifiers) {
        auto value = make_value(node, modifiers, test.field.empty(), options_);
        if (!value) return tl::unexpected<base::Error>(placed(value.error(), node));
        form_count_ += value->any_of.size();
        if (++value_count_ > kValuesPerRuleMax || form_count_ > kFormsPerRuleMax) {
            return base::fail(ErrorCode::limit,
                              "the rule has more than " + std::to_string(kValuesPerRuleMax) +
                                  " values, or more than " + std::to_string(kFormsPerRuleMax) +
                                  " forms of them",
                              node.where(path_));
        }
        test.values.push_back(std::move(*value));
        return {};
    }

    base::Result<void> read_condition(Rule& rule, const YamlNode& node) const {
        if (!node.is_scalar()) return wrong(node, "a condition should be a text");
        auto condition = parse_condition(node.text);
        if (!condition) {
            base::Error error = condition.error();
            if (!error.where.empty()) error.text += " (character " + error.where + ")";
            return tl::unexpected<base::Error>(placed(std::move(error), node));
        }
        VD_TRY_DO(check_names(rule, *condition, node));
        rule.conditions.push_back(std::move(*condition));
        rule.condition_texts.push_back(node.text);
        return {};
    }

    base::Result<void> check_names(const Rule& rule, const Condition& condition,
                                   const YamlNode& node) const {
        for (const Condition& part : condition.parts) VD_TRY_DO(check_names(rule, part, node));
        using Kind = Condition::Kind;
        const bool is_pattern = condition.kind == Kind::some_of || condition.kind == Kind::all_of;
        if (!is_pattern && condition.kind != Kind::selection) return {};
        std::vector<std::string> names;
        for (const Selection& selection : rule.selections) {
            if (is_pattern ? is_meant(condition.name, selection.name)
                           : condition.name == selection.name) {
                return {};
            }
            names.push_back(selection.name);
        }
        if (is_pattern)
            return wrong(node, "no search identifier is meant by '" + condition.name + "'");
        const std::string meant = nearest(condition.name, names);
        return wrong(node, "there is no search identifier '" + condition.name + "'",
                     meant.empty() ? "" : "did you mean '" + meant + "'?");
    }

    std::string path_;
    const YamlNode& document_;
    const LoadOptions& options_;
    std::size_t value_count_ = 0, form_count_ = 0;
};

bool is_collection(const YamlNode& document) { return document.find("action") != nullptr; }

void read_document(std::string_view path, const YamlNode& document, std::uint64_t content_hash,
                   const LoadOptions& options, LoadedRules& out) {
    auto rule = DocumentReader(path, document, options).read();
    if (rule) {
        rule->content_hash = content_hash;
        out.rules.push_back(std::move(*rule));
    } else {
        out.refusals.push_back(
            {document.text_of("id"), document.text_of("title"), std::move(rule.error())});
    }
}

}  // namespace

LoadedRules load_rules(std::string_view path, std::string_view text, const LoadOptions& options) {
    LoadedRules out;
    auto documents = event::read_yaml(path, text);
    if (!documents) {
        out.refusals.push_back({{}, {}, std::move(documents.error())});
        return out;
    }
    const auto collection = std::find_if(documents->begin(), documents->end(), is_collection);
    if (collection != documents->end()) {
        // The parts of a collection make sense only together: one refusal for all.
        read_document(path, *collection, 0, options, out);
        return out;
    }
    const std::uint64_t text_hash = base::hash64(text);
    for (std::size_t i = 0; i < documents->size(); ++i) {
        if ((*documents)[i].is_null()) continue;  // an empty document, as a trailing `---` makes
        read_document(path, (*documents)[i], text_hash + i, options, out);
    }
    if (out.rules.empty() && out.refusals.empty()) {
        out.refusals.push_back(
            {{},
             {},
             {ErrorCode::bad_input, "the file holds no rule", std::string(path), {}, false}});
    }
    return out;
}

}  // namespace vedette::rule::sigma
