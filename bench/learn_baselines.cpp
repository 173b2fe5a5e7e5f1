// SPDX-License-Identifier: Apache-2.0
// The primitives that every event passes, one at a time: first on one state that stays in the
// cache, then on a hundred thousand of them in random order.

#include <memory>
#include <unordered_map>

#include "bench/learn_report.h"
#include "learn/calibrator/calibrator.h"
#include "learn/calibrator/uniformity.h"
#include "learn/evidence/running_evidence.h"
#include "learn/keyed_store/keyed_store.h"
#include "learn/moments/seasonal_moments.h"
#include "learn/novelty/novelty.h"
#include "learn/series/series_signals.h"
#include "learn/sketch/count_min.h"
#include "learn/sketch/hyper_log_log.h"

namespace vedette::bench {

namespace {

using namespace learn;

constexpr std::uint64_t kUpdates = 1'000'000;
constexpr std::uint32_t kEntities = 100'000;
constexpr std::int64_t kStartNs = 1'764'000'000ll * base::kNsPerSecond;

/// Numbers made beforehand, so that making them is not measured.
struct Inputs {
    std::vector<double> values;
    std::vector<std::uint32_t> entities;
    std::vector<std::uint64_t> keys;
};

Inputs make_inputs() {
    Inputs out;
    Random random(1);
    for (std::uint64_t i = 0; i < kUpdates; ++i) {
        out.values.push_back(random.exponential() * 10);
        out.entities.push_back(random.below(kEntities));
        out.keys.push_back(random.below(1 + random.below(2'000)));
    }
    return out;
}

/// Ten thousand events a second.
base::Timestamp time_of(std::uint64_t i) {
    return {kStartNs + static_cast<std::int64_t>(i) * 100'000};
}

struct Warm {
    SeasonalMoments moments;
    char rest[512 - sizeof(SeasonalMoments)] = {};
    void save(StateWriter& out) const { moments.save(out); }
    base::Result<void> restore(StateReader& in) { return moments.restore(in); }
    base::Result<void> check_invariants() const { return moments.check_invariants(); }
};

struct Hot {
    Warm small;
    char rest[4'096 - sizeof(Warm)] = {};
    Hot() = default;
    explicit Hot(const Warm& warm) : small(warm) {}
    Warm warm() const { return small; }
    void save(StateWriter& out) const { small.save(out); }
    base::Result<void> restore(StateReader& in) { return small.restore(in); }
    base::Result<void> check_invariants() const { return small.check_invariants(); }
};

void measure_moments(LearnReport& report, const Inputs& in) {
    DecayedMoments one;
    report.measure("decayed moments", sizeof one, kUpdates, [&] {
        for (std::uint64_t i = 0; i < kUpdates; ++i) one.add(time_of(i), in.values[i]);
    });
    SeasonalMoments seasonal;
    report.measure("seasonal moments, one", sizeof seasonal, kUpdates, [&] {
        for (std::uint64_t i = 0; i < kUpdates; ++i) {
            report.use(seasonal.update(time_of(i), in.values[i], 0, 1).value);
        }
    });
    std::vector<SeasonalMoments> many(kEntities);
    report.measure("seasonal moments, many", sizeof seasonal, kUpdates, [&] {
        for (std::uint64_t i = 0; i < kUpdates; ++i) {
            report.use(many[in.entities[i]].update(time_of(i), in.values[i], 0, 1).value);
        }
    });
    SeriesSignals series;
    report.measure("series signals", sizeof series, kUpdates, [&] {
        for (std::uint64_t i = 0; i < kUpdates; ++i) {
            report.use(series.observe(time_of(i), in.values[i], 0, 1, nullptr).residual);
        }
    });
}

void measure_novelty(LearnReport& report, const Inputs& in) {
    HyperLogLog distinct;
    report.measure("HyperLogLog", sizeof distinct, kUpdates, [&] {
        for (std::uint64_t i = 0; i < kUpdates; ++i) distinct.add(mix_bits(i));
    });
    report.use(distinct.estimate());
    CountMin sketch;
    report.measure("count-min", sketch.memory_bytes(), kUpdates, [&] {
        for (std::uint64_t i = 0; i < kUpdates; ++i) sketch.add(time_of(i), in.keys[i]);
    });
    NoveltyField field;
    NoveltyProfile profile;
    report.measure("novelty, one", sizeof profile, kUpdates, [&] {
        for (std::uint64_t i = 0; i < kUpdates; ++i) {
            report.use(field.observe(profile, 1, 2, in.keys[i] % 12, time_of(i)).bits);
        }
    });
    std::vector<NoveltyProfile> many(kEntities);
    report.measure("novelty, many", sizeof profile, kUpdates, [&] {
        for (std::uint64_t i = 0; i < kUpdates; ++i) {
            const std::uint32_t entity = in.entities[i];
            report.use(
                field.observe(many[entity], entity, entity % 50, in.keys[i], time_of(i)).bits);
        }
    });
}

void measure_calibration(LearnReport& report, const Inputs& in) {
    Calibrator calibrator;
    report.measure("calibrator, ask and insert", sizeof calibrator, kUpdates, [&] {
        for (std::uint64_t i = 0; i < kUpdates; ++i) {
            report.use(calibrator.ask(in.values[i], 0.5, nullptr).p);
            calibrator.insert(time_of(i), in.values[i]);
        }
    });
    Uniformity monitor;
    report.measure("uniformity", sizeof monitor, kUpdates, [&] {
        for (std::uint64_t i = 0; i < kUpdates; ++i)
            monitor.record(time_of(i), 1 / (1 + in.values[i]));
    });
    std::array<EvidencePart, 10> parts{};
    for (std::size_t k = 0; k < parts.size(); ++k)
        parts[k] = {1.0 / static_cast<double>(k + 1), 1, 1};
    report.measure("evidence of ten", 0, kUpdates, [&] {
        for (std::uint64_t i = 0; i < kUpdates; ++i) {
            parts[i % 10].p = 1 / (1 + in.values[i]);
            report.use(combined_bits(parts));
        }
    });
    RunningEvidence running;
    report.measure("running evidence", sizeof running, kUpdates, [&] {
        for (std::uint64_t i = 0; i < kUpdates; ++i) {
            report.use(running.add(time_of(i), 1, in.values[i] - 12, {}).after);
        }
    });
}

void measure_store(LearnReport& report, const Inputs& in) {
    KeyedStore<Warm, Hot> store({.budget_bytes = 256u << 20, .warm_from = 1, .hot_from = 1e9});
    report.measure("keyed store, known", sizeof(Warm), kUpdates, [&] {
        for (std::uint64_t i = 0; i < kUpdates; ++i) {
            report.use(store.touch(mix_bits(in.entities[i]), time_of(i)).worth());
        }
    });
    KeyedStore<Warm, Hot> small({.budget_bytes = 16u << 20});
    std::uint64_t key = 0;
    report.measure("keyed store, flood", 16u << 20, kUpdates, [&] {
        for (std::uint64_t i = 0; i < kUpdates; ++i) {
            report.use(small.touch(mix_bits(++key), time_of(i)).worth());
        }
    });
}

}  // namespace

void measure_baselines(LearnReport& report) {
    const Inputs in = make_inputs();
    std::unordered_map<std::uint64_t, double> plain;
    report.measure("unordered_map, a count per key", 0, kUpdates, [&] {
        for (std::uint64_t i = 0; i < kUpdates; ++i) plain[mix_bits(in.entities[i])] += 1;
    });
    measure_moments(report, in);
    measure_novelty(report, in);
    measure_calibration(report, in);
    measure_store(report, in);
}

}  // namespace vedette::bench
