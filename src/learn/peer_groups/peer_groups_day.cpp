// SPDX-License-Identifier: Apache-2.0
#include "learn/peer_groups/peer_groups_day.h"

#include <algorithm>
#include <cmath>

#include "learn/fixed_math.h"

namespace vedette::learn {

namespace {

/// Deviations of members' distances from their centre: how near somebody must be to join, and how
/// far to fit no longer. Between them nothing happens.
constexpr double kJoinDeviations = 3, kCandidateDeviations = 4, kLeaveDeviations = 4.5;
/// Of what chance moves a point by, the part that is allowed for: two standard deviations.
constexpr double kNoiseAllowed = 2;
/// Where members are all but equal nobody comes within their reach for weeks: what it did before
/// fades. Then whoever is so near, in parts of the way between both centres, is on its way there.
constexpr double kHalfway = 0.5;
/// A group has some extent, however alike its members are.
constexpr double kReachMin = 0.15;
/// A centre moves by chance; so many standard errors are more than that.
constexpr double kDriftErrors = 4;

/// Of a normal distribution the median distance from its median is this part of its deviation.
constexpr double kDeviationOfMedian = 1.4826;
constexpr double kDayDeviationMin = 0.02;

double median_of(std::vector<double> numbers) {
    const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
    std::nth_element(numbers.begin(), middle, numbers.end());
    return *middle;
}

}  // namespace

PeerGroups::Day::Day(PeerGroups& groups, std::int32_t day)
    : all_(groups), day_(day), points_{groups.shape_.dimensions(), {}} {}

std::vector<PeerChange> PeerGroups::Day::run() {
    count_members();
    for (std::size_t i = 0, known = all_.groups_.size(); i < known; ++i) split(all_.groups_[i]);
    std::vector<std::vector<float>> before(all_.groups_.size());
    for (std::size_t i = 0; i < all_.groups_.size(); ++i) {
        PeerGroup& group = all_.groups_[i];
        auto places = counted_of(group.id);
        std::erase_if(places, [&](std::size_t place) { return !was_counted_[place]; });
        if (places.empty()) continue;
        before[i] = centre_of(places);
        look_for_drift(group, before[i], places.size());
    }
    for (std::size_t place = 0; place < all_.members_.size(); ++place) move(place);
    form();
    for (std::size_t i = 0; i < all_.groups_.size(); ++i) {
        PeerGroup& group = all_.groups_[i];
        learn(group);
        if (i >= before.size() || before[i].empty()) continue;
        // Who came and who went moves the centre, and is no drift of those who stayed.
        for (auto& old : group.before) {
            for (std::size_t d = 0; d < old.size(); ++d) {
                old[d] = std::max(old[d] + group.centre[d] - before[i][d], 0.0F);
            }
        }
    }
    merge();
    end_empty_groups();
    return std::move(changes_);
}

void PeerGroups::Day::count_members() {
    const PeerSettings& settings = all_.settings_;
    points_.values.resize(all_.members_.size() * points_.dimensions);
    for (std::size_t place = 0; place < all_.members_.size(); ++place) {
        Member& member = all_.members_[place];
        if (member.first_day == INT32_MIN) member.first_day = day_;
        const std::span<const float> counts(all_.counts_of(place), all_.shape_.counts());
        noise_.push_back(all_.shape_.point_of(counts, {points_.at(place), points_.dimensions}));
        was_counted_.push_back(member.is_counted ? 1 : 0);
        const double weight = all_.shape_.weight_of(counts);
        // Where there are groups, one day is enough to see to which of them somebody belongs.
        const bool is_old = !all_.groups_.empty() || std::int64_t{day_} - member.first_day >=
                                                         std::int64_t{settings.days_min};
        member.is_counted = weight >= settings.observations_min
                                ? is_old || member.is_counted
                                : member.is_counted && weight >= settings.observations_min / 4;
    }
}

double PeerGroups::Day::rate_of(std::uint64_t told, std::uint64_t days) {
    return std::min((1 + static_cast<double>(told)) / (1 + static_cast<double>(days)), 1.0);
}

bool PeerGroups::Day::is_settled(std::int32_t since_day) const {
    return std::int64_t{day_} - since_day >= std::int64_t{all_.settings_.settled_days};
}

double PeerGroups::Day::distance(const PeerGroup& group, std::size_t place) const {
    return std::sqrt(square_distance(points_.at(place), group.centre.data(), points_.dimensions));
}

bool PeerGroups::Day::is_within(const PeerGroup& group, std::size_t place,
                                double deviations) const {
    const double reach = std::max(group.spread + deviations * group.spread_deviation, kReachMin);
    const double far = distance(group, place);
    return far * far <= reach * reach + kNoiseAllowed * noise_[place];
}

void PeerGroups::Day::look_for_drift(PeerGroup& group, const std::vector<float>& centre,
                                     std::size_t size) {
    const PeerSettings& settings = all_.settings_;
    if (!is_settled(group.since_day)) {
        group.learned_day = day_ + 1;
        return;
    }
    if (day_ < group.learned_day || group.split_days > 0) return;
    ++all_.group_days_;
    auto& before = group.before[static_cast<std::size_t>((day_ % 7 + 7) % 7)];
    if (before.empty()) {
        before = centre;
        return;
    }
    const double shift =
        std::sqrt(square_distance(centre.data(), before.data(), points_.dimensions));
    const double usual = kDriftErrors * group.spread / std::sqrt(static_cast<double>(size));
    if (shift <= std::max(settings.drift_min, usual)) {
        group.drift_days = 0;
        const double rate = 1 - decay_of(7 / settings.drift_half_life_days);
        for (std::size_t d = 0; d < before.size(); ++d) {
            before[d] += static_cast<float>(rate * static_cast<double>(centre[d] - before[d]));
        }
        return;
    }
    if (++group.drift_days < settings.stay_days) return;
    PeerChange change;
    change.kind = PeerChange::Kind::drifted;
    change.is_settled = true;
    change.from = change.to = group.id;
    change.since_day = group.learned_day;
    change.distance = shift;
    change.usual = std::max(settings.drift_min, usual);
    change.p = rate_of(all_.groups_told_++, all_.group_days_);
    change.before = before;
    changes_.push_back(std::move(change));
    for (auto& old : group.before) old.clear();
    group.drift_days = 0;
    group.learned_day = day_ + static_cast<int>(settings.settled_days);
}

void PeerGroups::Day::change_group(std::size_t place, std::uint32_t to) {
    Member& member = all_.members_[place];
    member.group = to;
    member.since_day = day_;
    member.candidate = 0;
    member.days = 0;
}

/// Who belongs to no group goes to the nearest if it is near enough.
void PeerGroups::Day::join(std::size_t place) {
    const PeerGroup* nearest = nullptr;
    for (const PeerGroup& group : all_.groups_) {
        if (nearest == nullptr || distance(group, place) < distance(*nearest, place)) {
            nearest = &group;
        }
    }
    if (nearest == nullptr || !is_within(*nearest, place, kJoinDeviations)) return;
    change_group(place, nearest->id);
    PeerChange change;
    change.kind = PeerChange::Kind::joined;
    change.key = all_.members_[place].key;
    change.to = nearest->id;
    changes_.push_back(std::move(change));
}

/// A member that is over at another group, or fits its own no longer, for some days running.
void PeerGroups::Day::move(std::size_t place) {
    Member& member = all_.members_[place];
    if (!member.is_counted || member.is_pinned) return;
    if (member.group == 0) return join(place);
    const PeerSettings& settings = all_.settings_;
    PeerGroup& own = *group_at(member.group);
    const bool is_settled_here = is_settled(member.since_day) && is_settled(own.since_day);
    if (is_settled_here) ++all_.member_days_;
    const PeerGroup* other = nullptr;
    for (const PeerGroup& group : all_.groups_) {
        if (group.id == own.id) continue;
        if (other == nullptr || distance(group, place) < distance(*other, place)) other = &group;
    }
    bool is_over = false;
    if (other != nullptr) {
        double along = 0, length = 0;
        for (std::size_t d = 0; d < points_.dimensions; ++d) {
            const double way = static_cast<double>(other->centre[d] - own.centre[d]);
            along += way * static_cast<double>(points_.at(place)[d] - own.centre[d]);
            length += way * way;
        }
        const double far = distance(*other, place);
        const bool is_there = is_within(*other, place, kCandidateDeviations) ||
                              far * far <= kHalfway * kHalfway * length;
        is_over = is_there && along > settings.migrate_at * length;
    }
    const bool is_out = !is_over && own.split_days == 0 && !is_within(own, place, kLeaveDeviations);
    const std::uint32_t candidate = is_over ? other->id : 0;
    if (!is_over && !is_out) {
        member.candidate = 0;
        member.days = 0;
        return;
    }
    // Somebody on the way to another group is out of its own before: that counts for both.
    member.days = is_over && member.candidate != candidate ? 0 : member.days;
    member.candidate = candidate;
    if (++member.days < (is_over ? settings.stay_days : settings.leave_days)) return;
    PeerChange change;
    change.kind = is_over ? PeerChange::Kind::migrated : PeerChange::Kind::left;
    change.is_settled = is_settled_here && (!is_over || is_settled(other->since_day));
    change.key = member.key;
    change.from = own.id;
    change.to = candidate;
    change.since_day = member.since_day;
    change.distance = distance(own, place);
    change.usual = own.spread;
    if (change.is_settled) {
        change.p = rate_of(all_.members_told_++, all_.member_days_);
    }
    changes_.push_back(std::move(change));
    change_group(place, candidate);
}

void PeerGroups::Day::learn(PeerGroup& group) {
    const auto places = counted_of(group.id);
    group.size = static_cast<std::uint32_t>(places.size());
    if (places.empty()) return;
    group.centre = centre_of(places);
    std::vector<double> far;
    for (const std::size_t place : places) far.push_back(distance(group, place));
    // Medians, because one member far outside must not make the group so wide that it is inside.
    group.spread = median_of(far);
    for (double& one : far) one = std::abs(one - group.spread);
    group.spread_deviation = std::max(kDeviationOfMedian * median_of(far), kDayDeviationMin);
}

std::vector<PeerChange> PeerGroups::end_day(std::int32_t day) {
    if (day <= day_) return {};
    const double passed = day_ == INT32_MIN ? 1 : static_cast<double>(day) - day_;
    // By key, so that nothing depends on who was seen first.
    forget_the_quiet();
    std::vector<PeerChange> changes = Day(*this, day).run();
    day_ = day;
    const auto kept = static_cast<float>(decay_of(passed / settings_.half_life_days));
    for (float& counted : counts_) counted *= kept;
    return changes;
}

/// Those who were hardly there of late, and, where it is crowded, those who were there least. By
/// key afterwards.
void PeerGroups::forget_the_quiet() {
    std::vector<std::pair<double, std::uint32_t>> order;
    for (std::size_t place = 0; place < members_.size(); ++place) {
        const double weight = shape_.weight_of({counts_of(place), shape_.counts()});
        if (members_[place].is_pinned) {
            order.emplace_back(1e300, static_cast<std::uint32_t>(place));
        } else if (weight >= 0.5) {
            order.emplace_back(weight, static_cast<std::uint32_t>(place));
        }
    }
    const std::size_t kept = settings_.members_max - settings_.members_max / 4;
    if (order.size() > settings_.members_max - settings_.members_max / 8) {
        std::sort(order.begin(), order.end(), [this](const auto& a, const auto& b) {
            return a.first != b.first ? a.first > b.first
                                      : members_[a.second].key < members_[b.second].key;
        });
        order.resize(std::min(order.size(), kept));
    }
    std::sort(order.begin(), order.end(), [this](const auto& a, const auto& b) {
        return members_[a.second].key < members_[b.second].key;
    });
    std::vector<Member> members;
    std::vector<float> counts;
    counts.reserve(order.size() * shape_.counts());
    for (const auto& [weight, place] : order) {
        members.push_back(members_[place]);
        counts.insert(counts.end(), counts_of(place), counts_of(place) + shape_.counts());
    }
    members_ = std::move(members);
    counts_ = std::move(counts);
    index_members();
}

}  // namespace vedette::learn
