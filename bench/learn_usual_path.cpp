// SPDX-License-Identifier: Apache-2.0
// An event with ten features, five numbers and five values: the entity's place, for each feature
// what is expected or how new it is, p by the calibrator of its detector, the monitor of that, then
// evidence of all together and the entity's running evidence. Everything learns.

#include <array>
#include <cmath>
#include <memory>
#include <span>
#include <vector>

#include "bench/learn_report.h"
#include "learn/calibrator/calibrator.h"
#include "learn/calibrator/uniformity.h"
#include "learn/evidence/running_evidence.h"
#include "learn/keyed_store/keyed_store.h"
#include "learn/moments/seasonal_moments.h"
#include "learn/novelty/novelty.h"

namespace vedette::bench {

namespace {

using namespace learn;

constexpr std::size_t kNumbers = 5, kValues = 5, kFeatures = kNumbers + kValues;
constexpr std::uint64_t kEvents = 200'000;
constexpr std::uint32_t kEntities = 20'000, kPeerGroups = 20;
constexpr std::int64_t kGapNs = 2'000'000;  // five hundred events a second, all of one company

struct Profile {
    std::array<SeasonalMoments, kNumbers> numbers;
    std::array<NoveltyProfile, kValues> values;
    RunningEvidence evidence;

    void save(StateWriter& out) const { evidence.save(out); }
    base::Result<void> restore(StateReader& in) { return evidence.restore(in); }
    base::Result<void> check_invariants() const { return evidence.check_invariants(); }
};

/// All have places of one size here.
struct Large {
    Profile profile;
    Large() = default;
    explicit Large(const Profile& small) : profile(small) {}
    Profile warm() const { return profile; }
    void save(StateWriter& out) const { profile.save(out); }
    base::Result<void> restore(StateReader& in) { return profile.restore(in); }
    base::Result<void> check_invariants() const { return profile.check_invariants(); }
};

struct Event {
    std::uint32_t entity;
    std::array<double, kNumbers> numbers;
    std::array<std::uint32_t, kValues> values;
};

std::vector<Event> make_events() {
    Random random(2);
    std::vector<Event> out(kEvents);
    for (Event& event : out) {
        // Half the events are those of a tenth of the entities.
        event.entity = random.below(random.below(2) == 0 ? kEntities / 10 : kEntities);
        for (double& number : event.numbers) number = 5 + random.exponential();
        for (std::uint32_t& value : event.values) value = random.below(1 + random.below(200));
    }
    return out;
}

class UsualPath {
  public:
    UsualPath() : store_({.budget_bytes = 256u << 20, .warm_from = 1, .hot_from = 1e18}) {}

    /// Events of a batch one after the other, from `time` on. The memory of those that come is
    /// asked for while the first are looked at.
    double observe(std::span<const Event> events, base::Timestamp time) {
        double sum = 0;
        for (std::size_t i = 0; i < events.size() + 2 * kAhead; ++i) {
            if (i < events.size()) store_.prefetch_place(mix_bits(events[i].entity));
            if (i >= kAhead && i - kAhead < events.size()) prepare(events[i - kAhead], i - kAhead);
            if (i < 2 * kAhead) continue;
            sum += observe(events[i - 2 * kAhead], ahead_[i % kSlots], time);
            time.unix_ns += kGapNs;
        }
        return sum;
    }
    void prepare(const Event& event, std::size_t i) {
        store_.prefetch_data(mix_bits(event.entity));
        for (std::size_t f = 0; f < kValues; ++f) {
            ahead_[i % kSlots][f] =
                fields_[f].look_up(event.entity, event.entity % kPeerGroups, event.values[f]);
        }
    }
    double observe(const Event& event, std::span<const NoveltyField::Places> places,
                   base::Timestamp time) {
        Profile& profile = *store_.touch(mix_bits(event.entity), time).warm;
        std::array<EvidencePart, kFeatures> parts;
        for (std::size_t f = 0; f < kNumbers; ++f) {
            const double value = event.numbers[f];
            const Expectation usual =
                profile.numbers[f].meet(time, value, 0, 0.1, &peers_[f], decay_).expected;
            const double away =
                usual.weight > 0 ? std::abs(value - usual.value) / usual.deviation : 0;
            parts[f] = judge(f, away, event.entity, time);
        }
        for (std::size_t f = 0; f < kValues; ++f) {
            const Novelty found = fields_[f].observe(profile.values[f], places[f], time);
            parts[kNumbers + f] = judge(kNumbers + f, found.bits, event.entity, time);
        }
        return profile.evidence.add(time, 1, combined_bits(parts), {}).after;
    }
    std::size_t warm_count() const { return store_.warm_count(); }
    void learn_peers(const Event& event, base::Timestamp time) {
        for (std::size_t f = 0; f < kNumbers; ++f) peers_[f].update(time, event.numbers[f], 0, 0.1);
    }

  private:
    static constexpr std::size_t kAhead = 4, kSlots = 2 * kAhead;

    EvidencePart judge(std::size_t feature, double score, std::uint32_t entity,
                       base::Timestamp time) {
        const double tie =
            unit_of_bits(pair_key(entity, static_cast<std::uint64_t>(time.unix_ns) + feature));
        const Calibrated found = calibrators_[feature].ask(score, tie, nullptr);
        const double health = monitors_[feature].health();
        monitors_[feature].record(time, found.p);
        calibrators_[feature].insert(time, score);
        return {found.p, health, 1};
    }

    KeyedStore<Profile, Large> store_;
    std::array<NoveltyField, kValues> fields_;
    std::array<SeasonalMoments, kNumbers> peers_;
    DecayBetween decay_;
    std::array<std::array<NoveltyField::Places, kValues>, kSlots> ahead_;
    std::array<Calibrator, kFeatures> calibrators_;
    std::array<Uniformity, kFeatures> monitors_;
};

}  // namespace

double measure_usual_path(LearnReport& report) {
    const std::vector<Event> events = make_events();
    const auto path = std::make_unique<UsualPath>();
    std::int64_t now_ns = 1'764'000'000ll * base::kNsPerSecond;
    for (std::size_t i = 0; i < 10'000; ++i) {
        path->learn_peers(events[i], {now_ns += base::kNsPerSecond});
    }
    return report.measure("usual path, an event with ten features", sizeof(Profile), kEvents, [&] {
        constexpr std::size_t kBatch = 2'000;
        for (std::size_t i = 0; i < events.size(); i += kBatch) {
            report.use(path->observe(std::span(events).subspan(i, kBatch), {now_ns}));
            now_ns += kGapNs * static_cast<std::int64_t>(kBatch);
        }
    });
}

}  // namespace vedette::bench
