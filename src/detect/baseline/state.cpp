// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "base/log.h"
#include "detect/baseline/baseline.h"

namespace vedette::detect::baseline {

namespace {

constexpr std::uint8_t kStateVersion = 8;

template <typename Primitive>
std::string bytes_of(const Primitive& primitive) {
    std::string bytes;
    learn::StateWriter out(bytes);
    primitive.save(out);
    return bytes;
}

}  // namespace

std::string BaselineDetector::save() const {
    // Where nothing is asked for nothing is known, and an empty server's state stays small.
    if (behaviours_.empty()) return {};
    std::string bytes;
    learn::StateWriter out(bytes);
    out.integer(kStateVersion);
    out.varint(late_count_);
    windows_parent_.save(out);
    values_parent_.save(out);
    save_behaviours(out);
    windows_.save(out);
    values_.save(out);
    entities_.save(out);
    out.integer(series_time_.unix_ns);
    series_parent_.save(out);
    series_.save(out);
    sequences_parent_.save(out);
    sequences_.save(out);
    out.text(steps_ ? bytes_of(*steps_) : std::string());
    vectors_parent_.save(out);
    vectors_.save(out);
    drift_.save(out);
    peers_.save(out);
    return bytes;
}

void BaselineDetector::save_behaviours(learn::StateWriter& out) const {
    out.varint(behaviours_.size());
    for (const State& state : behaviours_) {
        out.integer(state.behaviour.hash());
        out.varint(state.told);
        out.varint(state.untold);
        out.varint(state.scorers.size());
        for (const Scorer& scorer : state.scorers) out.text(bytes_of(scorer));
        state.fair.save(out);
        out.text(state.novelty ? bytes_of(*state.novelty) : std::string());
        out.varint(state.vectors.size());
        for (const learn::VectorModel& model : state.vectors) out.text(bytes_of(model));
    }
}

base::Result<void> BaselineDetector::restore_behaviours(learn::StateReader& in) {
    const std::uint64_t count = in.varint();
    for (std::uint64_t i = 0; i < count && in.is_good(); ++i) {
        const auto hash = in.integer<std::uint64_t>();
        // Of a behaviour that is no longer asked for nothing is taken.
        const auto known =
            std::find_if(behaviours_.begin(), behaviours_.end(),
                         [&](const State& state) { return state.behaviour.hash() == hash; });
        State* state = known == behaviours_.end() ? nullptr : &*known;
        const std::uint64_t told = in.varint(), untold = in.varint();
        if (state != nullptr) {
            state->told = told;
            state->untold = untold;
        }
        const std::uint64_t scorers = in.varint();
        for (std::uint64_t j = 0; j < scorers && in.is_good(); ++j) {
            learn::StateReader scorer(in.text());
            if (state == nullptr || j >= state->scorers.size()) continue;
            VD_TRY_DO(state->scorers[j].restore(scorer));
        }
        learn::FairShare fair;
        VD_TRY_DO(fair.restore(in));
        if (state != nullptr) state->fair = fair;
        learn::StateReader novelty(in.text());
        if (state != nullptr && state->novelty) VD_TRY_DO(state->novelty->restore(novelty));
        const std::uint64_t vectors = in.varint();
        for (std::uint64_t j = 0; j < vectors && in.is_good(); ++j) {
            learn::StateReader model(in.text());
            if (state == nullptr || j >= state->vectors.size()) continue;
            VD_TRY_DO(state->vectors[j].restore(model));
        }
    }
    if (!in.is_good()) return learn::not_ours("baselines", "their behaviours cannot be read");
    return {};
}

base::Result<void> BaselineDetector::restore(std::string_view state) {
    std::vector<Behaviour> behaviours;
    for (State& one : behaviours_) behaviours.push_back(std::move(one.behaviour));
    *this = BaselineDetector(std::move(behaviours), budgets_);
    if (state.empty()) return {};
    const auto read = [&]() -> base::Result<void> {
        learn::StateReader in(state);
        if (in.integer<std::uint8_t>() != kStateVersion) {
            return learn::not_ours("baselines", "they are of another version");
        }
        late_count_ = in.varint();
        VD_TRY_DO(windows_parent_.restore(in));
        VD_TRY_DO(values_parent_.restore(in));
        VD_TRY_DO(restore_behaviours(in));
        VD_TRY_DO(windows_.restore(in));
        VD_TRY_DO(values_.restore(in));
        VD_TRY_DO(entities_.restore(in));
        series_time_.unix_ns = in.integer<std::int64_t>();
        VD_TRY_DO(series_parent_.restore(in));
        VD_TRY_DO(series_.restore(in));
        VD_TRY_DO(sequences_parent_.restore(in));
        VD_TRY_DO(sequences_.restore(in));
        learn::StateReader steps(in.text());
        // Of steps that nobody asks for any longer nothing is taken.
        if (steps_ && !steps.is_at_end()) VD_TRY_DO(steps_->restore(steps));
        VD_TRY_DO(vectors_parent_.restore(in));
        VD_TRY_DO(vectors_.restore(in));
        VD_TRY_DO(drift_.restore(in));
        VD_TRY_DO(peers_.restore(in));
        if (!in.is_at_end()) return learn::not_ours("baselines", "there are bytes left over");
        return {};
    };
    const auto done = read();
    if (!done) {
        std::vector<Behaviour> again;
        for (State& one : behaviours_) again.push_back(std::move(one.behaviour));
        *this = BaselineDetector(std::move(again), budgets_);
        return done;
    }
    index_open_windows();
    return {};
}

base::Result<void> BaselineDetector::adopt(std::string_view state) {
    const LearnedPeers before = std::move(peers_);
    const auto restored = restore(state);
    const std::size_t lost = peers_.keep_words_of(before);
    if (lost > 0) base::log::warn("peers.words_lost", {{"words", lost}});
    return restored;
}

void BaselineDetector::index_open_windows() {
    std::map<std::uint64_t, State*> by_hash;
    for (State& state : behaviours_) by_hash[state.behaviour.hash()] = &state;
    const auto look = [&](std::uint64_t key, double, const auto* warm, const auto* hot) {
        const auto index = [&](const auto& profile) {
            const auto state = by_hash.find(profile.behaviour);
            if (state == by_hash.end() || profile.window >= state->second->open.size()) return;
            for (const auto& window : profile.open) {
                if (!window.is_open()) continue;
                state->second->open[profile.window][window.begin().unix_ns].push_back(key);
            }
        };
        warm != nullptr ? index(*warm) : index(*hot);
    };
    windows_.for_each({}, look);
    vectors_.for_each({}, look);
}

std::size_t BaselineDetector::memory_bytes() const {
    std::size_t total = sizeof *this + windows_.memory_bytes() + values_.memory_bytes() +
                        entities_.memory_bytes() + series_.memory_bytes() +
                        sequences_.memory_bytes() + vectors_.memory_bytes() +
                        drift_.memory_bytes() + peers_.memory_bytes();
    if (steps_) total += steps_->memory_bytes();
    for (const State& state : behaviours_) {
        total += sizeof state + state.scorers.capacity() * sizeof(Scorer);
        if (state.novelty) total += state.novelty->memory_bytes();
        for (const learn::VectorModel& model : state.vectors) total += model.memory_bytes();
        for (const auto& open : state.open) {
            for (const auto& [begin, keys] : open) total += 64 + keys.capacity() * 8;
        }
    }
    return total;
}

std::uint64_t BaselineDetector::checksum() const { return base::hash64(save()); }

std::uint64_t BaselineDetector::forgotten_count() const {
    // A sample of a series for which there is no room is not judged: that is to be seen as well.
    return windows_.counts().evicted + values_.counts().evicted + entities_.counts().evicted +
           series_.counts().evicted + series_.counts().refused + sequences_.counts().evicted +
           vectors_.counts().evicted + drift_.forgotten_count();
}

}  // namespace vedette::detect::baseline
