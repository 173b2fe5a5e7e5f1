// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <vector>

#include "base/counters.h"
#include "bench/process_info.h"
#include "bench/soak.h"
#include "bench/soak_crowd.h"
#include "bench/usual_path.h"

namespace vedette::bench {

namespace {

constexpr std::size_t kSoakBatch = 2'000;
constexpr std::uint64_t kSoakSamples = 20;
constexpr std::int64_t kSoakDays = 60;
/// What the process needs beside the store: its code, the fields' sketches, a batch.
constexpr std::uint64_t kSoakBesideBytes = 64u << 20;

/// An entity has levels and some values of its own.
void make_event(SoakCrowd& crowd, UsualPath::Event& event) {
    event.entity = crowd.next();
    learn::Random& random = crowd.random();
    const std::uint64_t own = learn::mix_bits(event.entity);
    const double level = 5 + static_cast<double>(own % 64) / 8;
    for (double& number : event.numbers) number = level + random.exponential();
    for (std::uint32_t& value : event.values) {
        const std::uint32_t pick = random.below(1 + random.below(12));
        value = random.below(50) == 0 ? random.below(20'000)
                                      : static_cast<std::uint32_t>(own % 10'000) + pick;
    }
}

}  // namespace

int soak_usual_path(const SoakOptions& options) {
    const std::uint64_t budget_bytes =
        options.cap_bytes - std::min(kSoakBesideBytes, options.cap_bytes / 2);
    const auto path = std::make_unique<UsualPath>(budget_bytes, 3);
    SoakCrowd crowd(options.entities, options.events, 1);
    std::vector<UsualPath::Event> events(kSoakBatch);
    const std::int64_t gap_ns =
        kSoakDays * base::kNsPerDay / static_cast<std::int64_t>(options.events);
    base::Timestamp time{1'764'000'000ll * base::kNsPerSecond};
    std::uint64_t cpu_ns = 0, done = 0, next_sample = 0;
    double used = 0;
    SoakCurve curve;
    reset_peak_memory();
    fmt::print("{{\"suite\":\"soak\",\"of\":\"usual path\",{},\"curve\":[", machine_json());
    while (done < options.events) {
        for (UsualPath::Event& event : events) make_event(crowd, event);
        const std::uint64_t begin = base::thread_cpu_ns();
        path->learn_peers(events.front(), time);
        used += path->observe(events, time, gap_ns);
        cpu_ns += base::thread_cpu_ns() - begin;
        time.unix_ns += gap_ns * static_cast<std::int64_t>(kSoakBatch);
        done += kSoakBatch;
        if (done < next_sample && done < options.events) continue;
        const auto& counts = path->store().counts();
        curve.add(done, path->memory_bytes(), counts.evicted + counts.refused);
        next_sample += options.events / kSoakSamples;
    }
    const auto& store = path->store();
    fmt::print(
        "],\n\"events\":{},\"entities_at_a_time\":{},\"profile_bytes\":{},\"places\":{},"
        "\"bytes_a_place\":{:.0f},\"bytes_an_entity\":{:.0f},\n"
        "\"evicted\":{},\"refused\":{},\"events_without_place\":{:.4f},"
        "\"events_per_second\":{:.0f},\"evidence\":{:.1f}{}}}\n",
        done, options.entities, sizeof(UsualPath::Profile), store.warm_count(),
        static_cast<double>(store.memory_bytes()) / static_cast<double>(store.warm_count() + 1),
        static_cast<double>(store.memory_bytes()) / static_cast<double>(options.entities),
        store.counts().evicted, store.counts().refused,
        static_cast<double>(path->without_place()) / static_cast<double>(done),
        static_cast<double>(done) * 1e9 / static_cast<double>(cpu_ns), used,
        curve.json(options.cap_bytes));
    return 0;
}

}  // namespace vedette::bench
