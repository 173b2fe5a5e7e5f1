// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "learn/random.h"
#include "learn/state.h"

namespace vedette::learn {

/// A network of one hidden layer that learns to give back its inputs, by gradient descent one point
/// at a time. Weights of both layers are the same (tied). Inputs and outputs lie in [0, 1].
/// The activation is 1/2 + x / (2 (1 + |x|)): like the usual sigmoid, but made of + - * / only, so
/// that its bits are the same on every machine. Sums go by four lanes in a fixed order.
class SmallAutoencoder {
  public:
    /// `hidden` at least 1. Weights begin random within 1 / inputs.
    SmallAutoencoder(std::size_t inputs, std::size_t hidden, Random& random);

    std::size_t inputs() const { return inputs_; }
    std::size_t hidden() const { return hidden_; }
    /// Numbers of a buffer of inputs: padded(inputs()), the rest zero.
    std::size_t stride() const { return stride_; }

    /// `output` gets what it makes of `input`; both of stride() numbers. The root of the mean
    /// squared difference.
    float reconstruct(const float* input, float* output);
    /// One step of descent for what reconstruct() was called with last.
    void learn(const float* input, const float* output, float rate);

    void save(StateWriter& out) const;
    bool restore(StateReader& in);
    bool is_sound() const;
    std::size_t memory_bytes() const;

  private:
    std::size_t inputs_, hidden_, stride_, hidden_stride_;
    std::vector<float> weights_;  // a row a hidden unit, `stride_` long
    std::vector<float> hidden_bias_, output_bias_;
    // Of the last reconstruct(): not part of the state.
    std::vector<float> hidden_sum_, hidden_out_, hidden_slope_, output_sum_, delta_;
};

}  // namespace vedette::learn
