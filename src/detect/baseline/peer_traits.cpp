// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/peer_traits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "learn/fixed_math.h"
#include "learn/moments/hour_profile.h"

namespace vedette::detect::baseline {

namespace {

using BlockKind = learn::ProfileBlock::Kind;

/// Values tell the least: whoever has a machine of its own differs from everybody in them.
constexpr double kValueWeight = 0.5;
/// A level of one is two to this: a million of anything.
constexpr double kLevelBits = 20;
/// Less of a difference is not worth a word.
constexpr double kTraitMin = 0.08;

constexpr std::array<std::string_view, kPeerHours> kHourWords = {
    "weekdays 0 to 4 h UTC",   "weekdays 4 to 8 h UTC",   "weekdays 8 to 12 h UTC",
    "weekdays 12 to 16 h UTC", "weekdays 16 to 20 h UTC", "weekdays 20 to 24 h UTC",
    "weekends 6 to 18 h UTC",  "weekends 18 to 6 h UTC"};

struct Trait {
    double difference = 0;
    std::size_t block = 0, index = 0;
};

std::string subject(const Trait& trait, const PeerWords& words) {
    switch (trait.block) {
        case kWhen: return std::string(kHourWords[trait.index]);
        case kWhat: return words.doings[trait.index];
        case kWhich: return "values such as " + words.values[trait.index];
        default: return "size of " + words.levels[trait.index];
    }
}

bool has_word(const Trait& trait, const PeerWords& words) {
    switch (trait.block) {
        case kWhen: return true;
        case kWhat: return !words.doings[trait.index].empty();
        case kWhich: return !words.values[trait.index].empty();
        default: return !words.levels[trait.index].empty();
    }
}

std::string number(const learn::ProfileBlock& block, double coordinate) {
    const double value = coordinate / block.weight;
    if (block.kind == BlockKind::shares) return fmt::format("{:.0f} %", 100 * value * value);
    return fmt::format("about {:.3g}", measured_of_level(value));
}

}  // namespace

learn::ProfileShape peer_shape() {
    return learn::ProfileShape({{BlockKind::shares, kPeerHours, 1},
                                {BlockKind::shares, kPeerDoings, 1},
                                {BlockKind::shares, kPeerValues, kValueWeight},
                                {BlockKind::means, kPeerLevels, 1}});
}

std::size_t peer_hour(base::Timestamp time) {
    // 1970 began on a Thursday, and so do hours of the week.
    const std::uint32_t hour = learn::hour_of_week(time), day = hour / 24, of_day = hour % 24;
    if (day != 2 && day != 3) return of_day / 4;
    return of_day >= 6 && of_day < 18 ? 6 : 7;
}

double peer_level(double measured) {
    return std::clamp(learn::fixed_log2(1 + std::abs(measured)) / kLevelBits, 0.0, 1.0);
}

double measured_of_level(double level) { return learn::fixed_exp2(level * kLevelBits) - 1; }

std::vector<std::string> peer_traits(const std::vector<float>& point,
                                     const std::vector<float>& other, const PeerWords& words,
                                     std::string_view instead, std::size_t count) {
    const learn::ProfileShape shape = peer_shape();
    std::vector<Trait> traits;
    for (std::size_t block = 0; block < shape.blocks().size(); ++block) {
        for (std::size_t i = 0; i < shape.blocks()[block].size; ++i) {
            const std::size_t at = shape.point_at(block) + i;
            const Trait trait{std::abs(static_cast<double>(point[at] - other[at])), block, i};
            if (trait.difference >= kTraitMin && has_word(trait, words)) traits.push_back(trait);
        }
    }
    std::stable_sort(traits.begin(), traits.end(),
                     [](const Trait& a, const Trait& b) { return a.difference > b.difference; });
    std::vector<std::string> out;
    for (const Trait& trait : traits) {
        if (out.size() == count) break;
        const auto& block = shape.blocks()[trait.block];
        const std::size_t at = shape.point_at(trait.block) + trait.index;
        out.push_back(fmt::format("{}: {} {} {}", subject(trait, words),
                                  number(block, static_cast<double>(point[at])), instead,
                                  number(block, static_cast<double>(other[at]))));
    }
    return out;
}

}  // namespace vedette::detect::baseline
