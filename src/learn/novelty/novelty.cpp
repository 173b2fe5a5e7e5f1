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

// Keys of the sketch: what is counted for a group, and its totals.
constexpr std::uint64_t kEverybody = 0x6576'6572'7962'6F64ull;
constexpr std::uint64_t kTotalKey = 0x746F'7461'6C00'0001ull,
                        kDistinctKey = 0x6469'7374'0000'0001ull;

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

double NoveltyField::half_lives(std::int64_t from_ns, std::int64_t to_ns) const {
    return (static_cast<double>(to_ns) - static_cast<double>(from_ns)) /
           (settings_.half_life_seconds * static_cast<double>(base::kNsPerSecond));
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

Novelty NoveltyField::score(const NoveltyProfile& self, std::uint64_t entity, std::uint64_t peers,
                            std::uint64_t value, base::Timestamp now) const {
    const std::uint32_t tag = tag_of(value);
    const double left = left_of(self, now);
    Novelty out;
    double listed = 0;
    for (std::size_t i = 0; i < NoveltyProfile::kValues; ++i) {
        if (self.tags_[i] == tag) listed = std::max<double>(listed, self.counts_[i]);
    }
    double usual = 0;
    for (const float count : self.counts_) usual += count > listed ? count : 0;
    out.self_total = self.total_ * left;
    out.self_count = listed * left;
    if (self.has_driven_out_ != 0) out.self_count += sketch_.estimate(self_key(entity, tag), now);
    out.self_count = std::min(out.self_count, out.self_total);
    out.rarer_share = self.total_ > 0 ? std::clamp(1 - usual / self.total_, 0.0, 1.0) : 1;

    out.all_total = sketch_.estimate(pair_key(kEverybody, kTotalKey), now);
    const double all_distinct = sketch_.estimate(pair_key(kEverybody, kDistinctKey), now);
    out.all_count = std::min(sketch_.estimate(pair_key(kEverybody, value), now), out.all_total);
    out.peer_total = sketch_.estimate(peers_key(peers, kTotalKey), now);
    const double peer_distinct = sketch_.estimate(peers_key(peers, kDistinctKey), now);
    out.peer_count = std::min(sketch_.estimate(peers_key(peers, value), now), out.peer_total);

    const double of_all = level(out.all_count, out.all_total, all_distinct, 1 / (all_distinct + 1));
    const double of_peers = level(out.peer_count, out.peer_total, peer_distinct, of_all);
    const double of_self = level(out.self_count, out.self_total, self.distinct_ * left, of_peers);
    out.bits = std::max(0.0, -fixed_log2(of_self));
    out.ratio_bits = fixed_log2(of_all / of_self);
    return out;
}

Novelty NoveltyField::observe(NoveltyProfile& self, std::uint64_t entity, std::uint64_t peers,
                              std::uint64_t value, base::Timestamp time, double share) {
    const Novelty found = score(self, entity, peers, value, time);
    if (share > 0) learn(self, found, entity, peers, value, time, share);
    return found;
}

void NoveltyField::learn(NoveltyProfile& self, const Novelty& found, std::uint64_t entity,
                         std::uint64_t peers, std::uint64_t value, base::Timestamp time,
                         double share) {
    const double weight = share * bring_up(self, time);
    const std::uint32_t tag = tag_of(value);
    std::size_t place = 0;
    for (std::size_t i = 0; i < NoveltyProfile::kValues; ++i) {
        if (self.tags_[i] == tag && self.counts_[i] > 0) {
            place = i;
            break;
        }
        if (self.counts_[i] < self.counts_[place]) place = i;
    }
    if (self.tags_[place] != tag || self.counts_[place] == 0) {
        if (self.counts_[place] > 0) {
            self.has_driven_out_ = 1;
            sketch_.add({self.last_ns_}, self_key(entity, self.tags_[place]), self.counts_[place]);
        }
        self.tags_[place] = tag;
        self.counts_[place] = 0;
    }
    self.counts_[place] = static_cast<float>(self.counts_[place] + weight);
    self.total_ = std::min(self.total_ + weight, kTotalMax);
    if (found.self_count < kSeenMin) self.distinct_ += weight;
    sketch_.add(time, pair_key(kEverybody, value), share);
    sketch_.add(time, pair_key(kEverybody, kTotalKey), share);
    sketch_.add(time, peers_key(peers, value), share);
    sketch_.add(time, peers_key(peers, kTotalKey), share);
    if (found.all_count < kSeenMin) sketch_.add(time, pair_key(kEverybody, kDistinctKey), share);
    if (found.peer_count < kSeenMin) sketch_.add(time, peers_key(peers, kDistinctKey), share);
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
        sketch_.subtract({self.last_ns_}, self_key(entity, tag), weight);
    }
    sketch_.subtract(time, pair_key(kEverybody, value), share);
    sketch_.subtract(time, pair_key(kEverybody, kTotalKey), share);
    sketch_.subtract(time, peers_key(peers, value), share);
    sketch_.subtract(time, peers_key(peers, kTotalKey), share);
}

void NoveltyField::save(StateWriter& out) const { sketch_.save(out); }

base::Result<void> NoveltyField::restore(StateReader& in) { return sketch_.restore(in); }

base::Result<void> NoveltyField::check_invariants() const { return sketch_.check_invariants(); }

}  // namespace vedette::learn
