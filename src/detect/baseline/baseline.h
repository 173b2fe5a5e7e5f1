// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "detect/baseline/behaviour.h"
#include "detect/baseline/drift_watch.h"
#include "detect/baseline/learned_peers.h"
#include "detect/baseline/profiles.h"
#include "detect/baseline/scorer.h"
#include "detect/baseline/sequence_profile.h"
#include "detect/baseline/series_profile.h"
#include "detect/baseline/told_finding.h"
#include "detect/baseline/vector_profile.h"
#include "detect/detector.h"
#include "learn/sequence/sequence_model.h"
#include "learn/vector_model/vector_model.h"

namespace vedette::detect::baseline {

/// What is expected of an entity in one behaviour and window length, by whom, on the measure's
/// scale (window.h). What nobody knows has weight 0.
struct Baselines {
    learn::Expectation fast;  ///< of its own past, a week's half-life, the hour's distance included
    learn::Expectation peers, everybody;
    double slow = 0, slow_days = 0;  ///< level without the hour's distance; days it stands on
};

/// Memory of what is known of entities: their windows, their values, themselves.
struct Budgets {
    std::size_t window_bytes = kWindowBytesMax;
    std::size_t value_bytes = kValueBytesBudget;
    std::size_t entity_bytes = kEntityBytesMax;
    std::size_t series_bytes = kSeriesBytesMax;
    std::size_t drift_bytes = kDriftBytesMax;
    std::size_t sequence_bytes = kSequenceBytesMax;
    std::size_t step_bytes = kStepBytesMax;  ///< only where an analytic is about sequences
    std::size_t vector_bytes = kVectorBytesMax;
};

/// Of the model of all steps: as many cells as the budget holds.
learn::SequenceSettings sequence_settings(std::size_t budget_bytes);

/// Compares behaviour with what was learned of the same entity, of its peers and of everybody, as
/// analytics say (rule/analytic), and tells what is odd, in bits.
///
/// Each row goes through all behaviours before the next row does, windows are closed by ticks, and
/// all choices are by hashes: any cut of rows gives the same findings and the same state.
/// Rows that are late, or dated past their arrival, teach nothing. An entity under suspicion
/// teaches less. Threads: one at a time.
class BaselineDetector final : public Detector {
  public:
    explicit BaselineDetector(std::vector<Behaviour> behaviours, Budgets budgets = {});

    bool is_about_rules() const override { return false; }
    std::string save() const override;
    base::Result<void> restore(std::string_view state) override;
    /// What people said of groups of entities stays: it is not learned.
    base::Result<void> adopt(std::string_view state) override;
    PeerKeeper* peers() override { return &peers_; }
    std::size_t memory_bytes() const override;
    std::size_t rule_count() const override { return behaviours_.size(); }
    std::uint64_t checksum() const override;
    std::uint64_t forgotten_count() const override;
    std::vector<Standing> standings() const override;
    /// `entity`: its names, one for each field that makes it. All of weight 0 where the analytic
    /// has no such window.
    Baselines baselines_of(std::string_view analytic, const std::vector<std::string>& entity,
                           std::size_t window, base::Timestamp time);

  private:
    struct State {
        explicit State(Behaviour made);
        Behaviour behaviour;
        std::vector<Scorer> scorers;  // by window; one where there are none
        learn::FairShare fair;        // of measures of values
        std::optional<learn::NoveltyField> novelty;
        std::vector<learn::VectorModel> vectors;  // by window, of measures of several numbers
        std::uint64_t told = 0, untold = 0;       // untold: of too few bits
        std::span<const std::uint32_t> rows;      // of the batch that is looked at
        // By window: begin -> keys of the places where such a window is open. Not saved.
        std::vector<std::map<std::int64_t, std::vector<std::uint64_t>>> open;
    };

    void do_observe(const event::Batch& batch, const FindingSink& sink) override;
    void do_tick(base::Timestamp time, const FindingSink& sink) override;
    void do_finish(const FindingSink& sink) override;

    void find_rows(const event::Batch& batch);
    void observe(State& state, const Observation& observation, const event::Row& row,
                 const FindingSink& sink);
    void add_to_window(State& state, std::size_t window, const Observation& observation,
                       const event::Row& row, const FindingSink& sink);
    void close_until(base::Timestamp time, const FindingSink& sink);
    void close_first(State& state, std::size_t window, std::uint64_t key, const FindingSink& sink);
    /// Where the window that begins then is still the first of the place.
    void close_if_first(State& state, std::size_t window, std::uint64_t key, std::int64_t begin_ns,
                        const FindingSink& sink);
    void judge_window(State& state, std::size_t window, std::uint64_t key,
                      const WindowProfile& profile, const Window& closed, const FindingSink& sink);
    void add_to_vector(State& state, std::size_t window, const Observation& observation,
                       const event::Row& row, const FindingSink& sink);
    void close_first_vector(State& state, std::size_t window, std::uint64_t key,
                            const FindingSink& sink);
    void judge_vector(State& state, std::size_t window, std::uint64_t key,
                      const VectorProfile& profile, const VectorWindow& closed,
                      const FindingSink& sink);
    /// What one window teaches its entity and its groups.
    struct VectorLesson {
        const VectorWindow* window = nullptr;
        std::uint64_t key = 0;
        std::size_t of_windows = 0;  // which of the behaviour's
        std::vector<std::uint64_t> groups;
        double risk = 0, share = 1;
    };
    void learn_vector(const State& state, const VectorLesson& lesson);
    OfParts<learn::SeasonalMoments> vector_group(std::uint64_t key, base::Timestamp time);
    void judge_value(State& state, const Observation& observation, const event::Row& row,
                     const FindingSink& sink);
    std::optional<Comparison> compare_value(State& state, const Observation& observation,
                                            const event::Row& row, ValueProfile& profile,
                                            double risk, double share);
    void judge_series(State& state, const Observation& observation, const event::Row& row,
                      const FindingSink& sink);
    void judge_sequence(State& state, const Observation& observation, const event::Row& row,
                        const FindingSink& sink);
    void take_back_steps(const State& state, std::uint64_t entity, base::Timestamp time,
                         SequenceProfile& profile);
    void note_told_series(const State& state, std::uint64_t entity, base::Timestamp time);
    /// What is new to it waits before it is among what it is known for.
    learn::Novelty observe_new(State& state, const Observation& observation, base::Timestamp time,
                               ValueProfile& profile, double own_share, double others_share);
    std::optional<base::Timestamp> suspected(std::uint64_t entity, base::Timestamp time);
    /// `share`: how much all others learn of what it gives.
    void judge(State& state, Scorer& scorer, Scorer& parent, std::uint64_t entity, double share,
               ToldTest test, const FindingSink& sink);
    void watch_drift(State& state, const DriftLesson& lesson, const ToldTest& test,
                     std::uint64_t entity, const FindingSink& sink);
    void note_evidence(EntityProfile& profile, const State& state, base::Timestamp time,
                       double bits);
    void send(const rule::analytic::Analytic& analytic, cases::Finding finding,
              const FindingSink& sink) const;
    double risk_of(std::uint64_t entity, base::Timestamp time);
    learn::SeasonalMoments group_moments(std::uint64_t key, base::Timestamp time);
    void learn_for_group(const State& state, std::size_t window, std::uint64_t key,
                         base::Timestamp time, double value, double share);
    void index_open_windows();
    void save_behaviours(learn::StateWriter& out) const;
    base::Result<void> restore_behaviours(learn::StateReader& in);

    Budgets budgets_;
    RowTests tests_;
    std::vector<State> behaviours_;
    Scorer windows_parent_, values_parent_, series_parent_, sequences_parent_, vectors_parent_;
    ProfileStore<WindowProfile> windows_;
    ProfileStore<ValueProfile> values_;
    ProfileStore<EntityProfile> entities_;
    ProfileStore<SeriesProfile> series_;
    ProfileStore<SequenceProfile> sequences_;
    ProfileStore<VectorProfile> vectors_;
    std::optional<learn::SequenceModel> steps_;  // of all analytics about sequences
    DriftWatch drift_;
    LearnedPeers peers_;
    std::uint64_t late_count_ = 0;
    base::Timestamp series_time_{INT64_MIN};  // the newest sample's of all series
    // While a batch is looked at: behaviours that may want a row, row by row.
    std::vector<std::uint32_t> wanted_, wanted_from_;
    const event::Batch* batch_ = nullptr;
    const event::Row* row_ = nullptr;
};

}  // namespace vedette::detect::baseline
