// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::base {

/// What every stage tells of itself, the same names everywhere (received, sent, dropped, errors,
/// bytes, busy time), so that the sum over stages can be held against the budget.
/// Threads: every member may be touched from any thread; reads are not a snapshot.
struct StageCounters {
    std::atomic<std::uint64_t> received{0};     ///< rows or records that came in
    std::atomic<std::uint64_t> sent{0};         ///< rows or records that went on
    std::atomic<std::uint64_t> bytes{0};        ///< payload bytes that came in
    std::atomic<std::uint64_t> cpu_ns{0};       ///< CPU time of the stage's own thread
    std::atomic<std::uint64_t> errors{0};       ///< failed operations
    std::atomic<std::uint64_t> queue_depth{0};  ///< items waiting in front of the stage
    std::atomic<std::uint64_t> dropped{0};      ///< not passed on, on purpose or not; see reasons
};

/// All counters of one process, printed for Prometheus.
/// Owns: the counters; references stay good as long as the registry lives.
class CounterRegistry {
  public:
    /// The counters of a stage, made on first use. Label, e.g. source="files".
    StageCounters& stage(std::string_view name);

    /// A single number with a full metric name and labels in Prometheus form,
    /// e.g. ("vedette_dropped_total", "stage=\"parse\",reason=\"too_long\"").
    std::atomic<std::uint64_t>& number(std::string_view metric, std::string_view labels = {});

    /// Text exposition format 0.0.4. Names ending in _total are counters, others gauges.
    std::string prometheus() const;

  private:
    mutable std::mutex mutex_;
    std::map<std::string, StageCounters, std::less<>> stages_;
    std::map<std::pair<std::string, std::string>, std::atomic<std::uint64_t>> numbers_;
};

/// CPU time the calling thread has used so far. Units: nanoseconds.
std::uint64_t thread_cpu_ns();

}  // namespace vedette::base
