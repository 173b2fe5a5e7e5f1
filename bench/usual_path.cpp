// SPDX-License-Identifier: Apache-2.0
#include "bench/usual_path.h"

#include <cmath>

namespace vedette::bench {

double UsualPath::observe(std::span<const Event> events, base::Timestamp time,
                          std::int64_t gap_ns) {
    double sum = 0;
    for (std::size_t i = 0; i < events.size() + 2 * kAhead; ++i) {
        if (i < events.size()) store_.prefetch_place(learn::mix_bits(events[i].entity));
        if (i >= kAhead && i - kAhead < events.size()) prepare(events[i - kAhead], i - kAhead);
        if (i < 2 * kAhead) continue;
        sum += observe(events[i - 2 * kAhead], ahead_[i % kSlots], time);
        time.unix_ns += gap_ns;
    }
    return sum;
}

void UsualPath::learn_peers(const Event& event, base::Timestamp time) {
    for (std::size_t f = 0; f < kNumbers; ++f) peers_[f].update(time, event.numbers[f], 0, 0.1);
}

std::size_t UsualPath::memory_bytes() const {
    std::size_t bytes = sizeof *this - sizeof store_ + store_.memory_bytes();
    for (const learn::NoveltyField& field : fields_) bytes += field.memory_bytes() - sizeof field;
    return bytes;
}

void UsualPath::prepare(const Event& event, std::size_t i) {
    store_.prefetch_data(learn::mix_bits(event.entity));
    for (std::size_t f = 0; f < kValues; ++f) {
        ahead_[i % kSlots][f] =
            fields_[f].look_up(event.entity, event.entity % kPeerGroups, event.values[f]);
    }
}

double UsualPath::observe(const Event& event, std::span<const learn::NoveltyField::Places> places,
                          base::Timestamp time) {
    Profile* known = store_.touch(learn::mix_bits(event.entity), time).warm;
    if (known == nullptr) {
        ++without_place_;
        passing_ = Profile();
        known = &passing_;
    }
    Profile& profile = *known;
    std::array<learn::EvidencePart, kFeatures> parts;
    for (std::size_t f = 0; f < kNumbers; ++f) {
        const double value = event.numbers[f];
        const learn::Expectation usual =
            profile.numbers[f].meet(time, value, 0, 0.1, &peers_[f], decay_).expected;
        const double away = usual.weight > 0 ? std::abs(value - usual.value) / usual.deviation : 0;
        parts[f] = judge(f, away, event.entity, time);
    }
    for (std::size_t f = 0; f < kValues; ++f) {
        const learn::Novelty found = fields_[f].observe(profile.values[f], places[f], time);
        parts[kNumbers + f] = judge(kNumbers + f, found.bits, event.entity, time);
    }
    return profile.evidence.add(time, 1, learn::combined_bits(parts), {}).after;
}

learn::EvidencePart UsualPath::judge(std::size_t feature, double score, std::uint64_t entity,
                                     base::Timestamp time) {
    const double tie = learn::unit_of_bits(
        learn::pair_key(entity, static_cast<std::uint64_t>(time.unix_ns) + feature));
    const learn::Calibrated found = calibrators_[feature].ask(score, tie, nullptr);
    const double health = monitors_[feature].health();
    monitors_[feature].record(time, found.p);
    calibrators_[feature].insert(time, score);
    return {found.p, health, 1};
}

}  // namespace vedette::bench
