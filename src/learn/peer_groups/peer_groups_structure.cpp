// SPDX-License-Identifier: Apache-2.0
// How groups come, split, become one and end.
#include <algorithm>
#include <cmath>

#include "learn/peer_groups/peer_groups_day.h"

namespace vedette::learn {

namespace {

/// So many members say what a group looks like.
constexpr std::size_t kSampleMax = 2'048;
/// Parts that are looked for in a group that may be two.
constexpr std::size_t kSplitPartsMax = 6;
/// A part of a group that is less than this share of it is no other group yet.
constexpr double kSplitShareMin = 0.05;
/// Those who are left over are a group only if they are about as alike as others are.
constexpr double kFormSpreadMax = 1.5;

}  // namespace

std::vector<std::size_t> PeerGroups::Day::counted_of(std::uint32_t group) const {
    std::vector<std::size_t> out;
    for (std::size_t place = 0; place < all_.members_.size(); ++place) {
        const Member& member = all_.members_[place];
        if (member.is_counted && member.group == group) out.push_back(place);
    }
    return out;
}

std::vector<std::size_t> PeerGroups::Day::sample_of(const std::vector<std::size_t>& places) {
    // By key, and keys are hashes: every so-manieth is a fair choice.
    const std::size_t step = (places.size() + kSampleMax - 1) / kSampleMax;
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < places.size(); i += std::max<std::size_t>(step, 1)) {
        out.push_back(places[i]);
    }
    return out;
}

Points PeerGroups::Day::points_of(const std::vector<std::size_t>& places) const {
    Points out{points_.dimensions, {}};
    for (const std::size_t place : places) out.add(points_.at(place));
    return out;
}

std::vector<float> PeerGroups::Day::centre_of(const std::vector<std::size_t>& places) const {
    std::vector<double> sum(points_.dimensions);
    for (const std::size_t place : places) {
        for (std::size_t d = 0; d < sum.size(); ++d) {
            sum[d] += static_cast<double>(points_.at(place)[d]);
        }
    }
    std::vector<float> out(sum.size());
    for (std::size_t d = 0; d < sum.size(); ++d) {
        out[d] = static_cast<float>(sum[d] / static_cast<double>(places.size()));
    }
    return out;
}

PeerGroup* PeerGroups::Day::group_at(std::uint32_t id) {
    return const_cast<PeerGroup*>(all_.group(id));
}

PeerGroup& PeerGroups::Day::new_group() {
    PeerGroup group;
    group.id = all_.next_group_++;
    group.since_day = day_;
    all_.groups_.push_back(std::move(group));
    return all_.groups_.back();
}

/// A group whose members are two kinds of people, for some days running, becomes two.
void PeerGroups::Day::split(PeerGroup& group) {
    const PeerSettings& settings = all_.settings_;
    const auto places = counted_of(group.id);
    if (places.size() < 2 * settings.group_size_min) {
        group.split_days = 0;
        return;
    }
    PartSettings about = settings.parts;
    about.parts_max = kSplitPartsMax;
    about.separation_min = settings.split_separation;
    about.size_min =
        std::max(about.size_min,
                 static_cast<std::size_t>(kSplitShareMin * static_cast<double>(places.size())));
    const auto sample = sample_of(places);
    Parts of = parts_of(points_of(sample), about);
    std::uint32_t count = *std::max_element(of.begin(), of.end());
    if (count < 2) {  // so few points that pieces of parts are none: halves at once
        about.parts_max = 2;
        of = parts_of(points_of(sample), about);
        count = *std::max_element(of.begin(), of.end());
    }
    if (count < 2) {
        group.split_days = 0;
        return;
    }
    if (++group.split_days < settings.split_days) return;
    group.split_days = 0;
    Points centres{points_.dimensions, {}};
    for (std::uint32_t part = 1; part <= count; ++part) {
        std::vector<std::size_t> in;
        for (std::size_t i = 0; i < sample.size(); ++i) {
            if (of[i] == part) in.push_back(sample[i]);
        }
        centres.add(centre_of(in).data());
    }
    Parts nearest;
    for (std::size_t i = 0, at = 0; i < places.size(); ++i) {
        const bool is_sampled = at < sample.size() && sample[at] == places[i];
        std::uint32_t best = is_sampled ? of[at++] : 0;
        for (std::uint32_t part = 1; !is_sampled && part <= count; ++part) {
            const float* const point = points_.at(places[i]);
            const auto far = [&](std::uint32_t one) {
                return square_distance(point, centres.at(one - 1), points_.dimensions);
            };
            if (best == 0 || far(part) < far(best)) best = part;
        }
        nearest.push_back(best);
    }
    break_up(group.id, places, centres, nearest);
}

void PeerGroups::Day::break_up(std::uint32_t group_id, const std::vector<std::size_t>& places,
                               const Points& centres, const Parts& nearest) {
    // Who goes on as before keeps the name.
    const auto& before = group_at(group_id)->before;
    const auto known =
        std::find_if(before.begin(), before.end(), [](const auto& old) { return !old.empty(); });
    std::uint32_t kept = 1;
    for (std::uint32_t part = 2; known != before.end() && part <= centres.size(); ++part) {
        const auto far = [&](std::uint32_t one) {
            return square_distance(known->data(), centres.at(one - 1), points_.dimensions);
        };
        if (far(part) < far(kept)) kept = part;
    }
    for (std::uint32_t part = 1; part <= centres.size(); ++part) {
        if (part == kept) continue;
        if (all_.groups_.size() >= all_.settings_.groups_max) return;
        const std::uint32_t id = new_group().id;
        const PeerGroup& group = *group_at(group_id);
        PeerChange change;
        change.kind = PeerChange::Kind::split;
        change.is_settled = is_settled(group.since_day);
        change.from = group_id;
        change.to = id;
        change.since_day = group.since_day;
        change.usual = group.spread;
        change.distance = std::sqrt(
            square_distance(centres.at(kept - 1), centres.at(part - 1), points_.dimensions));
        for (std::size_t i = 0; i < places.size(); ++i) {
            if (nearest[i] != part || all_.members_[places[i]].is_pinned) continue;
            change.members.push_back(all_.members_[places[i]].key);
            change_group(places[i], id);
        }
        if (change.is_settled) {
            change.p = rate_of(all_.groups_told_++, all_.group_days_);
        }
        learn(*group_at(id));
        changes_.push_back(std::move(change));
    }
    learn(*group_at(group_id));
}

/// Groups of those who belong to none.
void PeerGroups::Day::form() {
    const PeerSettings& settings = all_.settings_;
    const auto places = sample_of(counted_of(0));
    if (places.size() < settings.group_size_min) return;
    std::vector<double> spreads;
    for (const PeerGroup& group : all_.groups_) spreads.push_back(group.spread);
    std::sort(spreads.begin(), spreads.end());
    const double spread_max =
        spreads.empty() ? 1e300 : kFormSpreadMax * spreads[spreads.size() / 2] + 0.05;
    const Parts of = parts_of(points_of(places), settings.parts);
    const std::uint32_t count = *std::max_element(of.begin(), of.end());
    for (std::uint32_t part = 1; part <= count; ++part) {
        if (all_.groups_.size() >= settings.groups_max) return;
        std::vector<std::size_t> in;
        for (std::size_t i = 0; i < places.size(); ++i) {
            const bool is_free = of[i] == part && !all_.members_[places[i]].is_pinned;
            if (is_free) in.push_back(places[i]);
        }
        if (in.size() < settings.group_size_min) continue;
        const auto centre = centre_of(in);
        double spread = 0;
        for (const std::size_t place : in) {
            spread +=
                std::sqrt(square_distance(points_.at(place), centre.data(), points_.dimensions));
        }
        if (spread > spread_max * static_cast<double>(in.size())) continue;
        const std::uint32_t id = new_group().id;
        for (const std::size_t place : in) change_group(place, id);
        learn(*group_at(id));
        PeerChange change;
        change.kind = PeerChange::Kind::formed;
        change.to = id;
        changes_.push_back(std::move(change));
    }
}

/// Two groups that are no longer apart, for some days running, are one.
void PeerGroups::Day::merge() {
    const PeerSettings& settings = all_.settings_;
    std::vector<std::array<std::uint32_t, 3>> near;
    for (std::size_t i = 0; i < all_.groups_.size(); ++i) {
        for (std::size_t j = i + 1; j < all_.groups_.size(); ++j) {
            const PeerGroup &a = all_.groups_[i], &b = all_.groups_[j];
            if (a.size < 2 || b.size < 2) continue;
            const double far =
                std::sqrt(square_distance(a.centre.data(), b.centre.data(), points_.dimensions));
            bool is_one = far < settings.parts.distance_min;
            if (!is_one) {
                auto in_a = sample_of(counted_of(a.id)), in_b = sample_of(counted_of(b.id));
                Parts of(in_a.size(), 1);
                of.resize(in_a.size() + in_b.size(), 2);
                in_a.insert(in_a.end(), in_b.begin(), in_b.end());
                is_one = separation(points_of(in_a), of, 1, 2) < settings.merge_separation;
            }
            if (!is_one) continue;
            std::uint32_t days = 1;
            for (const auto& known : all_.near_) {
                if (known[0] == a.id && known[1] == b.id) days = known[2] + 1;
            }
            near.push_back({a.id, b.id, std::min(days, 255u)});
        }
    }
    all_.near_ = near;
    for (const auto& [a, b, days] : near) {
        if (days >= settings.merge_days) put_together(a, b);
    }
}

void PeerGroups::Day::put_together(std::uint32_t a, std::uint32_t b) {
    const PeerGroup *first = group_at(a), *second = group_at(b);
    if (first == nullptr || second == nullptr) return;  // already one with another
    const std::uint32_t to = second->size > first->size ? b : a, from = to == a ? b : a;
    for (Member& member : all_.members_) {
        if (member.group == from) member.group = to;
        if (member.candidate == from) member.candidate = 0;
    }
    PeerChange change;
    change.kind = PeerChange::Kind::merged;
    change.from = from;
    change.to = to;
    changes_.push_back(std::move(change));
    std::erase_if(all_.groups_, [from](const PeerGroup& group) { return group.id == from; });
    std::erase_if(all_.near_,
                  [from](const auto& near) { return near[0] == from || near[1] == from; });
    PeerGroup& group = *group_at(to);
    learn(group);
    for (auto& old : group.before) old.clear();
    group.learned_day = day_ + static_cast<int>(all_.settings_.settled_days);
}

void PeerGroups::Day::end_empty_groups() {
    for (std::size_t i = 0; i < all_.groups_.size();) {
        const std::uint32_t id = all_.groups_[i].id;
        const bool is_kept =
            std::any_of(all_.members_.begin(), all_.members_.end(), [id](const Member& member) {
                return member.group == id && (member.is_counted || member.is_pinned);
            });
        if (is_kept) {
            ++i;
            continue;
        }
        for (Member& member : all_.members_) {
            if (member.group == id) member.group = 0;
            if (member.candidate == id) member.candidate = 0;
        }
        std::erase_if(all_.near_,
                      [id](const auto& near) { return near[0] == id || near[1] == id; });
        all_.groups_.erase(all_.groups_.begin() + static_cast<std::ptrdiff_t>(i));
        PeerChange change;
        change.kind = PeerChange::Kind::ended;
        change.from = id;
        changes_.push_back(std::move(change));
    }
}

}  // namespace vedette::learn
