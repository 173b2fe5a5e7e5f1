// SPDX-License-Identifier: Apache-2.0
#include "engine/rules/rule_tests.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/check.h"
#include "base/json_text.h"
#include "detect/registry.h"
#include "engine/rules/event_texts.h"
#include "rule/sigma/fold.h"
#include "rule/sigma/matcher.h"
#include "rule/sigma/rule_set.h"

namespace vedette::engine {

namespace {

namespace fs = std::filesystem;
using base::Result;
using Lines = std::vector<std::string>;
using rule::sigma::Correlation;
using rule::sigma::Matcher;
using rule::sigma::Rule;

constexpr std::size_t kEventShownBytesMax = 500;

/// `<name>.<kind>.jsonl` or `.log` beside a rule; empty: there is none.
std::string events_beside(const std::string& rule_path, const std::string& kind) {
    const fs::path path(rule_path);
    const std::string stem = (path.parent_path() / path.stem()).string();
    std::error_code error;
    for (const char* ending : {".jsonl", ".log"}) {
        std::string events = stem + "." + kind + ending;
        if (fs::exists(events, error)) return events;
    }
    return {};
}

class Run {
  public:
    Run(const rule::sigma::TextFiles& files, const ChosenRules& known)
        : files_(files), known_(known) {
        inputs_ = known.set.inputs;
        inputs_.rule_files = files;
        loaded_ =
            rule::sigma::load_rule_set(files, {inputs_.placeholders, inputs_.refused_placeholders});
    }

    Result<RuleTests> run() {
        for (const rule::sigma::Refusal& refusal : loaded_.refusals) {
            out_.untested.emplace_back(refusal.error.where, refusal.error.text);
        }
        for (const auto& [path, text] : files_) VD_TRY_DO(file(path));
        return std::move(out_);
    }

  private:
    Result<void> file(const std::string& path) {
        std::vector<Rule> rules;
        std::vector<const Correlation*> correlations;
        for (const Rule& rule : loaded_.rules) {
            if (rule.path == path && !rule.is_silent) rules.push_back(rule);
        }
        for (const Correlation& one : loaded_.correlations) {
            if (one.path == path && !one.is_silent) correlations.push_back(&one);
        }
        if (rules.empty() && correlations.empty()) return {};
        const std::string hits = events_beside(path, "hit"), misses = events_beside(path, "miss");
        if (hits.empty() && misses.empty()) {
            out_.untested.emplace_back(path, "no events lie beside it");
            return {};
        }
        out_.rules += rules.size() + correlations.size();
        Matcher matcher(std::move(rules), known_.sources, events_.fields());
        for (const auto& [events, is_hit_wanted] : {std::pair{hits, true}, {misses, false}}) {
            if (events.empty()) continue;
            VD_TRY(const auto blocks, event_blocks(events));
            VD_TRY_DO(lines(events, blocks, matcher, is_hit_wanted));
            if (!correlations.empty()) {
                VD_TRY_DO(sequences(events, blocks, correlations, is_hit_wanted));
            }
        }
        return {};
    }

    Result<void> lines(const std::string& path, const std::vector<Lines>& blocks, Matcher& matcher,
                       bool is_hit_wanted) {
        Lines lines;
        for (const Lines& block : blocks) lines.insert(lines.end(), block.begin(), block.end());
        out_.lines += lines.size();
        if (matcher.rules().empty()) return {};
        VD_TRY(const event::Batch* const batch, events_.decode(lines));
        std::vector<Matcher::Hit> hits;
        matcher.match(*batch, hits);
        std::set<std::pair<std::uint64_t, std::uint32_t>> hit;  // line, rule
        for (const Matcher::Hit& one : hits) hit.emplace(batch->rows()[one.row].line, one.rule);
        for (std::uint64_t line = 0; line < lines.size(); ++line) {
            for (std::uint32_t rule = 0; rule < matcher.rules().size(); ++rule) {
                if ((hit.count({line, rule}) != 0) == is_hit_wanted) continue;
                const Rule& wrong = matcher.rules()[rule];
                fail(path + ":" + std::to_string(line + 1), wrong.id, wrong.title, is_hit_wanted,
                     lines[line]);
            }
        }
        return {};
    }

    Result<void> sequences(const std::string& path, const std::vector<Lines>& blocks,
                           const std::vector<const Correlation*>& correlations,
                           bool is_hit_wanted) {
        VD_TRY_DO(make_detector());
        for (std::size_t block = 0; block < blocks.size(); ++block) {
            // A detector as it was at the beginning, without reading all rules again.
            VD_TRY_DO(detector_->restore(empty_state_));
            std::set<std::string> found;
            const auto sink = [&](cases::Finding finding) { found.insert(finding.rule_id); };
            VD_TRY(const event::Batch* const batch, events_.decode(blocks[block]));
            detector_->observe(*batch, sink);
            detector_->finish(sink);
            for (const Correlation* one : correlations) {
                if ((found.count(one->id) != 0) == is_hit_wanted) continue;
                fail(path + ": block " + std::to_string(block + 1), one->id, one->title,
                     is_hit_wanted, blocks[block].front());
            }
        }
        return {};
    }

    Result<void> make_detector() {
        if (detector_) return {};
        detect::register_all(detectors_);
        const auto kind = std::find_if(detectors_.kinds().begin(), detectors_.kinds().end(),
                                       [](const auto& one) { return one.name == "sigma"; });
        VD_CHECK(kind != detectors_.kinds().end());
        std::vector<detect::DetectorNotice> notices;  // told as refusals
        VD_TRY(detector_, kind->make(inputs_, events_.fields(), notices));
        empty_state_ = detector_->save();
        return {};
    }

    void fail(std::string where, const std::string& id, const std::string& title,
              bool is_hit_wanted, const std::string& event) {
        out_.failures.push_back({std::move(where), id, title, is_hit_wanted,
                                 rule::sigma::cut_text(event, kEventShownBytesMax)});
    }

    const rule::sigma::TextFiles& files_;
    const ChosenRules& known_;
    detect::DetectorInputs inputs_;
    rule::sigma::LoadedRules loaded_;
    detect::Registry detectors_;
    EventTexts events_;
    std::unique_ptr<detect::Detector> detector_;  // of all files together; made when asked for
    std::string empty_state_;
    RuleTests out_;
};

}  // namespace

Result<RuleTests> run_rule_tests(const std::vector<std::string>& paths, const ChosenRules& known) {
    VD_TRY(const auto files, rule::sigma::load_rule_paths(paths));
    if (files.empty()) {
        return base::fail(base::ErrorCode::not_found, "there are no rule files", paths.front(),
                          "rules are *.yml and *.yaml");
    }
    return Run(files, known).run();
}

std::string to_json(const RuleTestFailure& failure) {
    std::string out = "{\"where\":";
    base::append_json_string(out, failure.where);
    out += ",\"id\":";
    base::append_json_string(out, failure.id);
    out += ",\"title\":";
    base::append_json_string(out, failure.title);
    out += failure.was_hit_wanted ? ",\"wanted\":\"hit\"" : ",\"wanted\":\"miss\"";
    out += ",\"event\":";
    base::append_json_string(out, failure.event);
    return out + "}";
}

}  // namespace vedette::engine
