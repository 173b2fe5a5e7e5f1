// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "learn/random.h"

namespace vedette::learn {

/// One hidden layer with tied weights in double, loops and the chain rule as in a textbook.
class PlainAutoencoder {
  public:
    PlainAutoencoder(std::size_t inputs, std::size_t hidden, Random& random)
        : weights_(hidden, std::vector<double>(inputs)),
          hidden_bias_(hidden),
          output_bias_(inputs) {
        for (auto& row : weights_) {
            for (double& weight : row)
                weight = (2 * random.unit() - 1) / static_cast<double>(inputs);
        }
    }
    std::vector<double> reconstruct(const std::vector<double>& input) {
        hidden_sum_.clear();
        output_sum_.clear();
        for (std::size_t h = 0; h < weights_.size(); ++h) {
            double sum = hidden_bias_[h];
            for (std::size_t i = 0; i < input.size(); ++i) sum += weights_[h][i] * input[i];
            hidden_sum_.push_back(sum);
        }
        std::vector<double> output;
        for (std::size_t i = 0; i < input.size(); ++i) {
            double sum = output_bias_[i];
            for (std::size_t h = 0; h < weights_.size(); ++h) {
                sum += weights_[h][i] * activation(hidden_sum_[h]);
            }
            output_sum_.push_back(sum);
            output.push_back(activation(sum));
        }
        return output;
    }
    void learn(const std::vector<double>& input, const std::vector<double>& output, double rate) {
        std::vector<double> delta, hidden_delta;
        for (std::size_t i = 0; i < input.size(); ++i) {
            delta.push_back((output[i] - input[i]) * slope(output_sum_[i]));
        }
        for (std::size_t h = 0; h < weights_.size(); ++h) {
            double sum = 0;
            for (std::size_t i = 0; i < input.size(); ++i) sum += weights_[h][i] * delta[i];
            hidden_delta.push_back(sum * slope(hidden_sum_[h]));
        }
        for (std::size_t h = 0; h < weights_.size(); ++h) {
            for (std::size_t i = 0; i < input.size(); ++i) {
                weights_[h][i] -=
                    rate * (delta[i] * activation(hidden_sum_[h]) + hidden_delta[h] * input[i]);
            }
            hidden_bias_[h] -= rate * hidden_delta[h];
        }
        for (std::size_t i = 0; i < input.size(); ++i) output_bias_[i] -= rate * delta[i];
    }

  private:
    static double activation(double x) { return 0.5 + x / (2 * (1 + std::abs(x))); }
    static double slope(double x) { return 1 / (2 * std::pow(1 + std::abs(x), 2)); }

    std::vector<std::vector<double>> weights_;
    std::vector<double> hidden_bias_, output_bias_, hidden_sum_, output_sum_;
};

}  // namespace vedette::learn
