// SPDX-License-Identifier: Apache-2.0
#include "learn/autoencoder/autoencoder_ensemble.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/check.h"

namespace vedette::learn {

namespace {

constexpr double kLargest = 1e30;
constexpr double kFarSpreads = 4;

/// A value in spreads, in (0, 1): 1/2 is the mean, 3/4 is four spreads above.
float squashed(double spreads) {
    return static_cast<float>(0.5 + 0.5 * spreads / (kFarSpreads + std::abs(spreads)));
}

}  // namespace

double AutoencoderEnsemble::Usual::spread() const { return std::sqrt(variance); }

void AutoencoderEnsemble::Usual::add(double value, double share) {
    const double off = value - mean;
    mean += share * off;
    variance = (1 - share) * (variance + share * off * off);
}

AutoencoderEnsemble::AutoencoderEnsemble(EnsembleSettings settings)
    : settings_(settings),
      map_(settings.dimensions),
      random_(settings.seed),
      features_(settings.dimensions),
      residuals_(settings.dimensions),
      spreads_(settings.dimensions),
      per_spread_(settings.dimensions),
      usual_(settings.dimensions) {
    VD_CHECK(settings.dimensions >= 1 && settings.dimensions <= 256 && settings.inputs_max >= 1 &&
             settings.inputs_max <= 256 && settings.hidden_share > 0 &&
             settings.hidden_share <= 1 && settings.rate > 0 && settings.rate <= 1 &&
             settings.warm_up >= 2 && settings.gate_spreads > 0 && settings.memory_points >= 1);
}

void AutoencoderEnsemble::teach_feature(std::size_t i, double value, double share) {
    features_[i].add(value, share);
    spreads_[i] = features_[i].spread();
    per_spread_[i] = spreads_[i] > 0 ? 1 / spreads_[i] : 0;
}

/// The newest point's share of a mean.
double AutoencoderEnsemble::share() const {
    return std::max(1 / (static_cast<double>(seen_) + 1), 1 / settings_.memory_points);
}

/// Above this a point is not learned from.
double AutoencoderEnsemble::gate() const {
    if (seen_ < 2 * settings_.warm_up) return kLargest;
    return scores_.mean + settings_.gate_spreads * scores_.spread();
}

/// The point in units of its features' spreads.
void AutoencoderEnsemble::lay_out(std::span<const float> point) const {
    VD_CHECK(point.size() == settings_.dimensions);
    for (std::size_t i = 0; i < point.size(); ++i) {
        const double value = std::clamp(static_cast<double>(point[i]), -kLargest, kLargest);
        const double off = value - features_[i].mean;
        // A feature that never varied is far off as soon as it does.
        usual_[i] = spreads_[i] > 0 ? squashed(off * per_spread_[i])
                    : off == 0      ? 0.5F
                                    : (off > 0 ? 1.0F : 0.0F);
    }
}

void AutoencoderEnsemble::make_nets() {
    nets_.clear();
    places_.clear();
    std::size_t place = 0;
    const auto add = [&](std::size_t inputs) {
        const auto hidden = static_cast<std::size_t>(
            std::ceil(static_cast<double>(inputs) * settings_.hidden_share));
        nets_.emplace_back(inputs, hidden, random_);
        places_.push_back(place);
        place += nets_.back().stride();
    };
    for (const auto& group : groups_) add(group.size());
    add(groups_.size());
    errors_.assign(groups_.size(), {});
    group_errors_.assign(groups_.size(), 0);
    inputs_.assign(place, 0);
    outputs_.assign(place, 0);
}

/// All networks over the point laid out; the last one's error.
double AutoencoderEnsemble::run() const {
    float* const above = &inputs_[places_.back()];
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        float* const input = &inputs_[places_[g]];
        for (std::size_t i = 0; i < groups_[g].size(); ++i) input[i] = usual_[groups_[g][i]];
        group_errors_[g] = nets_[g].reconstruct(input, &outputs_[places_[g]]);
        const double spread = errors_[g].spread();
        const double off = static_cast<double>(group_errors_[g]) - errors_[g].mean;
        above[g] = squashed(off / (spread + 1e-6));
    }
    return nets_.back().reconstruct(above, &outputs_[places_.back()]);
}

double AutoencoderEnsemble::score(std::span<const float> point) const {
    if (!is_ready()) return 0;
    lay_out(point);
    return run();
}

AutoencoderEnsemble::Score AutoencoderEnsemble::explain(std::span<const float> point) const {
    Score out;
    out.parts.assign(settings_.dimensions, 0);
    if (!is_ready()) return out;
    lay_out(point);
    out.value = run();
    out.was_learned = out.value <= gate();
    std::vector<double> excess(settings_.dimensions);
    double sum = 0;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        for (std::size_t i = 0; i < groups_[g].size(); ++i) {
            const std::size_t at = places_[g] + i;
            const Usual& own = residuals_[groups_[g][i]];
            const double error = std::abs(static_cast<double>(outputs_[at] - inputs_[at]));
            const double above = std::max((error - own.mean) / (own.spread() + 1e-6), 0.0);
            excess[groups_[g][i]] = above * above;
            sum += above * above;
        }
    }
    for (std::size_t i = 0; i < excess.size(); ++i) {
        const double part = sum > 0 ? excess[i] / sum : 1 / static_cast<double>(excess.size());
        out.parts[i] = static_cast<float>(out.value * part);
    }
    return out;
}

void AutoencoderEnsemble::learn_all(double rate, double share) {
    for (std::size_t n = 0; n < nets_.size(); ++n) {
        nets_[n].learn(&inputs_[places_[n]], &outputs_[places_[n]], static_cast<float>(rate));
    }
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        errors_[g].add(group_errors_[g], share);
        for (std::size_t i = 0; i < groups_[g].size(); ++i) {
            const std::size_t at = places_[g] + i;
            residuals_[groups_[g][i]].add(std::abs(outputs_[at] - inputs_[at]), share);
        }
    }
}

double AutoencoderEnsemble::observe(std::span<const float> point, double risk_01) {
    lay_out(point);
    const double trust = 1 - std::clamp(risk_01, 0.0, 1.0);
    const double value = is_ready() ? run() : 0;
    const bool is_usual = value <= gate();
    const double moved = share() * trust;
    if (is_ready() && trust > 0) {
        scores_.add(std::min(value, gate()), moved);
        if (is_usual) {
            learn_all(settings_.rate * trust, moved);
            ++learned_;
        }
    }
    for (std::size_t i = 0; is_usual && i < point.size(); ++i) {
        const double value_in = std::clamp(static_cast<double>(point[i]), -kLargest, kLargest);
        const double reach = kFarSpreads * spreads_[i];
        const double mean = features_[i].mean;
        const bool is_free = seen_ < settings_.warm_up || !(reach > 0);
        teach_feature(i, is_free ? value_in : std::clamp(value_in, mean - reach, mean + reach),
                      moved);
    }
    ++seen_;
    if (seen_ > settings_.warm_up) return value;
    map_.add(usual_);
    if (seen_ == settings_.warm_up) {
        groups_ = map_.groups(settings_.inputs_max);
        map_.clear();
        make_nets();
    }
    return value;
}

std::size_t AutoencoderEnsemble::memory_bytes() const {
    std::size_t bytes = sizeof(*this) + map_.memory_bytes() + usual_.size() * sizeof(float) +
                        (features_.size() + residuals_.size() + errors_.size()) * sizeof(Usual) +
                        (spreads_.size() + per_spread_.size()) * sizeof(double) +
                        (inputs_.size() + outputs_.size() + group_errors_.size()) * sizeof(float);
    for (const auto& group : groups_) bytes += sizeof(group) + group.size() * sizeof(group[0]);
    for (const SmallAutoencoder& net : nets_) bytes += net.memory_bytes() + sizeof(std::size_t);
    return bytes;
}

void AutoencoderEnsemble::save(StateWriter& out) const {
    out.varint(settings_.dimensions);
    out.varint(settings_.inputs_max);
    out.varint(settings_.warm_up);
    out.integer(settings_.seed);
    for (const double setting : {settings_.hidden_share, settings_.rate, settings_.gate_spreads,
                                 settings_.memory_points}) {
        out.real(setting);
    }
    out.varint(seen_);
    out.varint(learned_);
    for (const std::uint64_t word : random_.words()) out.integer(word);
    const auto put = [&](const Usual& usual) {
        out.real(usual.mean);
        out.real(usual.variance);
    };
    for (const Usual& usual : features_) put(usual);
    if (!is_ready()) {
        map_.save(out);
        return;
    }
    for (const Usual& usual : residuals_) put(usual);
    put(scores_);
    out.varint(groups_.size());
    for (const auto& group : groups_) {
        out.varint(group.size());
        for (const std::uint32_t feature : group) out.varint(feature);
    }
    for (const Usual& usual : errors_) put(usual);
    for (const SmallAutoencoder& net : nets_) net.save(out);
}

base::Result<void> AutoencoderEnsemble::restore(StateReader& in) {
    *this = AutoencoderEnsemble(settings_);
    const bool is_same =
        in.varint() == settings_.dimensions && in.varint() == settings_.inputs_max &&
        in.varint() == settings_.warm_up && in.integer<std::uint64_t>() == settings_.seed &&
        in.real64() == settings_.hidden_share && in.real64() == settings_.rate &&
        in.real64() == settings_.gate_spreads && in.real64() == settings_.memory_points;
    if (!is_same) return not_ours(kKind, "its settings are others");
    if (!restore_all(in)) {
        *this = AutoencoderEnsemble(settings_);
        return not_ours(kKind, "groups and networks do not fit");
    }
    auto sound = check_invariants();
    if (!sound) *this = AutoencoderEnsemble(settings_);
    return sound;
}

bool AutoencoderEnsemble::restore_all(StateReader& in) {
    seen_ = in.varint();
    learned_ = in.varint();
    std::array<std::uint64_t, 4> words{};
    for (std::uint64_t& word : words) word = in.integer<std::uint64_t>();
    const auto take = [&](Usual& usual) {
        usual.mean = in.real64();
        usual.variance = in.real64();
    };
    for (std::size_t i = 0; i < features_.size(); ++i) {
        take(features_[i]);
        spreads_[i] = features_[i].spread();
        per_spread_[i] = spreads_[i] > 0 ? 1 / spreads_[i] : 0;
    }
    if (seen_ < settings_.warm_up) {
        return map_.restore(in) && map_.count() == seen_ && random_.set_words(words);
    }
    for (Usual& usual : residuals_) take(usual);
    take(scores_);
    const std::uint64_t group_count = in.varint();
    std::vector<bool> is_taken(settings_.dimensions);
    std::size_t features = 0;
    for (std::uint64_t g = 0; g < group_count; ++g) {
        const std::uint64_t size = in.varint();
        if (size == 0 || size > settings_.inputs_max || !in.has_room_for(size, 1)) return false;
        groups_.emplace_back();
        for (std::uint64_t i = 0; i < size; ++i) {
            const std::uint64_t feature = in.varint();
            if (feature >= settings_.dimensions || is_taken[feature]) return false;
            is_taken[feature] = true;
            groups_.back().push_back(static_cast<std::uint32_t>(feature));
            ++features;
        }
    }
    if (features != settings_.dimensions || !in.is_good()) return false;
    map_.clear();
    make_nets();
    for (Usual& usual : errors_) take(usual);
    for (SmallAutoencoder& net : nets_) {
        if (!net.restore(in)) return false;
    }
    return random_.set_words(words);
}

base::Result<void> AutoencoderEnsemble::check_invariants() const {
    const auto is_possible = [](const Usual& usual) {
        return std::abs(usual.mean) <= kLargest && usual.variance >= 0 &&
               usual.variance <= 8 * kLargest * kLargest;
    };
    bool fits = std::all_of(features_.begin(), features_.end(), is_possible) &&
                std::all_of(residuals_.begin(), residuals_.end(), is_possible) &&
                std::all_of(errors_.begin(), errors_.end(), is_possible) && is_possible(scores_);
    if (!fits) return not_ours(kKind, "a mean or spread that cannot be");
    if (is_ready() != (seen_ >= settings_.warm_up)) return not_ours(kKind, "networks too early");
    for (const SmallAutoencoder& net : nets_) {
        if (!net.is_sound()) return not_ours(kKind, "a weight that cannot be");
    }
    return {};
}

}  // namespace vedette::learn
