// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/counters.h"

namespace vedette::bench {

/// What `vedette-bench learn` measures: CPU nanoseconds an update, and bytes.
class LearnReport {
  public:
    struct Line {
        std::string name;
        double ns = 0;          ///< of the best of `repeat` passes
        std::size_t bytes = 0;  ///< of one primitive's state
    };

    explicit LearnReport(int repeat) : repeat_(repeat) {}

    /// `pass()` makes `updates` updates; the fastest pass counts.
    template <typename Pass>
    double measure(std::string name, std::size_t bytes, std::uint64_t updates, const Pass& pass) {
        double best = 0;
        for (int i = 0; i < repeat_; ++i) {
            const std::uint64_t begin = base::thread_cpu_ns();
            pass();
            const auto ns = static_cast<double>(base::thread_cpu_ns() - begin);
            const double each = ns / static_cast<double>(updates);
            best = i == 0 || each < best ? each : best;
        }
        lines_.push_back({std::move(name), best, bytes});
        return best;
    }
    const std::vector<Line>& lines() const { return lines_; }
    /// A figure that is no time.
    void tell(std::string name, double value) { told_.emplace_back(std::move(name), value); }
    const std::vector<std::pair<std::string, double>>& told() const { return told_; }
    /// Takes what was computed, so that it is computed.
    void use(double value) { used_ += value; }
    double used() const { return used_; }

  private:
    int repeat_;
    double used_ = 0;
    std::vector<Line> lines_;
    std::vector<std::pair<std::string, double>> told_;
};

// One per file `learn_<what>.cpp`: a line here, a line in learn_bench.cpp.
/// Moments, novelty, calibrators, evidence, keyed store; one primitive at a time.
void measure_baselines(LearnReport& report);
/// Forest, projections, bursts, autoencoders, sequences, graph, templates.
void measure_patterns(LearnReport& report);
/// Vector model, series that hang together.
void measure_models(LearnReport& report);
/// Of one event with ten features all that is usual. Nanoseconds an event.
double measure_usual_path(LearnReport& report);
/// Of one row of numbers all that is asked of it as a whole. Nanoseconds a row.
double measure_vector_path(LearnReport& report);

}  // namespace vedette::bench
