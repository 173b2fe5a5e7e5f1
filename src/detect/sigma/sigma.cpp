// SPDX-License-Identifier: Apache-2.0
#include "detect/sigma/sigma.h"

#include <map>
#include <set>

#include "base/hash.h"
#include "base/log.h"
#include "detect/bits.h"
#include "detect/registry.h"
#include "detect/sigma/correlator.h"
#include "detect/sigma/finding_of_rule.h"
#include "detect/sigma/hit_reader.h"
#include "detect/sigma/limits.h"
#include "event/entity.h"
#include "rule/sigma/compiled_matcher.h"
#include "rule/sigma/known_rules.h"

namespace vedette::detect {

namespace sigma {

namespace rules = rule::sigma;

/// Rules of Sigma over the compiled matcher, and correlations over what they match.
class SigmaDetector final : public Detector {
  public:
    SigmaDetector(rules::CompiledMatcher matcher, std::vector<rules::Correlation> correlations,
                  const rules::LogSourceMap& sources, event::FieldDictionary& fields,
                  std::uint64_t checksum)
        : matcher_(std::move(matcher)),
          correlations_(std::move(correlations)),
          correlator_(matcher_.rules(), correlations_, kCorrelationBytesMax),
          reader_(correlator_.plan(), matcher_.rules(), sources, fields),
          checksum_(checksum) {
        for (const rules::Rule& rule : matcher_.rules()) templates_.push_back(finding_of(rule));
    }

    std::string save() const override { return correlator_.save(); }
    base::Result<void> restore(std::string_view state) override {
        return correlator_.restore(state);
    }
    std::size_t memory_bytes() const override {
        return matcher_.memory_bytes() + templates_.size() * sizeof(cases::Finding) +
               correlator_.memory_bytes();
    }
    std::uint64_t checksum() const override {
        return base::hash64(std::to_string(checksum_) + save());
    }
    std::size_t rule_count() const override { return templates_.size() + correlations_.size(); }
    std::uint64_t gave_up_count() const override { return matcher_.regex_gave_up_count(); }
    std::uint64_t forgotten_count() const override { return correlator_.forgotten_count(); }

  private:
    void do_observe(const event::Batch& batch, const FindingSink& sink) override {
        hits_.clear();
        matcher_.match(batch, hits_);
        for (const rules::Hit& hit : hits_) {
            if (!matcher_.rules()[hit.rule].is_silent) sink(make_finding(batch, hit));
            if (!correlator_.uses(hit.rule)) continue;
            correlator_.observe(reader_.read(batch, hit), [&](cases::Finding finding) {
                finding.told_at = batch.rows()[hit.row].id;
                sink(std::move(finding));
            });
        }
    }
    void do_tick(base::Timestamp time, const FindingSink& sink) override {
        correlator_.tick(time, sink);
    }
    void do_finish(const FindingSink& sink) override { correlator_.finish(sink); }

    cases::Finding make_finding(const event::Batch& batch, const rules::Hit& hit) {
        cases::Finding finding = templates_[hit.rule];
        const event::Row& row = batch.rows()[hit.row];
        finding.entities = event::entities_of(batch, hit.row);
        finding.first_seen = finding.last_seen = row.time;
        finding.events = {row.id};
        if (row.origin < batch.origins().size()) {
            finding.source = batch.origins()[row.origin].source;
            finding.origin = batch.origins()[row.origin].path;
        }
        finding.record = row.line;
        finding.raw = row.raw.substr(0, cases::kFindingRawMax);
        const std::string entity =
            finding.entities.empty() ? std::string() : finding.entities.front().text();
        finding.id = cases::finding_id(kDetectorName, finding.rule_id, entity, row.id);
        add_reasons(hit, finding);
        return finding;
    }

    void add_reasons(const rules::Hit& hit, cases::Finding& finding) {
        std::vector<rules::MatchedTest> lines = matcher_.explain(hit);
        const std::vector<double> bits = split_bits(prior_bits(finding.severity), lines.size());
        for (std::size_t i = 0; i < lines.size(); ++i) {
            finding.reasons.push_back({std::move(lines[i].field), std::move(lines[i].observed),
                                       std::move(lines[i].expected), bits[i], "rule"});
        }
    }

    rules::CompiledMatcher matcher_;
    std::vector<rules::Correlation> correlations_;
    Correlator correlator_;
    HitReader reader_;
    std::vector<cases::Finding> templates_;  // by rule
    std::vector<rules::Hit> hits_;
    std::uint64_t checksum_;
};

rules::LogSourceMap read_sources(const DetectorInputs& inputs,
                                 std::vector<DetectorNotice>& notices) {
    rules::LogSourceMap sources;
    for (const auto& [path, text] : inputs.logsource_files) {
        if (const auto added = sources.add(path, text); !added) {
            base::Error error = added.error();
            const std::string where = std::exchange(error.where, {});
            notices.push_back({where, error.message()});
        }
    }
    return sources;
}

/// The rules that are used, in their order, the log sources and placeholders: what decides about
/// findings.
std::uint64_t checksum_of(const rules::LoadedRules& used, const DetectorInputs& inputs) {
    std::string text;
    for (const rules::Rule& rule : used.rules) {
        text += rule.id + '\0' + std::to_string(rule.content_hash) + '\0';
    }
    for (const rules::Correlation& correlation : used.correlations) {
        text += correlation.id + '\0' + std::to_string(correlation.content_hash) + '\0';
    }
    for (const auto& [path, content] : inputs.logsource_files) {
        text += std::to_string(base::hash64(content)) + '\0';
    }
    for (const auto& [name, values] : inputs.placeholders) {
        text += name + '\0' + std::to_string(values.size()) + '\0';
        for (const std::string& value : values) text += value + '\0';
    }
    return base::hash64(text);
}

/// A rule that falls silent because a correlation of another file refers to it is told of, unless
/// it was made for one of its own: whoever added the correlation may not have meant that.
void tell_silenced(const rules::LoadedRules& loaded, std::vector<DetectorNotice>& notices) {
    std::map<std::uint32_t, std::string> where;  // by rule: the first that refers to it from afar
    std::set<std::uint32_t> made_for_it;
    for (const rules::Correlation& correlation : loaded.correlations) {
        for (std::size_t i = 0; i < correlation.members.size(); ++i) {
            const rules::Correlation::Member member = correlation.members[i];
            if (member.is_correlation || !loaded.rules[member.index].is_silent) continue;
            if (loaded.rules[member.index].path == correlation.path) {
                made_for_it.insert(member.index);
            } else {
                where.emplace(member.index, correlation.rules[i].where);
            }
        }
    }
    for (const auto& [rule, place] : where) {
        if (made_for_it.count(rule) > 0) continue;
        notices.push_back(
            {place, "the rule '" + loaded.rules[rule].title +
                        "' raises no findings by itself: this correlation refers to " +
                        "it without `generate: true`"});
    }
}

/// Expressions that are asked one by one before somebody is told; SigmaHQ's 3,750 rules have 8.
constexpr std::size_t kOneByOneTold = 50;

void tell_figures(const rules::ProgramFigures& figures, std::vector<DetectorNotice>& notices) {
    base::log::debug("rules.compiled", {{"rules", figures.rules},
                                        {"tests", figures.predicates},
                                        {"pattern_sets", figures.pattern_sets},
                                        {"pattern_bytes", figures.pattern_set_bytes},
                                        {"always_tried", figures.always_tried},
                                        {"asked_one_by_one", figures.one_by_one},
                                        {"of_them_expressions", figures.one_by_one_regexes}});
    if (figures.one_by_one_regexes < kOneByOneTold) return;
    notices.push_back({"rules", std::to_string(figures.one_by_one_regexes) +
                                    " regular expressions are asked one by one of every value, "
                                    "which is slow: they are too large, or use what only "
                                    "backtracking knows (rule/sigma/README.md)"});
}

base::Result<std::unique_ptr<Detector>> make_sigma(const DetectorInputs& inputs,
                                                   event::FieldDictionary& fields,
                                                   std::vector<DetectorNotice>& notices,
                                                   rules::KnownRules& known) {
    const rules::LogSourceMap sources = read_sources(inputs, notices);
    rules::LoadedRules loaded =
        known.load(inputs.rule_files, {inputs.placeholders, inputs.refused_placeholders});
    for (rules::Refusal& refusal : loaded.refusals) {
        const std::string where = std::exchange(refusal.error.where, {});
        notices.push_back({where, refusal.error.message()});
    }
    tell_silenced(loaded, notices);
    const std::uint64_t checksum = checksum_of(loaded, inputs);
    VD_TRY(auto program, known.make_program(std::move(loaded.rules), sources, fields));
    tell_figures(program->figures(), notices);
    rules::CompiledMatcher matcher(std::move(program));
    for (const auto& [source, count] : matcher.unplaced()) {
        notices.push_back({"logsource " + source.text(),
                           std::to_string(count) + (count == 1 ? " rule is" : " rules are") +
                               " never tried: no log-source file says which events these are"});
    }
    return std::make_unique<SigmaDetector>(std::move(matcher), std::move(loaded.correlations),
                                           sources, fields, checksum);
}

base::Result<std::unique_ptr<Detector>> make_detector(rules::LoadedRules rules,
                                                      const rules::LogSourceMap& sources,
                                                      event::FieldDictionary& fields) {
    rules::KnownRules known;
    const std::uint64_t checksum = checksum_of(rules, {});
    VD_TRY(auto program, known.make_program(std::move(rules.rules), sources, fields));
    return std::make_unique<SigmaDetector>(rules::CompiledMatcher(std::move(program)),
                                           std::move(rules.correlations), sources, fields,
                                           checksum);
}

}  // namespace sigma

void register_sigma(Registry& registry) {
    // Lives with the registry: the next rule set takes over what the one in force has compiled.
    const auto known = std::make_shared<rule::sigma::KnownRules>();
    registry.add({std::string(sigma::kDetectorName),
                  [known](const DetectorInputs& inputs, event::FieldDictionary& fields,
                          std::vector<DetectorNotice>& notices) {
                      return sigma::make_sigma(inputs, fields, notices, *known);
                  }});
}

}  // namespace vedette::detect
