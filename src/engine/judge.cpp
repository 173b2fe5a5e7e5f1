// SPDX-License-Identifier: Apache-2.0
#include "engine/judge.h"

#include <algorithm>

namespace vedette::engine {

void Judge::prepare(const base::Hash128& set, DetectorSet made) {
    const std::lock_guard lock(prepared_mutex_);
    prepared_hash_ = set;
    prepared_ = std::move(made);
}

base::Result<DetectorSet> Judge::made_of(const RuleSet& set) {
    {
        const std::lock_guard lock(prepared_mutex_);
        if (prepared_ && prepared_hash_ == set.hash) {
            DetectorSet made = std::move(*prepared_);
            prepared_.reset();
            return made;
        }
    }
    return make_detectors(registry_, set, fields_);
}

base::Result<void> Judge::use(const RuleSet& set) {
    VD_TRY(DetectorSet made, made_of(set));
    for (const auto& [name, detector] : made.detectors) {
        if (detector->is_about_rules()) continue;
        for (const auto& [known, before] : set_.detectors) {
            if (known == name) VD_TRY_DO(detector->restore(before->save()));
        }
    }
    clear();
    set_ = std::move(made);
    for (const auto& [name, detector] : set_.detectors) detector->use_indicators(indicators_);
    return {};
}

void Judge::use_indicators(std::shared_ptr<const rule::intel::IndicatorIndex> index) {
    indicators_ = std::move(index);
    for (const auto& [name, detector] : set_.detectors) detector->use_indicators(indicators_);
}

void Judge::clear() {
    gave_up_before_ = gave_up_count();
    forgotten_before_ = forgotten_count();
    set_ = {};
}

void Judge::observe(const event::Batch& batch, const detect::FindingSink& sink) {
    if (set_.detectors.size() == 1) return set_.detectors.front().second->observe(batch, sink);
    // Detectors see a batch one after the other; what they say is put in the order of the events
    // that made them say it, so that the order does not depend on where the batch was cut.
    std::vector<cases::Finding> findings;
    for (const auto& [name, detector] : set_.detectors) {
        detector->observe(batch, [&](cases::Finding f) { findings.push_back(std::move(f)); });
    }
    const auto told_at = [](const cases::Finding& finding) {
        const bool is_given = finding.told_at != event::EventId() || finding.events.empty();
        return is_given ? finding.told_at : finding.events.back();
    };
    std::stable_sort(findings.begin(), findings.end(),
                     [&](const auto& a, const auto& b) { return told_at(a) < told_at(b); });
    for (cases::Finding& finding : findings) sink(std::move(finding));
}

void Judge::tick(base::Timestamp time, const detect::FindingSink& sink) {
    for (const auto& [name, detector] : set_.detectors) detector->tick(time, sink);
}

void Judge::finish(const detect::FindingSink& sink) {
    for (const auto& [name, detector] : set_.detectors) detector->finish(sink);
}

detect::PeerKeeper* Judge::peers() {
    for (const auto& [name, detector] : set_.detectors) {
        if (detect::PeerKeeper* const peers = detector->peers()) return peers;
    }
    return nullptr;
}

std::shared_ptr<const detect::FileJudge> Judge::file_judge() const {
    for (const auto& [name, detector] : set_.detectors) {
        if (auto judge = detector->file_judge()) return judge;
    }
    return nullptr;
}

std::size_t Judge::memory_bytes() const {
    std::size_t total = 0;
    for (const auto& [name, detector] : set_.detectors) total += detector->memory_bytes();
    return total;
}

std::size_t Judge::rule_count() const {
    std::size_t total = 0;
    for (const auto& [name, detector] : set_.detectors) total += detector->rule_count();
    return total;
}

std::uint64_t Judge::gave_up_count() const {
    std::uint64_t total = gave_up_before_;
    for (const auto& [name, detector] : set_.detectors) total += detector->gave_up_count();
    return total;
}

std::uint64_t Judge::forgotten_count() const {
    std::uint64_t total = forgotten_before_;
    for (const auto& [name, detector] : set_.detectors) total += detector->forgotten_count();
    return total;
}

std::vector<detect::Standing> Judge::standings() const {
    std::vector<detect::Standing> out;
    for (const auto& [name, detector] : set_.detectors) {
        for (detect::Standing& one : detector->standings()) out.push_back(std::move(one));
    }
    return out;
}

std::vector<std::pair<std::string, std::uint64_t>> Judge::checksums() const {
    std::vector<std::pair<std::string, std::uint64_t>> out;
    for (const auto& [name, detector] : set_.detectors)
        out.emplace_back(name, detector->checksum());
    return out;
}

std::vector<std::pair<std::string, std::string>> Judge::save() const {
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& [name, detector] : set_.detectors) {
        std::string state = detector->save();
        if (!state.empty()) out.emplace_back(name, std::move(state));
    }
    return out;
}

base::Result<void> Judge::adopt(std::string_view learned) {
    for (const auto& [known, detector] : set_.detectors) {
        if (!detector->standings().empty()) return detector->adopt(learned);
    }
    return {};
}

base::Result<void> Judge::restore(const std::string& name, std::string_view state) {
    for (const auto& [known, detector] : set_.detectors) {
        if (known == name) return detector->restore(state);
    }
    return base::fail(base::ErrorCode::not_found, "there is no detector of this name", name);
}

}  // namespace vedette::engine
