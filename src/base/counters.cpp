// SPDX-License-Identifier: Apache-2.0
#include "base/counters.h"

#include <ctime>

namespace vedette::base {

StageCounters& CounterRegistry::stage(std::string_view name) {
    const std::lock_guard lock(mutex_);
    const auto found = stages_.find(name);
    if (found != stages_.end()) return found->second;
    return stages_.try_emplace(std::string(name)).first->second;
}

std::atomic<std::uint64_t>& CounterRegistry::number(std::string_view metric,
                                                    std::string_view labels) {
    const std::lock_guard lock(mutex_);
    return numbers_.try_emplace({std::string(metric), std::string(labels)}).first->second;
}

namespace {

void type_line(std::string& out, std::string_view metric) {
    out += "# TYPE ";
    out += metric;
    out += metric.ends_with("_total") ? " counter\n" : " gauge\n";
}

}  // namespace

std::string CounterRegistry::prometheus() const {
    using Member = std::atomic<std::uint64_t> StageCounters::*;
    struct Metric {
        std::string_view name;
        Member member;
    };
    static constexpr Metric kMetrics[] = {
        {"vedette_stage_received_total", &StageCounters::received},
        {"vedette_stage_sent_total", &StageCounters::sent},
        {"vedette_stage_bytes_total", &StageCounters::bytes},
        {"vedette_stage_cpu_nanoseconds_total", &StageCounters::cpu_ns},
        {"vedette_stage_errors_total", &StageCounters::errors},
        {"vedette_stage_dropped_total", &StageCounters::dropped},
        {"vedette_stage_queue_depth", &StageCounters::queue_depth},
    };
    const std::lock_guard lock(mutex_);
    std::string out;
    for (const Metric& metric : kMetrics) {
        type_line(out, metric.name);
        for (const auto& [name, counters] : stages_) {
            out += std::string(metric.name) + "{stage=\"" + name + "\"} " +
                   std::to_string((counters.*metric.member).load()) + "\n";
        }
    }
    std::string_view last;
    for (const auto& [key, value] : numbers_) {
        if (key.first != last) type_line(out, key.first);
        last = key.first;
        out += key.first + (key.second.empty() ? "" : "{" + key.second + "}") + " " +
               std::to_string(value.load()) + "\n";
    }
    return out;
}

std::uint64_t thread_cpu_ns() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace vedette::base
