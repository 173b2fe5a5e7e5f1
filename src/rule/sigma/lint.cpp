// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/lint.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "event/yaml.h"
#include "rule/sigma/bound_rule.h"
#include "rule/sigma/fold.h"
#include "rule/sigma/modifiers.h"

namespace vedette::rule::sigma {

namespace {

/// Keys of a rule document.   Source: Sigma rules specification 2.1.0
constexpr std::array kRuleKeys = {
    "title",       "id",         "name",           "related", "taxonomy", "status", "license",
    "description", "references", "author",         "date",    "modified", "tags",   "logsource",
    "detection",   "fields",     "falsepositives", "level",   "scope",
};
constexpr std::array kLogSourceKeys = {"category", "product", "service", "definition"};
constexpr std::array kStatuses = {"stable", "test", "experimental", "deprecated", "unsupported"};
constexpr std::size_t kTitleCharactersMax = 256;
/// Namespaces of tags that other than ATT&CK's are known.
constexpr std::string_view kAttack = "attack.";

bool is_uuid(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        const char c = text[i];
        const bool is_hex =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (is_dash ? c != '-' : !is_hex) return false;
    }
    return true;
}

std::string did_you_mean(const std::string& meant) {
    return meant.empty() ? std::string() : "did you mean '" + meant + "'?";
}

void add_selections(const Rule& rule, const Condition& condition,
                    std::set<std::string, std::less<>>& meant) {
    for (const Condition& part : condition.parts) add_selections(rule, part, meant);
    if (!condition.parts.empty()) return;
    for (const Selection& selection : rule.selections) {
        const bool is_one = condition.kind == Condition::Kind::selection
                                ? condition.name == selection.name
                                : is_meant(condition.name, selection.name);
        if (is_one) meant.insert(selection.name);
    }
}

/// One document with the rule made of it.
class Linter {
  public:
    Linter(std::string_view path, const event::YamlNode& document, const Rule& rule,
           const KnownNames& known, std::vector<Remark>& out)
        : path_(path), document_(document), rule_(rule), known_(known), out_(out) {}

    void lint() {
        keys(document_, kRuleKeys, "key");
        identity();
        tags();
        log_source();
        identifiers();
        fields();
        expressions();
    }

  private:
    void remark(const event::YamlNode& node, std::string kind, std::string text,
                std::string hint = {}) {
        out_.push_back(
            {node.where(path_), rule_.id, std::move(kind), std::move(text), std::move(hint)});
    }

    /// A key of nobody's is allowed; one that is nearly a known one is a slip.
    template <typename Names>
    void keys(const event::YamlNode& map, const Names& known, const std::string& what) {
        const std::vector<std::string> names(known.begin(), known.end());
        for (const event::YamlNode& key : map.keys) {
            if (std::find(names.begin(), names.end(), key.text) != names.end()) continue;
            const std::string meant = nearest(key.text, names);
            if (meant.empty() || map.find(meant) != nullptr) continue;
            remark(key, "unknown_key", "unknown " + what + " '" + key.text + "'",
                   did_you_mean(meant));
        }
    }

    void identity() {
        const event::YamlNode* id = document_.find("id");
        if (id == nullptr || id->is_null()) {
            remark(document_, "no_id", "the rule has no id",
                   "without one, changing its title makes another rule of it");
        } else if (!is_uuid(id->text)) {
            remark(*id, "id_is_no_uuid", "the id is no UUID", "ids of two authors may meet");
        }
        if (rule_.title.size() > kTitleCharactersMax) {
            remark(*document_.find("title"), "long_title",
                   "the title is longer than 256 characters");
        }
        if (document_.find("level") == nullptr) {
            remark(document_, "no_level", "the rule has no level", "medium is taken");
        }
        const event::YamlNode* status = document_.find("status");
        const std::vector<std::string> statuses(kStatuses.begin(), kStatuses.end());
        if (status != nullptr && !status->is_null() &&
            std::find(statuses.begin(), statuses.end(), status->text) == statuses.end()) {
            remark(*status, "unknown_status", "unknown status '" + status->text + "'",
                   did_you_mean(nearest(status->text, statuses)));
        }
        if (rule_.falsepositives.empty() && rule_.level >= Level::high && !rule_.is_silent) {
            remark(document_, "no_falsepositives",
                   "a rule of level " + std::string(name(rule_.level)) +
                       " says nothing of false positives",
                   "whoever is called at night wants to know what it cannot tell apart");
        }
    }

    void tags() {
        if (attack_ids(rule_.tags).empty() && !rule_.is_silent) {
            remark(document_, "no_attack_tag", "no ATT&CK technique is tagged",
                   "add tags such as attack.t1059.001");
        }
        const event::YamlNode* node = document_.find("tags");
        if (node == nullptr || !node->is_list()) return;
        for (const event::YamlNode& tag : node->items) {
            if (fold(tag.text).starts_with(kAttack) && attack_ids({tag.text}).empty()) {
                remark(tag, "unknown_attack_tag",
                       "the tag '" + tag.text + "' is no technique, tactic or group of ATT&CK",
                       "write attack.t1059.001, attack.execution or attack.g0016");
            }
        }
    }

    void log_source() {
        const event::YamlNode* node = document_.find("logsource");
        if (node == nullptr) return;
        keys(*node, kLogSourceKeys, "key of a log source");
        if (known_.sources.find(rule_.logsource)) return;
        bool is_slip = false;
        for (const auto& [key, value, member] :
             {std::tuple{"product", &rule_.logsource.product, &LogSource::product},
              std::tuple{"category", &rule_.logsource.category, &LogSource::category},
              std::tuple{"service", &rule_.logsource.service, &LogSource::service}}) {
            if (value->empty()) continue;
            std::set<std::string> names;
            for (const auto& [entry, ways] : known_.sources.entries()) names.insert(entry.*member);
            names.erase("");
            if (names.count(*value) != 0) continue;
            const std::string meant = nearest(*value, {names.begin(), names.end()});
            is_slip = is_slip || !meant.empty();
            remark(*node->find(key), "unplaced_log_source",
                   "no log source has the " + std::string(key) + " '" + *value +
                       "': the rule is never tried",
                   meant.empty() ? "a file below logsources/ says which events it is"
                                 : did_you_mean(meant));
            return;
        }
        if (is_slip) return;
        remark(*node, "unplaced_log_source",
               "no log-source file says which events are " + rule_.logsource.text() +
                   ": the rule is never tried",
               "add it to a file of log sources");
    }

    void identifiers() {
        std::set<std::string, std::less<>> meant;
        for (const Condition& condition : rule_.conditions) {
            add_selections(rule_, condition, meant);
        }
        const event::YamlNode* detection = document_.find("detection");
        for (const event::YamlNode& key : detection->keys) {
            const bool is_selection =
                std::any_of(rule_.selections.begin(), rule_.selections.end(),
                            [&](const Selection& one) { return one.name == key.text; });
            if (!is_selection || meant.count(key.text) != 0) continue;
            remark(key, "unused_identifier",
                   "no condition means the search identifier '" + key.text + "'");
        }
    }

    void fields() {
        std::vector<std::string> names(known_.fields.begin(), known_.fields.end());
        std::set<std::string> told;
        const event::YamlNode* detection = document_.find("detection");
        for (const event::YamlNode& selection : detection->items) {
            const std::vector<event::YamlNode> one = {selection};
            for (const event::YamlNode& map : selection.is_list() ? selection.items : one) {
                if (!map.is_map()) continue;
                for (const event::YamlNode& key : map.keys) field(key, names, told);
            }
        }
    }

    void field(const event::YamlNode& key, const std::vector<std::string>& names,
               std::set<std::string>& told) {
        const std::string field = key.text.substr(0, key.text.find('|'));
        if (known_.fields.count(field) != 0 || !told.insert(field).second) return;
        // Names that differ in case only first: it is the usual slip, and case counts.
        std::string meant;
        for (const std::string& name : names) {
            if (fold(name) == fold(field)) meant = name;
        }
        if (meant.empty() && field.size() >= 5) meant = nearest(field, names);
        if (meant.empty()) return;
        remark(key, "unknown_field", "no known event has the field '" + field + "'",
               did_you_mean(meant));
    }

    void expressions() {
        bool is_slow = false;
        for_each_form(rule_, [&](const ValueTest& form) {
            const auto* regex = std::get_if<RegexTest>(&form);
            is_slow = is_slow || (regex != nullptr && regex->regex->needs_backtracking());
        });
        if (!is_slow) return;
        remark(document_, "backtracking",
               "a regular expression needs backtracking (look-around, back-reference)",
               "it is held by bounds, and slower; most can be written with a `not` selection");
    }

    std::string_view path_;
    const event::YamlNode& document_;
    const Rule& rule_;
    const KnownNames& known_;
    std::vector<Remark>& out_;
};

const event::YamlNode* document_of(const std::vector<event::YamlNode>& documents,
                                   const Rule& rule) {
    const auto found = std::find_if(
        documents.begin(), documents.end(),
        [&](const event::YamlNode& one) { return one.is_map() && one.line == rule.line; });
    return found == documents.end() || found->find("detection") == nullptr ? nullptr : &*found;
}

}  // namespace

void add_field_names(const Rule& rule, std::set<std::string, std::less<>>& names) {
    for (const Selection& selection : rule.selections) {
        for (const auto& block : selection.any_of) {
            for (const FieldTest& test : block) {
                if (!test.field.empty()) names.insert(test.field);
            }
        }
    }
    for_each_form(rule, [&](const ValueTest& form) {
        if (const auto* reference = std::get_if<ReferenceTest>(&form)) {
            names.insert(reference->field);
        }
    });
}

void add_field_names(const LogSourceMap& sources, std::set<std::string, std::less<>>& names) {
    for (const auto& [source, ways] : sources.entries()) {
        for (const LogSourceWay& way : ways) {
            for (const LogSourceWay::Need& need : way.needs) names.insert(need.field);
            for (const auto& [from, to] : way.aliases) names.insert({from, to});
        }
    }
}

std::vector<Remark> lint(std::string_view path, std::string_view text,
                         const std::vector<Rule>& rules, const KnownNames& known) {
    std::vector<Remark> out;
    const auto documents = event::read_yaml(path, text);
    if (!documents) return out;  // told by whoever loaded it
    for (const Rule& rule : rules) {
        const event::YamlNode* document = document_of(*documents, rule);
        if (document != nullptr) Linter(path, *document, rule, known, out).lint();
    }
    return out;
}

std::vector<Remark> repeated_ids(const std::vector<Rule>& rules) {
    std::map<std::string, const Rule*> first;
    std::vector<Remark> out;
    for (const Rule& rule : rules) {
        const auto [known, is_new] = first.emplace(rule.id, &rule);
        if (is_new) continue;
        const Rule& other = *known->second;
        out.push_back({rule.path + ":" + std::to_string(rule.line), rule.id, "repeated_id",
                       "the id " + rule.id + " is that of " + other.path + ":" +
                           std::to_string(other.line) + " too: only the first by path is used",
                       "give every rule an id of its own"});
    }
    return out;
}

std::string where_of_field(std::string_view text, const Rule& rule, std::string_view field) {
    const auto documents = event::read_yaml(rule.path, text);
    const event::YamlNode* document = documents ? document_of(*documents, rule) : nullptr;
    if (document == nullptr) return rule.path + ":" + std::to_string(rule.line);
    for (const event::YamlNode& selection : document->find("detection")->items) {
        const std::vector<event::YamlNode> one = {selection};
        for (const event::YamlNode& map : selection.is_list() ? selection.items : one) {
            for (const event::YamlNode& key : map.keys) {
                const std::string_view name(key.text);
                if (name.substr(0, name.find('|')) == field) return key.where(rule.path);
            }
        }
    }
    return document->where(rule.path);
}

}  // namespace vedette::rule::sigma
