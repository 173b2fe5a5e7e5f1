// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "learn/autoencoder/feature_map.h"
#include "learn/autoencoder/small_autoencoder.h"
#include "learn/primitive.h"

namespace vedette::learn {

struct EnsembleSettings {
    std::size_t dimensions = 1;   ///< 1 to 256
    std::size_t inputs_max = 10;  ///< of one network
    double hidden_share = 0.75;   ///< of the inputs
    double rate = 0.1;
    std::uint64_t warm_up =
        1'000;                ///< points to find out what goes together; then as many to settle
    double gate_spreads = 3;  ///< learns only where the score is not farther above its mean
    double memory_points = 10'000;  ///< of means and spreads
    std::uint64_t seed = 1;
};

/// How badly small networks that learned to repeat the usual repeat a point: features that go
/// together share a network, a last network watches the errors of the others.
///
/// Differences from the paper, on purpose: it goes on learning for ever, but only points whose
/// score is not odd, and slower the riskier their source; means and spreads are decayed, and what
/// lies beyond four spreads moves them no farther. So neither drift nor a patient source ruins it
/// at once. The parts divide the score by how far each feature's error exceeds that feature's own
/// usual error.
///
/// Paper: Y. Mirsky, T. Doitshman, Y. Elovici, A. Shabtai, "Kitsune: An ensemble of autoencoders
/// for online network intrusion detection", NDSS 2018. Cost, 16 networks of 10-8-10: 2.7 us a
/// point, 5.3 with learning (2026-11-28); 500 bytes a network, 80 a feature; 8 x dimensions^2 more
/// during warm-up. Error: no bound; the score is in no unit: calibrate it. Scores 0 during warm-up.
/// Not for: few points (below some thousands); an own ensemble per entity; categories.
class AutoencoderEnsemble {
  public:
    static constexpr std::string_view kKind = "autoencoder_ensemble";
    static constexpr std::uint8_t kVersion = 1;

    struct Score {
        double value = 0;
        bool was_learned = false;
        std::vector<float> parts;  ///< one a feature; they add up to value
    };

    explicit AutoencoderEnsemble(EnsembleSettings settings);

    /// Finite numbers, as many as dimensions.
    double score(std::span<const float> point) const;
    Score explain(std::span<const float> point) const;
    /// Scores and learns; `risk_01` of the source slows learning down, 1 stops it.
    double observe(std::span<const float> point, double risk_01 = 0);

    bool is_ready() const { return !nets_.empty(); }
    const std::vector<std::vector<std::uint32_t>>& groups() const { return groups_; }
    std::uint64_t learned_count() const { return learned_; }

    void save(StateWriter& out) const;
    base::Result<void> restore(StateReader& in);
    std::size_t memory_bytes() const;
    std::uint64_t checksum() const { return checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    /// Decayed mean and variance.
    struct Usual {
        double mean = 0, variance = 0;
        double spread() const;
        void add(double value, double share);
    };

    void teach_feature(std::size_t i, double value, double share);
    void lay_out(std::span<const float> point) const;
    double run() const;
    void learn_all(double rate, double share);
    void make_nets();
    double share() const;
    double gate() const;
    bool restore_all(StateReader& in);

    EnsembleSettings settings_;
    FeatureMap map_;
    Random random_;
    std::vector<Usual> features_, residuals_, errors_;
    std::vector<double> spreads_, per_spread_;  // of features_ and made of them; 0: none
    Usual scores_;
    std::vector<std::vector<std::uint32_t>> groups_;
    mutable std::vector<SmallAutoencoder> nets_;  // of the groups, and last the one over them
    std::uint64_t seen_ = 0, learned_ = 0;

    // Of the point under way: not part of the state.
    mutable std::vector<float> usual_, inputs_, outputs_;
    mutable std::vector<std::size_t> places_;
    mutable std::vector<float> group_errors_;
};

}  // namespace vedette::learn
