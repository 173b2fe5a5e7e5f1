// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/meaning.h"

#include <set>

#include "base/bytes.h"
#include "rule/sigma/placeholder.h"

namespace vedette::rule::sigma {

namespace {

using Texts = std::set<std::string>;

void put_all(std::string& out, const Texts& texts) {
    base::put_varint(out, texts.size());
    for (const std::string& text : texts) base::put_text(out, text);
}

/// What placeholders of a value stand for; those without values have kept the rule from loading.
void add_placeholders(const std::string& written, const LoadOptions& options, Texts& to) {
    const auto parts = cut_placeholders(written, options);
    if (!parts) return;
    for (const PlaceholderPart& part : *parts) {
        if (!part.is_placeholder) continue;
        std::string text;
        put_all(text, {part.values.begin(), part.values.end()});
        to.insert(std::move(text));
    }
}

std::string content_of(const FieldTest& test, const LoadOptions& options) {
    Texts values, placeholders;
    const bool is_expanded = test.modifiers.find("expand") != std::string::npos;
    for (const RuleValue& value : test.values) {
        // The kind tells null from "null".
        std::string text = std::to_string(value.any_of.empty() ? 0 : value.any_of[0].index());
        base::put_text(text, value.written);
        values.insert(std::move(text));
        if (is_expanded) add_placeholders(value.written, options, placeholders);
    }
    std::string out;
    base::put_text(out, test.field);
    base::put_text(out, test.modifiers);
    put_all(out, values);
    put_all(out, placeholders);
    return out;
}

std::string content_of(const Selection& selection, const LoadOptions& options) {
    Texts maps;
    for (const std::vector<FieldTest>& block : selection.any_of) {
        Texts lines;
        for (const FieldTest& test : block) lines.insert(content_of(test, options));
        std::string map;
        put_all(map, lines);
        maps.insert(std::move(map));
    }
    std::string out;
    base::put_text(out, selection.name);
    put_all(out, maps);
    return out;
}

std::string content_of(const LogSourceWay& way) {
    Texts needs, aliases;
    for (const LogSourceWay::Need& need : way.needs) {
        Texts values;
        for (const Wildcard& value : need.any_of) values.insert(value.written());
        std::string text;
        base::put_text(text, need.field);
        put_all(text, values);
        needs.insert(std::move(text));
    }
    for (const auto& [from, to] : way.aliases) {
        std::string text;
        base::put_text(text, from);
        base::put_text(text, to);
        aliases.insert(std::move(text));
    }
    std::string out;
    put_all(out, needs);
    put_all(out, aliases);
    return out;
}

void put_strings(std::string& out, const std::vector<std::string>& texts) {
    base::put_varint(out, texts.size());
    for (const std::string& text : texts) base::put_text(out, text);
}

/// What a correlation says itself.
std::string content_of(const Correlation& correlation) {
    std::string out;
    base::put_text(out, correlation.id);
    base::put_text(out, name(correlation.type));
    base::put(out, correlation.timespan_ns);
    base::put_varint(out, correlation.condition.size());
    for (const Correlation::Bound& bound : correlation.condition) {
        base::put(out, static_cast<std::uint8_t>(bound.comparison));
        base::put_text(out, text_of(bound.number));
    }
    put_strings(out, correlation.group_by);
    put_strings(out, correlation.fields);
    base::put_text(out, correlation.percentile ? text_of(*correlation.percentile) : "");
    base::put_varint(out, correlation.aliases.size());
    for (const auto& [alias, fields] : correlation.aliases) {
        base::put_text(out, alias);
        base::put_varint(out, fields.size());
        for (const auto& [rule, field] : fields) put_strings(out, {rule, field});
    }
    for (const Correlation::Reference& one : correlation.rules) base::put_text(out, one.text);
    return out;
}

}  // namespace

base::Hash128 meaning_of(const Rule& rule, const LogSourceMap& sources,
                         const LoadOptions& options) {
    Texts conditions, selections, ways;
    for (const Condition& condition : rule.conditions) conditions.insert(print(condition));
    for (const Selection& one : rule.selections) selections.insert(content_of(one, options));
    const auto placed = sources.find(rule.logsource);
    if (placed) {
        for (const LogSourceWay& way : *placed) ways.insert(content_of(way));
    }
    std::string out;
    base::put_text(out, rule.id);
    base::put_text(out, rule.logsource.text());
    base::put(out, static_cast<std::uint8_t>(placed ? 1 : 0));
    put_all(out, ways);
    put_all(out, conditions);
    put_all(out, selections);
    return base::hash128(out);
}

Meanings meanings_of(const LoadedRules& all, const LogSourceMap& sources,
                     const LoadOptions& options) {
    Meanings out;
    for (const Rule& rule : all.rules) out.rules.push_back(meaning_of(rule, sources, options));
    // Those that others refer to come first.
    for (const Correlation& correlation : all.correlations) {
        std::string text = content_of(correlation);
        for (const Correlation::Member& member : correlation.members) {
            const auto& of = member.is_correlation ? out.correlations : out.rules;
            if (member.index < of.size()) text += of[member.index].hex();
        }
        out.correlations.push_back(base::hash128(text));
    }
    return out;
}

}  // namespace vedette::rule::sigma
