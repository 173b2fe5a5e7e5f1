// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/matcher.h"

#include <algorithm>
#include <map>

#include "base/check.h"
#include "rule/sigma/bound_match.h"

namespace vedette::rule::sigma {

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

    /// Rules of one source on the current event, by every way that fits it.
    void match_source(const BoundSource& source, std::uint32_t row, std::vector<Hit>& hits) {
        const std::size_t first_hit = hits.size();
        for (std::uint32_t way = 0; way < source.ways.size(); ++way) {
            event.use_aliases(nullptr);
            if (!fits(source.ways[way], event)) continue;
            event.use_aliases(&source.ways[way].aliases);
            for (const std::uint32_t rule : source.rules) {
                const auto is_same = [&](const Hit& hit) { return hit.rule == rule; };
                const auto begin = hits.begin() + static_cast<std::ptrdiff_t>(first_hit);
                if (std::any_of(begin, hits.end(), is_same)) continue;
                if (meets(bound_rules[rule], table, event)) hits.push_back({row, rule, way});
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

std::vector<MatchedTest> Matcher::explain(const Hit& hit) {
    impl_->event.move_to(hit.row);
    impl_->event.use_aliases(&impl_->source_of(hit.rule).ways[hit.way].aliases);
    return sigma::explain(impl_->rules[hit.rule], impl_->bound_rules[hit.rule], impl_->table,
                          impl_->event);
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
    for (const Rule& rule : impl_->rules) total += sigma::memory_bytes(rule);
    return total;
}

}  // namespace vedette::rule::sigma
