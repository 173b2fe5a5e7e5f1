// SPDX-License-Identifier: Apache-2.0
#include "learn/autoencoder/small_autoencoder.h"

#include <algorithm>
#include <cmath>

#include "learn/lanes.h"

namespace vedette::learn {

namespace {

constexpr float kWeightMax = 1e4F;

Lanes magnitude(Lanes x) { return max_lanes(x, -x); }
Lanes activation(Lanes x) { return 0.5F + 0.5F * (x / (1.0F + magnitude(x))); }
Lanes slope(Lanes x) {
    const Lanes inverse = 1.0F / (1.0F + magnitude(x));
    return 0.5F * inverse * inverse;
}

}  // namespace

SmallAutoencoder::SmallAutoencoder(std::size_t inputs, std::size_t hidden, Random& random)
    : inputs_(inputs),
      hidden_(hidden),
      stride_(padded(inputs)),
      hidden_stride_(padded(hidden)),
      weights_(hidden * stride_),
      hidden_bias_(hidden_stride_),
      output_bias_(stride_),
      hidden_sum_(hidden_stride_),
      hidden_out_(hidden_stride_),
      hidden_slope_(hidden_stride_),
      output_sum_(stride_),
      delta_(stride_) {
    const double range = 1.0 / static_cast<double>(inputs);
    for (std::size_t h = 0; h < hidden_; ++h) {
        for (std::size_t i = 0; i < inputs_; ++i) {
            weights_[h * stride_ + i] = static_cast<float>((2 * random.unit() - 1) * range);
        }
    }
}

float SmallAutoencoder::reconstruct(const float* input, float* output) {
    for (std::size_t h = 0; h < hidden_; ++h) {
        const float* const row = &weights_[h * stride_];
        Lanes sum{};
        for (std::size_t i = 0; i < stride_; i += kLanes) {
            sum += load_lanes(row + i) * load_lanes(input + i);
        }
        hidden_sum_[h] = hidden_bias_[h] + sum_lanes(sum);
    }
    for (std::size_t h = 0; h < hidden_stride_; h += kLanes) {
        const Lanes sums = load_lanes(&hidden_sum_[h]);
        store_lanes(&hidden_out_[h], activation(sums));
        store_lanes(&hidden_slope_[h], slope(sums));
    }
    Lanes squares{};
    for (std::size_t i = 0; i < stride_; i += kLanes) {
        Lanes sum = load_lanes(&output_bias_[i]);
        for (std::size_t h = 0; h < hidden_; ++h) {
            sum += hidden_out_[h] * load_lanes(&weights_[h * stride_ + i]);
        }
        store_lanes(&output_sum_[i], sum);
        store_lanes(output + i, activation(sum));
    }
    // What stands behind the inputs is no output.
    for (std::size_t i = inputs_; i < stride_; ++i) output[i] = input[i];
    for (std::size_t i = 0; i < stride_; i += kLanes) {
        const Lanes off = load_lanes(output + i) - load_lanes(input + i);
        squares += off * off;
    }
    return std::sqrt(sum_lanes(squares) / static_cast<float>(inputs_));
}

void SmallAutoencoder::learn(const float* input, const float* output, float rate) {
    for (std::size_t i = 0; i < stride_; i += kLanes) {
        const Lanes off = load_lanes(output + i) - load_lanes(input + i);
        store_lanes(&delta_[i], off * slope(load_lanes(&output_sum_[i])));
    }
    for (std::size_t h = 0; h < hidden_; ++h) {
        float* const row = &weights_[h * stride_];
        Lanes back{};
        for (std::size_t i = 0; i < stride_; i += kLanes) {
            back += load_lanes(row + i) * load_lanes(&delta_[i]);
        }
        const float hidden_delta = sum_lanes(back) * hidden_slope_[h];
        for (std::size_t i = 0; i < stride_; i += kLanes) {
            // Tied: what the weight does as an output's and as a hidden unit's.
            const Lanes gradient =
                hidden_out_[h] * load_lanes(&delta_[i]) + hidden_delta * load_lanes(input + i);
            const Lanes moved = load_lanes(row + i) - rate * gradient;
            const Lanes bound = kWeightMax + Lanes{};
            store_lanes(row + i, max_lanes(min_lanes(moved, bound), -bound));
        }
        hidden_bias_[h] =
            std::clamp(hidden_bias_[h] - rate * hidden_delta, -kWeightMax, kWeightMax);
    }
    for (std::size_t i = 0; i < inputs_; ++i) {
        output_bias_[i] = std::clamp(output_bias_[i] - rate * delta_[i], -kWeightMax, kWeightMax);
    }
}

void SmallAutoencoder::save(StateWriter& out) const {
    for (std::size_t h = 0; h < hidden_; ++h) {
        for (std::size_t i = 0; i < inputs_; ++i) out.real(weights_[h * stride_ + i]);
        out.real(hidden_bias_[h]);
    }
    for (std::size_t i = 0; i < inputs_; ++i) out.real(output_bias_[i]);
}

bool SmallAutoencoder::restore(StateReader& in) {
    for (std::size_t h = 0; h < hidden_; ++h) {
        for (std::size_t i = 0; i < inputs_; ++i) weights_[h * stride_ + i] = in.real32();
        hidden_bias_[h] = in.real32();
    }
    for (std::size_t i = 0; i < inputs_; ++i) output_bias_[i] = in.real32();
    return in.is_good();
}

bool SmallAutoencoder::is_sound() const {
    const auto fits = [](float value) { return std::abs(value) <= kWeightMax; };
    return std::all_of(weights_.begin(), weights_.end(), fits) &&
           std::all_of(hidden_bias_.begin(), hidden_bias_.end(), fits) &&
           std::all_of(output_bias_.begin(), output_bias_.end(), fits);
}

std::size_t SmallAutoencoder::memory_bytes() const {
    return sizeof(*this) + (weights_.size() + 4 * hidden_stride_ + 3 * stride_) * sizeof(float);
}

}  // namespace vedette::learn
