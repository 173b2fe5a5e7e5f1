// SPDX-License-Identifier: Apache-2.0
// The order of values: each is judged by what usually stands behind those before it, of its entity,
// of its peers and of everybody.

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "detect/baseline/baseline.h"
#include "detect/baseline/decided.h"
#include "learn/fixed_math.h"
#include "learn/random.h"

namespace vedette::detect::baseline {

using rule::analytic::Against;

namespace {

std::uint64_t sequence_key(std::uint64_t behaviour, std::uint64_t entity) {
    return learn::pair_key(learn::pair_key(behaviour, 0x73657175656E6365), entity);
}

/// Whose steps are in the model that all analytics share.
std::uint64_t owner_of(std::uint64_t behaviour, Against against, std::uint64_t who) {
    return learn::pair_key(sequence_key(behaviour, static_cast<std::uint64_t>(against)), who);
}

/// Who an entity is held against, the broadest first, as the model wants them.
struct Owners {
    std::vector<Against> against;
    std::vector<std::uint64_t> keys;
};

Owners owners_of(const Behaviour& behaviour, const Observation& observation) {
    Owners out;
    const std::vector<Against>& asked = behaviour.analytic().against;
    const auto add = [&](Against against, std::uint64_t who) {
        if (std::find(asked.begin(), asked.end(), against) == asked.end()) return;
        out.against.push_back(against);
        out.keys.push_back(owner_of(behaviour.hash(), against, who));
    };
    add(Against::everybody, 0);
    if (observation.peers != 0) add(Against::peers, observation.peers);
    add(Against::self, observation.entity);
    return out;
}

/// What came before a value, and the value.
struct SequenceStep {
    std::span<const std::uint64_t> history;
    std::uint64_t value = 0;
    base::Timestamp time;
};

struct StepJudgement {
    Comparison comparison;
    std::size_t order = 0;  ///< values before it that the one who decided looks at
};

/// How odd a step is; nothing while nobody has seen enough.
std::optional<StepJudgement> judgement_of(const learn::SequenceModel& model, const Owners& owners,
                                          const SequenceStep& step) {
    std::vector<learn::SequenceModel::Surprise> each(owners.keys.size());
    const std::int64_t now_ns = step.time.unix_ns;
    const double bits = model.surprise(owners.keys, step.history, step.value, now_ns, each).bits;
    std::optional<Against> nearest;
    std::vector<Seen> seen;
    for (std::size_t i = owners.keys.size(); i-- > 0;) {
        if (model.total(owners.keys[i], now_ns) < kObservationsMin) continue;
        if (!nearest) nearest = owners.against[i];
        seen.push_back({owners.against[i], each[i].seen, each[i].context_seen});
    }
    if (!nearest) return std::nullopt;
    const Seen decided = decided_by(seen);
    StepJudgement out;
    // What was to be expected rather than not is not odd, however often it came.
    const double score = bits > 1 ? bits : 0;
    out.comparison = {*nearest,      score,         decided.total,  decided.count,
                      decided.count, decided.count, decided.against};
    for (std::size_t i = 0; i < each.size(); ++i) {
        if (owners.against[i] == decided.against) out.order = each[i].order;
    }
    return out;
}

/// Whether the entity itself had never done it, whatever stood further back.
bool learn_step(learn::SequenceModel& model, const Owners& owners, const SequenceStep& step,
                double own_share, double others_share) {
    bool is_fresh = false;
    const std::int64_t now_ns = step.time.unix_ns;
    for (std::size_t i = 0; i < owners.keys.size(); ++i) {
        const bool is_self = owners.against[i] == Against::self;
        const double share = is_self ? own_share : others_share;
        if (share <= 0) continue;
        if (is_self) {
            const auto nearest = step.history.last(std::min<std::size_t>(step.history.size(), 1));
            const auto known = model.surprise(owners.keys[i], nearest, step.value, now_ns);
            is_fresh = known.order < nearest.size() || known.seen < 0.5;
        }
        model.learn(owners.keys[i], step.history, step.value, now_ns, share);
    }
    return is_fresh;
}

bool is_paused(const SequenceProfile& profile, base::Timestamp time) {
    if (profile.past.is_empty()) return true;
    return time > profile.last && static_cast<std::uint64_t>(time.unix_ns) -
                                          static_cast<std::uint64_t>(profile.last.unix_ns) >
                                      static_cast<std::uint64_t>(kSequencePauseNs);
}

}  // namespace

learn::SequenceSettings sequence_settings(std::size_t budget_bytes) {
    learn::SequenceSettings settings;
    settings.order_max = kSequenceValues;
    settings.cells = 4;
    while (settings.cells * 2 * learn::SequenceModel::kCellBytes <= budget_bytes)
        settings.cells *= 2;
    settings.half_life = kSequenceHalfLifeNs;
    return settings;
}

/// Steps that an entity learned shortly before there was suspicion were never its own.
void BaselineDetector::take_back_steps(const State& state, std::uint64_t entity,
                                       base::Timestamp time, SequenceProfile& profile) {
    const std::uint64_t self = owner_of(state.behaviour.hash(), Against::self, entity);
    if (const auto since = suspected(entity, time)) {
        while (const auto step = profile.fresh.withdrawn(*since)) {
            const double age_ns =
                static_cast<double>(time.unix_ns) - static_cast<double>(step->since_ns);
            const double left = learn::decay_of(std::max(age_ns, 0.0) / kSequenceHalfLifeNs);
            steps_->learn(self, step->history(), step->value, time.unix_ns, -step->share * left);
        }
    }
    profile.fresh.settle(time);
}

void BaselineDetector::judge_sequence(State& state, const Observation& observation,
                                      const event::Row& row, const FindingSink& sink) {
    const base::Timestamp time = row.time;
    const std::uint64_t key = sequence_key(state.behaviour.hash(), observation.entity);
    auto* profile = profile_at<SequenceProfile>(sequences_.touch(key, time));
    if (profile == nullptr) return;  // seen too rarely: nothing is known to stand before
    const double risk = risk_of(observation.entity, time);
    const double share = state.fair.take(profile->taught, time.day());
    take_back_steps(state, observation.entity, time, *profile);
    if (is_paused(*profile, time)) profile->past.begin_anew();
    const Owners owners = owners_of(state.behaviour, observation);
    const SequenceStep step{profile->past.values(), observation.value, time};
    const auto judged = judgement_of(*steps_, owners, step);
    ToldTest test;
    if (judged) test.before = profile->past.words(std::max<std::size_t>(judged->order, 1));
    if (learn_step(*steps_, owners, step, 1 - risk, (1 - risk) * share) ||
        profile->fresh.has(step.history, step.value)) {
        profile->fresh.add(step.history, step.value, time, 1 - risk);
    }
    profile->past.add(observation.value, state.behaviour.value_text());
    profile->last = time;
    if (!judged) return;
    test.comparisons = {judged->comparison};
    test.analytic = &state.behaviour.analytic();
    test.observed = judged->comparison.score;
    test.begin = test.first = test.last = time;
    test.events = {row.id};
    judge(state, state.scorers.front(), sequences_parent_, observation.entity, share,
          std::move(test), sink);
}

}  // namespace vedette::detect::baseline
