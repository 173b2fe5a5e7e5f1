// SPDX-License-Identifier: Apache-2.0
#include "learn/novelty/novelty.h"

#include <algorithm>
#include <cmath>

#include "learn/fixed_math.h"
#include "learn/random.h"

namespace vedette::learn {

namespace {

/// Of a half-life.
constexpr double kStep = 1.0 / 1'024;
constexpr double kDiscount = 0.5, kConcentration = 1;
/// Below this a value's count is that of other values in the same places of the sketch.
constexpr double kSeenMin = 0.5;
constexpr double kTotalMax = 1e15;

// Keys of the sketch: what is counted for a group, and its total. Beside the total lies how much
// was new.
constexpr std::uint64_t kEverybody = 0x6576'6572'7962'6F64ull;
constexpr std::uint64_t kTotalKey = 0x746F'7461'6C00'0001ull;

std::uint64_t peers_key(std::uint64_t peers, std::uint64_t what) { return pair_key(~peers, what); }
std::uint64_t self_key(std::uint64_t entity, std::uint32_t tag) {
    return pair_key(entity ^ 0x7365'6C66'7365'6C66ull, tag);
}
std::uint32_t tag_of(std::uint64_t value) { return static_cast<std::uint32_t>(mix_bits(value)); }

double level(double count, double total, double distinct, double above) {
    return (std::max(count - kDiscount, 0.0) + (kConcentration + kDiscount * distinct) * above) /
           (total + kConcentration);
}

}  // namespace

NoveltyField::NoveltyField(CountMin::Settings settings)
    : settings_(settings),
      half_lives_per_ns_(1 /
                         (settings.half_life_seconds * static_cast<double>(base::kNsPerSecond))),
      sketch_(settings),
      all_(sketch_.spot_of_hash(pair_key(kEverybody, kTotalKey))) {}

NoveltyField::Places NoveltyField::look_up(std::uint64_t entity, std::uint64_t peers,
                                           std::uint64_t value) const {
    Places out;
    out.entity = entity;
    out.tag = tag_of(value);
    out.of_all = sketch_.spot_of_hash(pair_key(kEverybody, value));
    out.of_peers = sketch_.spot_of_hash(peers_key(peers, value));
    out.all = all_;
    out.peers = sketch_.spot_of_hash(peers_key(peers, kTotalKey));
    out.of_self = sketch_.spot_of_hash(self_key(entity, out.tag));
    for (const CountMin::Spot spot : {out.of_all, out.of_peers, out.peers, out.of_self}) {
        sketch_.prefetch(spot);
    }
    return out;
}

double NoveltyField::half_lives(std::int64_t from_ns, std::int64_t to_ns) const {
    return (static_cast<double>(to_ns) - static_cast<double>(from_ns)) * half_lives_per_ns_;
}

double NoveltyField::left_of(const NoveltyProfile& self, base::Timestamp now) const {
    if (self.last_ns_ == NoveltyProfile::kNever) return 1;
    const double passed = half_lives(self.last_ns_, now.unix_ns);
    return passed < kStep ? 1 : decay_of(passed);
}

double NoveltyField::bring_up(NoveltyProfile& self, base::Timestamp time) const {
    const double left = left_of(self, time);
    if (self.last_ns_ == NoveltyProfile::kNever || left < 1) self.last_ns_ = time.unix_ns;
    if (left < 1) {
        for (float& count : self.counts_) count = static_cast<float>(count * left);
        self.total_ *= left;
        self.distinct_ *= left;
    }
    // What comes late weighs what it would by now.
    const double late = half_lives(time.unix_ns, self.last_ns_);
    return late < kStep ? 1 : decay_of(late);
}

Novelty NoveltyField::score(const NoveltyProfile& self, const Places& places,
                            base::Timestamp now) const {
    const double left = left_of(self, now);
    const double per_unit = 1 / sketch_.unit(now);
    Novelty out;
    const float listed = self.listed(places.tag);
    out.self_total = self.total_ * left;
    out.self_count = static_cast<double>(listed) * left;
    if (self.has_driven_out_ != 0) out.self_count += sketch_.count_at(places.of_self) * per_unit;
    out.self_count = std::min(out.self_count, out.self_total);
    if (self.total_ > 0) {
        out.rarer_share = std::clamp(1 - self.above(listed) / self.total_, 0.0, 1.0);
    }

    out.all_total = sketch_.count_at(places.all) * per_unit;
    const double all_distinct = sketch_.count_at(places.all.beside()) * per_unit;
    out.all_count = std::min(sketch_.count_at(places.of_all) * per_unit, out.all_total);
    out.peer_total = sketch_.count_at(places.peers) * per_unit;
    const double peer_distinct = sketch_.count_at(places.peers.beside()) * per_unit;
    out.peer_count = std::min(sketch_.count_at(places.of_peers) * per_unit, out.peer_total);

    const double of_all = level(out.all_count, out.all_total, all_distinct, 1 / (all_distinct + 1));
    const double of_peers = level(out.peer_count, out.peer_total, peer_distinct, of_all);
    const double of_self = level(out.self_count, out.self_total, self.distinct_ * left, of_peers);
    const double log2_of_self = fixed_log2(of_self);
    out.bits = std::max(0.0, -log2_of_self);
    out.ratio_bits = fixed_log2(of_all) - log2_of_self;
    return out;
}

Novelty NoveltyField::observe(NoveltyProfile& self, const Places& places, base::Timestamp time,
                              double share, double others_share) {
    const std::size_t place = self.place_of(places.tag);
    if (self.tags_[place] != places.tag) {
        // Will be driven out: its memory comes near while the score is made.
        sketch_.prefetch(sketch_.spot_of_hash(self_key(places.entity, self.tags_[place])));
    }
    const Novelty found = score(self, places, time);
    learn(self, place, found, places, time, share, others_share < 0 ? share : others_share);
    return found;
}

void NoveltyField::learn(NoveltyProfile& self, std::size_t place, const Novelty& found,
                         const Places& places, base::Timestamp time, double share,
                         double others_share) {
    if (share > 0) learn_self(self, place, found, places, time, share);
    if (others_share > 0) learn_others(found, places, time, others_share);
}

void NoveltyField::learn_self(NoveltyProfile& self, std::size_t place, const Novelty& found,
                              const Places& places, base::Timestamp time, double share) {
    const double weight = share * bring_up(self, time);
    if (self.tags_[place] != places.tag || self.counts_[place] == 0) {
        if (self.counts_[place] > 0) {
            self.has_driven_out_ = 1;
            const double unit = sketch_.unit_for_update({self.last_ns_});
            sketch_.add_at(sketch_.spot_of_hash(self_key(places.entity, self.tags_[place])),
                           static_cast<double>(self.counts_[place]) * unit);
        }
        self.tags_[place] = places.tag;
        self.counts_[place] = 0;
    }
    self.counts_[place] = static_cast<float>(self.counts_[place] + weight);
    self.total_ = std::min(self.total_ + weight, kTotalMax);
    if (found.self_count < kSeenMin) self.distinct_ += weight;
}

void NoveltyField::learn_others(const Novelty& found, const Places& places, base::Timestamp time,
                                double share) {
    const double counts = sketch_.unit_for_update(time) * share;
    sketch_.add_at(places.of_all, counts);
    sketch_.add_at(places.all, counts);
    sketch_.add_at(places.of_peers, counts);
    sketch_.add_at(places.peers, counts);
    if (found.all_count < kSeenMin) sketch_.add_at(places.all.beside(), counts);
    if (found.peer_count < kSeenMin) sketch_.add_at(places.peers.beside(), counts);
}

void NoveltyField::subtract(NoveltyProfile& self, std::uint64_t entity, std::uint64_t peers,
                            std::uint64_t value, base::Timestamp time, double share) {
    if (!(share > 0)) return;
    double weight = share * bring_up(self, time);
    self.total_ = std::max(0.0, self.total_ - weight);
    self.distinct_ = std::min(self.distinct_, self.total_);
    const std::uint32_t tag = tag_of(value);
    for (std::size_t i = 0; i < NoveltyProfile::kValues; ++i) {
        if (self.tags_[i] != tag || self.counts_[i] == 0) continue;
        const double taken = std::min<double>(weight, self.counts_[i]);
        self.counts_[i] = static_cast<float>(self.counts_[i] - taken);
        if (self.counts_[i] < 1e-6f) self.counts_[i] = 0;
        weight -= taken;
    }
    // The rest had been driven out of the list.
    if (self.has_driven_out_ != 0 && weight > 0) {
        const double unit = sketch_.unit_for_update({self.last_ns_});
        sketch_.subtract_at(sketch_.spot_of_hash(self_key(entity, tag)), weight * unit);
    }
    const Places places = look_up(entity, peers, value);
    const double counts = sketch_.unit_for_update(time) * share;
    for (const CountMin::Spot spot : {places.of_all, places.all, places.of_peers, places.peers}) {
        sketch_.subtract_at(spot, counts);
    }
}

void NoveltyField::save(StateWriter& out) const { sketch_.save(out); }

base::Result<void> NoveltyField::restore(StateReader& in) { return sketch_.restore(in); }

base::Result<void> NoveltyField::check_invariants() const { return sketch_.check_invariants(); }

}  // namespace vedette::learn
