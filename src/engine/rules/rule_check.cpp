// SPDX-License-Identifier: Apache-2.0
#include "engine/rules/rule_check.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "base/json_text.h"
#include "engine/rules/rule_reach.h"
#include "event/schema.h"
#include "rule/sigma/rule_set.h"

namespace vedette::engine {

namespace {

using base::Result;
using rule::sigma::LoadedRules;
using rule::sigma::Remark;
using rule::sigma::Rule;

int number_at(std::string_view text) {
    int number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// "file:line:column" so that line 10 comes behind line 9.
std::tuple<std::string, int, int> place_of(const std::string& where) {
    const std::size_t column = where.rfind(':');
    if (column == std::string::npos || column == 0) return {where, 0, 0};
    const std::size_t line = where.rfind(':', column - 1);
    if (line == std::string::npos) {
        return {where.substr(0, column), number_at(where.substr(column + 1)), 0};
    }
    return {where.substr(0, line), number_at(where.substr(line + 1)),
            number_at(where.substr(column + 1))};
}

class Check {
  public:
    Check(const ChosenRules& known, const std::optional<Coverage>& coverage)
        : names_{known.sources, {}}, known_(known), coverage_(coverage) {
        for (const event::SchemaField& field : event::schema_fields()) {
            names_.fields.emplace(field.name);
        }
        rule::sigma::add_field_names(known.sources, names_.fields);
        for (const Rule& rule : known.loaded.rules) {
            rule::sigma::add_field_names(rule, names_.fields);
        }
        if (!coverage) return;
        for (const auto& [name, dataset] : coverage->datasets()) {
            names_.fields.insert(dataset.fields.begin(), dataset.fields.end());
        }
    }

    CheckedRules check(const rule::sigma::TextFiles& files) {
        const rule::sigma::LoadOptions options{known_.set.inputs.placeholders,
                                               known_.set.inputs.refused_placeholders};
        // As one set, because a rule may mean another of another file.
        const LoadedRules together = rule::sigma::load_rule_set(files, options);
        for (const rule::sigma::Refusal& refusal : together.refusals) {
            if (!is_repeat(refusal)) wrong(refusal);
        }
        std::vector<Rule> all;
        for (const auto& [path, text] : files) {
            LoadedRules one = rule::sigma::load_rules(path, text, options);
            for (Rule& rule : one.rules) rule.is_silent = is_silent(together, rule.id);
            for (Remark& remark : rule::sigma::lint(path, text, one.rules, names_)) {
                warn(std::move(remark));
            }
            for (const Rule& rule : one.rules) reach(rule, text);
            std::move(one.rules.begin(), one.rules.end(), std::back_inserter(all));
        }
        for (Remark& remark : rule::sigma::repeated_ids(all)) warn(std::move(remark));
        out_.files = files.size();
        out_.rules = together.rules.size() + together.correlations.size() + together.filters.size();
        std::stable_sort(out_.lines.begin(), out_.lines.end(), [](const auto& a, const auto& b) {
            return place_of(a.remark.where) < place_of(b.remark.where);
        });
        return std::move(out_);
    }

  private:
    static bool is_silent(const LoadedRules& together, const std::string& id) {
        return std::any_of(together.rules.begin(), together.rules.end(),
                           [&](const Rule& rule) { return rule.is_silent && rule.id == id; });
    }

    /// The set refuses the second rule of an id; that is told as what it is.
    static bool is_repeat(const rule::sigma::Refusal& refusal) {
        return refusal.error.text.starts_with("the id " + refusal.id + " is taken by ");
    }

    void wrong(const rule::sigma::Refusal& refusal) {
        const bool is_unsupported = refusal.error.code == base::ErrorCode::unsupported;
        ++out_.wrong;
        out_.lines.push_back(
            {CheckedLine::Weight::wrong,
             {refusal.error.where, refusal.id, is_unsupported ? "not_run" : "wrong",
              refusal.error.text, refusal.error.hint}});
    }

    void warn(Remark remark) {
        ++out_.warnings;
        out_.lines.push_back({CheckedLine::Weight::warning, std::move(remark)});
    }

    void reach(const Rule& rule, const std::string& text) {
        if (!coverage_) return;
        const RuleReach reach = reach_of(rule, known_.sources, *coverage_);
        if (reach.state != RuleReach::State::cannot) return;
        warn({rule::sigma::where_of_field(text, rule, reach.fields.front()), rule.id, "cannot_fire",
              "the rule can never fire here: " + reach.text(),
              "make the log source send it, or test another field"});
    }

    rule::sigma::KnownNames names_;
    const ChosenRules& known_;
    const std::optional<Coverage>& coverage_;
    CheckedRules out_;
};

}  // namespace

Result<CheckedRules> check_rule_files(const std::vector<std::string>& paths,
                                      const ChosenRules& known,
                                      const std::optional<Coverage>& coverage) {
    VD_TRY(const auto files, rule::sigma::load_rule_paths(paths));
    if (files.empty()) {
        return base::fail(base::ErrorCode::not_found, "there are no rule files", paths.front(),
                          "rules are *.yml and *.yaml");
    }
    return Check(known, coverage).check(files);
}

std::string to_json(const CheckedLine& line) {
    std::string out = "{\"where\":";
    base::append_json_string(out, line.remark.where);
    out += line.weight == CheckedLine::Weight::wrong ? ",\"weight\":\"wrong\""
                                                     : ",\"weight\":\"warning\"";
    for (const auto& [key, text] :
         {std::pair<const char*, const std::string&>{"kind", line.remark.kind},
          {"id", line.remark.id},
          {"text", line.remark.text},
          {"hint", line.remark.hint}}) {
        out += ",\"" + std::string(key) + "\":";
        base::append_json_string(out, text);
    }
    return out + "}";
}

}  // namespace vedette::engine
