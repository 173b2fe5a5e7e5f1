// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/program.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "base/bytes.h"
#include "base/check.h"
#include "rule/sigma/limits.h"

namespace vedette::rule::sigma {

namespace {

using Ref = ConditionGraph::Ref;
using Tests = std::vector<std::pair<PredicateId, const ValueTest*>>;

/// Alternatives from which on they become a group, which a value sets as a whole.
constexpr std::size_t kGroupPartsMin = 6;

/// What a test asks, as bytes: equal bytes, equal tests.
struct ContentOf {
    std::string& out;

    void operator()(const TextTest& test) const {
        base::put(out, static_cast<std::uint8_t>(test.is_cased ? 2 : 1));
        for (const Wildcard::Token& token : test.pattern.tokens()) {
            base::put(out, static_cast<std::uint8_t>(token.kind));
            base::put_text(out, token.text);
        }
    }
    void operator()(const RegexTest& test) const {
        const Regex::Flags& flags = test.regex->flags();
        base::put(out, static_cast<std::uint8_t>(3));
        base::put(out, static_cast<std::uint8_t>((flags.ignores_case ? 1 : 0) |
                                                 (flags.is_multi_line ? 2 : 0) |
                                                 (flags.dot_matches_all ? 4 : 0)));
        out += test.regex->expression();
    }
    void operator()(const NetworkTest& test) const {
        base::put(out, static_cast<std::uint8_t>(4));
        base::put(out, static_cast<std::uint8_t>(test.network.prefix_bits));
        base::put(out, static_cast<std::uint8_t>(test.network.address.size_bytes));
        for (const std::uint8_t byte : test.network.address.bytes) base::put(out, byte);
    }
    void operator()(const NumberTest& test) const {
        base::put(out, static_cast<std::uint8_t>(5));
        base::put(out, static_cast<std::uint8_t>(test.comparison));
        base::put(out, static_cast<std::uint8_t>(test.part ? static_cast<int>(*test.part) + 1 : 0));
        // A long double has bytes that mean nothing; as text it is exact.
        char text[64];
        std::snprintf(text, sizeof text, "%La", test.number);
        out += text;
    }
    void operator()(const NullTest&) const { base::put(out, static_cast<std::uint8_t>(6)); }
    void operator()(const ExistsTest&) const { base::put(out, static_cast<std::uint8_t>(7)); }
    void operator()(const ReferenceTest&) const { base::put(out, static_cast<std::uint8_t>(8)); }
};

/// How often a test may be expected to be true, in no unit: short texts and comparisons often, long
/// texts rarely.
double commonness(const ValueTest& form) {
    if (const auto* text = std::get_if<TextTest>(&form)) {
        std::size_t longest = 0;
        for (const auto& token : text->pattern.tokens()) {
            longest = std::max(longest, token.text.size());
        }
        const double size = static_cast<double>(longest);
        const bool is_whole = !text->pattern.has_wildcards();
        return is_whole ? 4.0 : 64.0 / std::max(size * size, 0.01);
    }
    if (std::holds_alternative<RegexTest>(form)) return 2;
    return std::holds_alternative<NetworkTest>(form) ? 8 : 64;
}

}  // namespace

class Program::Builder {
  public:
    Builder(Program& made, const LogSourceMap& sources, PatternSetCache& cache)
        : made_(made), sources_(sources), cache_(cache) {
        made_.alias_sets_.emplace_back();
    }

    base::Result<void> run() {
        if (made_.rules_.size() > kProgramRulesMax) {
            return too_many("rules", made_.rules_.size(), kProgramRulesMax);
        }
        add_rules();
        add_sources();
        if (forms_.size() > kProgramPredicatesMax) {
            return too_many("different tests", forms_.size(), kProgramPredicatesMax);
        }
        made_.graph_.settle();
        group();
        trigger();
        compile();
        fill_figures();
        return {};
    }

  private:
    static tl::unexpected<base::Error> too_many(const char* what, std::size_t count,
                                                std::size_t max) {
        return base::fail(base::ErrorCode::limit,
                          "the rules have " + std::to_string(count) + " " + what +
                              ", more than the allowed " + std::to_string(max),
                          {}, "give fewer rules, or split them between servers");
    }

    PredicateId predicate_of(Slot slot, const ValueTest& form) {
        std::string key;
        base::put(key, slot);
        std::visit(ContentOf{key}, form);
        const auto id = static_cast<PredicateId>(forms_.size());
        const auto [known, is_new] = known_.emplace(std::move(key), id);
        if (is_new) {
            forms_.push_back(&form);
            slots_.push_back(slot);
            weights_.push_back(0);
        }
        weights_[known->second] += commonness(form);
        return known->second;
    }

    /// A list of alternatives about one field.
    Ref any_of(std::vector<Ref> parts) {
        std::sort(parts.begin(), parts.end());
        parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
        const auto first_node =
            std::find_if(parts.begin(), parts.end(), [](Ref part) { return part.is_node(); });
        const auto predicates = static_cast<std::size_t>(first_node - parts.begin());
        if (predicates < kGroupPartsMin) return made_.graph_.any(std::move(parts));
        std::vector<PredicateId> members;
        for (auto part = parts.begin(); part != first_node; ++part) {
            members.push_back(part->index());
        }
        const auto id = static_cast<PredicateId>(forms_.size());
        const auto [known, is_new] = known_groups_.emplace(std::move(members), id);
        if (is_new) {
            forms_.push_back(nullptr);
            slots_.push_back(kNoSlot);
            weights_.push_back(0);
        }
        parts.erase(parts.begin(), first_node);
        parts.push_back(ConditionGraph::predicate(known->second));
        return made_.graph_.any(std::move(parts));
    }

    Ref field_question(FieldQuestion::Kind kind, Slot slot) {
        return made_.graph_.question({kind, slot, kNoSlot, {}, false});
    }

    void add_form(Slot slot, const ValueTest& form, std::vector<Ref>& parts) {
        if (const auto* reference = std::get_if<ReferenceTest>(&form)) {
            parts.push_back(made_.graph_.question({FieldQuestion::Kind::reference, slot,
                                                   made_.table_.intern(reference->field),
                                                   reference->position, reference->is_cased}));
        } else if (const auto* exists = std::get_if<ExistsTest>(&form)) {
            // Asked of keywords, which the loader does not let through, nothing is met.
            if (slot == kNoSlot) return;
            const Ref there = field_question(FieldQuestion::Kind::is_there, slot);
            parts.push_back(exists->is_wanted ? there : made_.graph_.negation(there));
        } else if (std::holds_alternative<NullTest>(form)) {
            if (slot != kNoSlot)
                parts.push_back(field_question(FieldQuestion::Kind::is_null, slot));
        } else {
            const PredicateId predicate = predicate_of(slot, form);
            if (slot == kNoSlot) keywords_of_source_[*source_].insert(predicate);
            parts.push_back(ConditionGraph::predicate(predicate));
        }
    }

    Ref test(const BoundTest& bound) {
        std::vector<Ref> values;
        for (const RuleValue& value : bound.test->values) {
            std::vector<Ref> forms;
            for (const ValueTest& form : value.any_of) add_form(bound.slot, form, forms);
            if (bound.test->needs_all) {
                values.push_back(any_of(std::move(forms)));
            } else {
                values.insert(values.end(), forms.begin(), forms.end());
            }
        }
        const Ref list =
            bound.test->needs_all ? made_.graph_.all(std::move(values)) : any_of(std::move(values));
        if (!bound.test->is_negated) return list;
        return made_.graph_.all(compared(bound, list));
    }

    /// neq: the list is not met, and there is something to compare.
    std::vector<Ref> compared(const BoundTest& bound, Ref list) {
        std::vector<Ref> parts = {made_.graph_.negation(list)};
        if (bound.slot != kNoSlot) {
            parts.push_back(field_question(FieldQuestion::Kind::has_value, bound.slot));
        }
        for (const RuleValue& value : bound.test->values) {
            for (const ValueTest& form : value.any_of) {
                const auto* reference = std::get_if<ReferenceTest>(&form);
                if (reference == nullptr) continue;
                parts.push_back(field_question(FieldQuestion::Kind::has_value,
                                               made_.table_.intern(reference->field)));
            }
        }
        return parts;
    }

    Ref selection(const BoundSelection& blocks) {
        std::vector<Ref> any;
        for (const Block& block : blocks) {
            std::vector<Ref> all;
            for (const BoundTest& bound : block) all.push_back(test(bound));
            any.push_back(made_.graph_.all(std::move(all)));
        }
        return made_.graph_.any(std::move(any));
    }

    Ref condition(const BoundCondition& condition, const std::vector<Ref>& selections) {
        std::vector<Ref> parts;
        for (const std::uint32_t index : condition.selections) parts.push_back(selections[index]);
        for (const BoundCondition& part : condition.parts) {
            parts.push_back(this->condition(part, selections));
        }
        switch (condition.kind) {
            case Condition::Kind::selection:
            case Condition::Kind::some_of:
            case Condition::Kind::either: return made_.graph_.any(std::move(parts));
            case Condition::Kind::all_of:
            case Condition::Kind::both: return made_.graph_.all(std::move(parts));
            case Condition::Kind::negation: return made_.graph_.negation(parts.front());
        }
        VD_CHECK(false && "a condition of no kind");
        return {};
    }

    void add_rules() {
        for (const Rule& rule : made_.rules_) {
            const BoundRule bound = bind(rule, made_.table_);
            source_ = &rule.logsource;
            std::vector<Ref> selections, conditions;
            for (const BoundSelection& blocks : bound.selections) {
                selections.push_back(selection(blocks));
                note_slots(rule.logsource, blocks);
            }
            for (const BoundCondition& part : bound.conditions) {
                conditions.push_back(condition(part, selections));
            }
            made_.conditions_.push_back(made_.graph_.any(std::move(conditions)));
            for_each_form(rule, [&](const ValueTest& form) {
                const auto* regex = std::get_if<RegexTest>(&form);
                if (regex != nullptr) made_.regexes_.push_back(regex->regex.get());
            });
        }
        for (const Regex* regex : made_.regexes_) made_.gave_up_before_ += regex->gave_up_count();
    }

    void note_slots(const LogSource& source, const BoundSelection& blocks) {
        for (const Block& block : blocks) {
            for (const BoundTest& bound : block) slots_of_source_[source].insert(bound.slot);
        }
    }

    void add_sources() {
        std::map<LogSource, std::vector<std::uint32_t>> by_source;
        for (std::uint32_t i = 0; i < made_.rules_.size(); ++i) {
            by_source[made_.rules_[i].logsource].push_back(i);
        }
        made_.source_of_rule_.assign(made_.rules_.size(), kNoSource);
        for (const auto& [source, rules] : by_source) {
            const auto ways = sources_.find(source);
            if (!ways) {
                made_.unplaced_.emplace_back(source, rules.size());
                continue;
            }
            for (const std::uint32_t rule : rules) {
                made_.source_of_rule_[rule] = static_cast<std::uint32_t>(made_.sources_.size());
            }
            ProgramSource placed;
            for (const LogSourceWay& way : *ways) placed.ways.push_back(this->way(way));
            for (const Slot slot : slots_of_source_[source]) {
                if (slot != kNoSlot) placed.slots.push_back(slot);
            }
            if (const auto& keywords = keywords_of_source_[source]; !keywords.empty()) {
                placed.keywords = static_cast<std::uint32_t>(keyword_sets_.size());
                keyword_sets_.push_back(&keywords);
            }
            made_.sources_.push_back(std::move(placed));
        }
    }

    ProgramSource::Way way(const LogSourceWay& written) {
        const BoundWay bound = bind(written, made_.table_);
        ProgramSource::Way way;
        for (const BoundNeed& need : bound.needs) {
            if (need.slot == kNoSlot) {
                way.of_dataset.push_back(need.any_of);
                continue;
            }
            way.needs.emplace_back();
            for (const Wildcard& pattern : need.any_of) {
                const ValueTest& form = made_.need_forms_.emplace_back(TextTest{pattern, false});
                way.needs.back().push_back(predicate_of(need.slot, form));
                needs_.insert(way.needs.back().back());
            }
        }
        const auto known =
            std::find(made_.alias_sets_.begin(), made_.alias_sets_.end(), bound.aliases);
        way.alias_set = static_cast<std::uint32_t>(known - made_.alias_sets_.begin());
        if (known == made_.alias_sets_.end()) made_.alias_sets_.push_back(bound.aliases);
        return way;
    }

    void group() {
        std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
        for (const auto& [members, id] : known_groups_) {
            for (const PredicateId member : members) {
                pairs.emplace_back(member, id);
                weights_[id] += weights_[member];
            }
        }
        made_.groups_ = Lists(std::move(pairs), forms_.size());
    }

    void trigger() {
        Triggers triggers(made_.graph_, weights_);
        std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
        for (std::uint32_t rule = 0; rule < made_.rules_.size(); ++rule) {
            const std::uint32_t source = made_.source_of_rule_[rule];
            if (source == kNoSource) continue;
            const auto any_of = triggers.of(made_.conditions_[rule]);
            if (!any_of) {
                made_.sources_[source].always.push_back(rule);
                ++made_.figures_.always_tried;
                continue;
            }
            for (const PredicateId predicate : *any_of) pairs.emplace_back(predicate, rule);
        }
        made_.triggered_ = Lists(std::move(pairs), forms_.size());
    }

    void compile() {
        std::vector<Tests> by_slot(made_.table_.size());
        made_.is_need_.assign(forms_.size(), false);
        made_.tells_sources_.assign(made_.table_.size(), false);
        for (PredicateId id = 0; id < forms_.size(); ++id) {
            if (slots_[id] != kNoSlot) by_slot[slots_[id]].emplace_back(id, forms_[id]);
        }
        for (const PredicateId id : needs_) {
            made_.is_need_[id] = true;
            made_.tells_sources_[slots_[id]] = true;
        }
        for (const Tests& tests : by_slot) {
            made_.field_tests_.push_back(
                tests.empty() ? nullptr : std::make_unique<const FieldTests>(tests, cache_));
        }
        for (const auto* keywords : keyword_sets_) {
            Tests tests;
            for (const PredicateId id : *keywords) tests.emplace_back(id, forms_[id]);
            made_.keywords_.push_back(std::make_unique<const KeywordTests>(tests, cache_));
        }
    }

    void fill_figures() {
        ProgramFigures& figures = made_.figures_;
        figures.rules = made_.rules_.size();
        figures.predicates = forms_.size() - known_groups_.size();
        figures.nodes = made_.graph_.node_count();
        const auto add = [&](const FieldTests& tests) {
            figures.one_by_one += tests.one_by_one_count();
            figures.one_by_one_regexes += tests.one_by_one_regex_count();
        };
        for (const auto& tests : made_.field_tests_) {
            if (!tests) continue;
            add(*tests);
            figures.pattern_sets += tests->set_count();
            figures.pattern_set_bytes += tests->set_bytes();
        }
        for (const auto& keywords : made_.keywords_) {
            add(keywords->tests());
            figures.pattern_sets += keywords->set_count();
            figures.pattern_set_bytes += keywords->set_bytes();
        }
    }

    Program& made_;
    const LogSourceMap& sources_;
    PatternSetCache& cache_;
    std::unordered_map<std::string, PredicateId> known_;
    std::map<std::vector<PredicateId>, PredicateId> known_groups_;
    std::vector<const ValueTest*> forms_;  // by predicate; nullptr for a group
    std::vector<Slot> slots_;              // by predicate
    std::vector<double> weights_;          // by predicate
    std::set<PredicateId> needs_;
    std::map<LogSource, std::set<Slot>> slots_of_source_;
    const LogSource* source_ = nullptr;  // of the rule that is being added
    std::map<LogSource, std::set<PredicateId>> keywords_of_source_;
    std::vector<const std::set<PredicateId>*> keyword_sets_;
};

base::Result<std::shared_ptr<const Program>> Program::make(std::vector<Rule> rules,
                                                           const LogSourceMap& sources,
                                                           event::FieldDictionary& fields,
                                                           PatternSetCache& cache) {
    const auto made = std::make_shared<Program>(Key(), std::move(rules), fields);
    Builder builder(*made, sources, cache);
    VD_TRY_DO(builder.run());
    return std::shared_ptr<const Program>(made);
}

std::uint64_t Program::gave_up_count() const {
    std::uint64_t count = 0;
    for (const Regex* regex : regexes_) count += regex->gave_up_count();
    return count - gave_up_before_;
}

std::size_t Program::memory_bytes() const {
    std::size_t total = sizeof(Program) + graph_.memory_bytes() + groups_.memory_bytes() +
                        triggered_.memory_bytes() + figures_.pattern_set_bytes +
                        conditions_.capacity() * sizeof(Ref) + source_of_rule_.capacity() * 4 +
                        is_need_.size() / 8;
    for (const Rule& rule : rules_) total += sigma::memory_bytes(rule);
    for (const auto& tests : field_tests_) total += tests ? tests->memory_bytes() : 0;
    for (const auto& keywords : keywords_) total += keywords->tests().memory_bytes();
    return total;
}

}  // namespace vedette::rule::sigma
