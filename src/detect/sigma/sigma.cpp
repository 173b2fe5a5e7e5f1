// SPDX-License-Identifier: Apache-2.0
#include "base/hash.h"
#include "detect/registry.h"
#include "detect/sigma/bits.h"
#include "event/entity.h"
#include "rule/sigma/fold.h"
#include "rule/sigma/matcher.h"
#include "rule/sigma/rule_set.h"

namespace vedette::detect {

namespace sigma {

namespace rules = rule::sigma;

constexpr std::string_view kName = "sigma";
constexpr std::uint32_t kVersion = 1;

cases::Severity severity_of(rules::Level level) {
    switch (level) {
        case rules::Level::informational: return cases::Severity::informational;
        case rules::Level::low: return cases::Severity::low;
        case rules::Level::medium: return cases::Severity::medium;
        case rules::Level::high: return cases::Severity::high;
        case rules::Level::critical: return cases::Severity::critical;
    }
    return cases::Severity::medium;
}

/// A rule's part of every finding.
cases::Finding finding_of(const rules::Rule& rule) {
    cases::Finding finding;
    finding.detector = kName;
    finding.detector_version = kVersion;
    finding.rule_id = rule.id;
    finding.title = rule.title;
    finding.severity = severity_of(rule.level);
    finding.attack = rules::attack_ids(rule.tags);
    return finding;
}

/// Single-event rules of Sigma over the plain matcher. Keeps no state between events.
class SigmaDetector final : public Detector {
  public:
    SigmaDetector(rules::Matcher matcher, std::uint64_t checksum)
        : matcher_(std::move(matcher)), checksum_(checksum) {
        for (const rules::Rule& rule : matcher_.rules()) templates_.push_back(finding_of(rule));
    }

    std::size_t memory_bytes() const override {
        return matcher_.memory_bytes() + templates_.size() * sizeof(cases::Finding);
    }
    std::uint64_t checksum() const override { return checksum_; }
    std::size_t rule_count() const override { return templates_.size(); }
    std::uint64_t gave_up_count() const override { return matcher_.regex_gave_up_count(); }

  private:
    void do_observe(const event::Batch& batch, const FindingSink& sink) override {
        hits_.clear();
        matcher_.match(batch, hits_);
        for (const rules::Matcher::Hit& hit : hits_) sink(make_finding(batch, hit));
    }

    cases::Finding make_finding(const event::Batch& batch, const rules::Matcher::Hit& hit) {
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
        finding.id = cases::finding_id(kName, finding.rule_id, entity, row.id);
        add_reasons(hit, finding);
        return finding;
    }

    void add_reasons(const rules::Matcher::Hit& hit, cases::Finding& finding) {
        std::vector<rules::Matcher::MatchedTest> lines = matcher_.explain(hit);
        const std::vector<double> bits = split_bits(prior_bits(finding.severity), lines.size());
        for (std::size_t i = 0; i < lines.size(); ++i) {
            finding.reasons.push_back({std::move(lines[i].field), std::move(lines[i].observed),
                                       std::move(lines[i].expected), bits[i], "rule"});
        }
    }

    rules::Matcher matcher_;
    std::vector<cases::Finding> templates_;  // by rule
    std::vector<rules::Matcher::Hit> hits_;
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
std::uint64_t checksum_of(const std::vector<rules::Rule>& used, const DetectorInputs& inputs) {
    std::string text;
    for (const rules::Rule& rule : used) {
        text += rule.id + '\0' + std::to_string(rule.content_hash) + '\0';
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

base::Result<std::unique_ptr<Detector>> make_sigma(const DetectorInputs& inputs,
                                                   event::FieldDictionary& fields,
                                                   std::vector<DetectorNotice>& notices) {
    const rules::LogSourceMap sources = read_sources(inputs, notices);
    rules::LoadedRules loaded =
        rules::load_rule_set(inputs.rule_files, {inputs.placeholders, inputs.refused_placeholders});
    for (rules::Refusal& refusal : loaded.refusals) {
        const std::string where = std::exchange(refusal.error.where, {});
        notices.push_back({where, refusal.error.message()});
    }
    const std::uint64_t checksum = checksum_of(loaded.rules, inputs);
    rules::Matcher matcher(std::move(loaded.rules), sources, fields);
    for (const auto& [source, count] : matcher.unplaced()) {
        notices.push_back({"logsource " + source.text(),
                           std::to_string(count) + (count == 1 ? " rule is" : " rules are") +
                               " never tried: no log-source file says which events these are"});
    }
    return std::make_unique<SigmaDetector>(std::move(matcher), checksum);
}

}  // namespace sigma

void register_sigma(Registry& registry) {
    registry.add({std::string(sigma::kName), sigma::make_sigma});
}

}  // namespace vedette::detect
