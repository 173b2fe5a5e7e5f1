// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/matcher.h"

#include <algorithm>
#include <map>

#include "base/check.h"
#include "rule/sigma/bound_rule.h"
#include "rule/sigma/fold.h"
#include "rule/sigma/limits.h"

namespace vedette::rule::sigma {

namespace {

bool fits_any(const std::vector<Wildcard>& patterns, std::string_view folded) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const Wildcard& pattern) { return pattern.matches(folded); });
}

std::size_t bytes_of(const Rule& rule) {
    std::size_t total = sizeof(Rule) + rule.description.size() + rule.title.size();
    for (const Selection& selection : rule.selections) {
        for (const auto& block : selection.any_of) {
            for (const FieldTest& test : block) {
                total += sizeof(FieldTest) + sizeof(BoundTest) + test.field.size();
                for (const RuleValue& value : test.values) {
                    // A form holds its text about twice, in a token and as what is searched.
                    total += sizeof(RuleValue) + value.written.size() +
                             value.any_of.size() * (sizeof(ValueTest) + 2 * value.written.size());
                }
            }
        }
    }
    return total;
}

/// The part of a value to show: its beginning, or what lies around the text that was found.
std::string shown(FieldValue& value, const RuleValue& asked) {
    if (value.text.size() <= kShownBytesMax) return std::string(value.text);
    std::size_t at = 0;
    for (const ValueTest& form : asked.any_of) {
        const auto* text = std::get_if<TextTest>(&form);
        if (text == nullptr) continue;
        for (const Wildcard::Token& token : text->pattern.tokens()) {
            if (token.text.empty()) continue;
            const std::size_t found = value.folded().find(fold(token.text));
            if (found != std::string::npos) at = std::max(at, found);
        }
        if (at > 0) break;
    }
    std::size_t begin = std::min(at, value.text.size());
    begin = begin > kShownBytesMax / 4 ? begin - kShownBytesMax / 4 : 0;
    while (begin > 0 && (static_cast<unsigned char>(value.text[begin]) & 0xC0) == 0x80) --begin;
    return (begin > 0 ? "..." : "") + cut_text(value.text.substr(begin), kShownBytesMax);
}

}  // namespace

struct Matcher::Impl {
    Impl(std::vector<Rule> all, const LogSourceMap& sources, event::FieldDictionary& fields)
        : rules(std::move(all)), table(fields), event(table) {
        std::map<LogSource, std::vector<std::uint32_t>> by_source;
        for (std::uint32_t i = 0; i < rules.size(); ++i) {
            bound_rules.push_back(bind(rules[i], table));
            for_each_form(rules[i], [&](const ValueTest& form) {
                const auto* regex = std::get_if<RegexTest>(&form);
                if (regex != nullptr) regexes.push_back(regex->regex.get());
            });
            by_source[rules[i].logsource].push_back(i);
        }
        for (auto& [source, indexes] : by_source) {
            const auto ways = sources.find(source);
            if (!ways) {
                unplaced.emplace_back(source, indexes.size());
                continue;
            }
            BoundSource bound;
            for (const LogSourceWay& way : *ways) bound.ways.push_back(bind(way, table));
            bound.rules = std::move(indexes);
            bound_sources.push_back(std::move(bound));
        }
    }

    bool fits(const BoundWay& way) {
        return std::all_of(way.needs.begin(), way.needs.end(), [&](const BoundNeed& need) {
            if (need.slot == kNoSlot) return fits_any(need.any_of, event.folded_dataset());
            const std::span<FieldValue> values = event.values(need.slot);
            return std::any_of(values.begin(), values.end(), [&](FieldValue& value) {
                return value.has_text() && fits_any(need.any_of, value.folded());
            });
        });
    }

    bool meets_block(const Block& block) {
        return std::all_of(block.begin(), block.end(),
                           [&](const BoundTest& test) { return sigma::meets(test, table, event); });
    }

    bool meets_selection(const BoundRule& rule, std::uint32_t index) {
        const BoundSelection& blocks = rule.selections[index];
        return std::any_of(blocks.begin(), blocks.end(),
                           [&](const Block& block) { return meets_block(block); });
    }

    bool meets_condition(const BoundRule& rule, const BoundCondition& condition) {
        const auto selection = [&](std::uint32_t index) { return meets_selection(rule, index); };
        const auto part = [&](const BoundCondition& inner) { return meets_condition(rule, inner); };
        const auto& selections = condition.selections;
        const auto& parts = condition.parts;
        switch (condition.kind) {
            case Condition::Kind::selection:
            case Condition::Kind::some_of:
                return std::any_of(selections.begin(), selections.end(), selection);
            case Condition::Kind::all_of:
                return std::all_of(selections.begin(), selections.end(), selection);
            case Condition::Kind::negation: return !part(parts.front());
            case Condition::Kind::both: return std::all_of(parts.begin(), parts.end(), part);
            case Condition::Kind::either: return std::any_of(parts.begin(), parts.end(), part);
        }
        return false;
    }

    bool meets_rule(const BoundRule& rule) {
        return std::any_of(
            rule.conditions.begin(), rule.conditions.end(),
            [&](const BoundCondition& condition) { return meets_condition(rule, condition); });
    }

    /// Rules of one source on the current event, by every way that fits it.
    void match_source(const BoundSource& source, std::uint32_t row, std::vector<Hit>& hits) {
        const std::size_t first_hit = hits.size();
        for (std::uint32_t way = 0; way < source.ways.size(); ++way) {
            event.use_aliases(nullptr);
            if (!fits(source.ways[way])) continue;
            event.use_aliases(&source.ways[way].aliases);
            for (const std::uint32_t rule : source.rules) {
                const auto is_same = [&](const Hit& hit) { return hit.rule == rule; };
                const auto begin = hits.begin() + static_cast<std::ptrdiff_t>(first_hit);
                if (std::any_of(begin, hits.end(), is_same)) continue;
                if (meets_rule(bound_rules[rule])) hits.push_back({row, rule, way});
            }
        }
    }

    const BoundSource& source_of(std::uint32_t rule) const {
        for (const BoundSource& source : bound_sources) {
            if (std::binary_search(source.rules.begin(), source.rules.end(), rule)) return source;
        }
        VD_CHECK(false && "a hit of a rule that is not tried");
        return bound_sources.front();
    }

    void explain_test(const BoundTest& bound, std::vector<MatchedTest>& lines) {
        for (const RuleValue& value : bound.test->values) {
            if (!bound.test->is_negated && !is_met(bound, value, table, event)) continue;
            FieldValue* element = find_met(bound, value, table, event);
            if (element == nullptr && bound.slot != kNoSlot && !event.values(bound.slot).empty()) {
                element = &event.values(bound.slot).front();
            }
            if (lines.size() < kMatchedTestsMax) {
                const std::string field = bound.slot != kNoSlot ? bound.test->field
                                          : element != nullptr  ? std::string(element->field)
                                                                : "keywords";
                lines.push_back({field, element == nullptr ? "(absent)" : shown(*element, value),
                                 bound.test->words(value)});
            }
            if (!bound.test->needs_all && !bound.test->is_negated) return;
        }
    }

    void explain_selection(const BoundRule& rule, std::uint32_t index,
                           std::vector<MatchedTest>& lines) {
        for (const Block& block : rule.selections[index]) {
            if (!meets_block(block)) continue;
            for (const BoundTest& test : block) explain_test(test, lines);
            return;
        }
    }

    void explain_condition(const BoundRule& rule, const BoundCondition& condition,
                           std::vector<MatchedTest>& lines) {
        const bool is_first_only =
            condition.kind == Condition::Kind::some_of || condition.kind == Condition::Kind::either;
        if (condition.kind == Condition::Kind::negation) return;
        for (const std::uint32_t index : condition.selections) {
            if (is_first_only && !meets_selection(rule, index)) continue;
            explain_selection(rule, index, lines);
            if (is_first_only) return;
        }
        for (const BoundCondition& part : condition.parts) {
            if (is_first_only && !meets_condition(rule, part)) continue;
            explain_condition(rule, part, lines);
            if (is_first_only) return;
        }
    }

    std::vector<Rule> rules;
    FieldTable table;
    EventView event;
    std::vector<BoundRule> bound_rules;
    std::vector<BoundSource> bound_sources;
    std::vector<std::pair<LogSource, std::size_t>> unplaced;
    std::vector<const Regex*> regexes;  // of the rules
};

Matcher::Matcher(std::vector<Rule> rules, const LogSourceMap& sources,
                 event::FieldDictionary& fields)
    : impl_(std::make_unique<Impl>(std::move(rules), sources, fields)) {}
Matcher::~Matcher() = default;
Matcher::Matcher(Matcher&&) noexcept = default;

void Matcher::match(const event::Batch& batch, std::vector<Hit>& hits) {
    impl_->event.bind(batch);
    for (std::uint32_t row = 0; row < batch.row_count(); ++row) {
        impl_->event.move_to(row);
        const auto first = static_cast<std::ptrdiff_t>(hits.size());
        for (const BoundSource& source : impl_->bound_sources) {
            impl_->match_source(source, row, hits);
        }
        std::sort(hits.begin() + first, hits.end());
    }
}

std::vector<Matcher::MatchedTest> Matcher::explain(const Hit& hit) {
    impl_->event.move_to(hit.row);
    impl_->event.use_aliases(&impl_->source_of(hit.rule).ways[hit.way].aliases);
    const BoundRule& rule = impl_->bound_rules[hit.rule];
    std::vector<MatchedTest> lines;
    for (std::size_t i = 0; i < rule.conditions.size(); ++i) {
        if (!impl_->meets_condition(rule, rule.conditions[i])) continue;
        impl_->explain_condition(rule, rule.conditions[i], lines);
        if (lines.empty()) {
            lines.push_back({"condition", "true", impl_->rules[hit.rule].condition_texts[i]});
        }
        break;
    }
    return lines;
}

const std::vector<Rule>& Matcher::rules() const { return impl_->rules; }

const std::vector<std::pair<LogSource, std::size_t>>& Matcher::unplaced() const {
    return impl_->unplaced;
}

std::uint64_t Matcher::regex_gave_up_count() const {
    std::uint64_t count = 0;
    for (const Regex* regex : impl_->regexes) count += regex->gave_up_count();
    return count;
}

std::size_t Matcher::memory_bytes() const {
    std::size_t total = sizeof(Impl);
    for (const Rule& rule : impl_->rules) total += bytes_of(rule);
    return total;
}

}  // namespace vedette::rule::sigma
