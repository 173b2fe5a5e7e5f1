// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "learn/peer_groups/peer_groups.h"

namespace vedette::learn {

namespace {

/// More than any installation sees.
constexpr std::uint32_t kGroupIdMax = 1'000'000'000;

void save_point(const std::vector<float>& point, StateWriter& out) {
    for (const float number : point) out.real(number);
}

std::vector<float> read_point(std::size_t dimensions, StateReader& in) {
    std::vector<float> point(dimensions);
    for (float& number : point) number = in.real32();
    return point;
}

/// Points lie within what blocks of shares and means can make.
bool is_possible(const std::vector<float>& point) {
    return std::all_of(point.begin(), point.end(),
                       [](float number) { return number >= 0 && number <= 1e6F; });
}

}  // namespace

void PeerGroups::save(StateWriter& out) const {
    out.varint(shape_.counts());
    out.varint(shape_.dimensions());
    out.integer(day_);
    out.integer(next_group_);
    for (const std::uint64_t number :
         {refused_, member_days_, members_told_, group_days_, groups_told_}) {
        out.varint(number);
    }
    out.varint(members_.size());
    for (std::size_t place = 0; place < members_.size(); ++place) {
        const Member& member = members_[place];
        out.integer(member.key);
        out.varint(member.group);
        out.varint(member.candidate);
        out.integer(member.first_day);
        out.integer(member.since_day);
        out.integer(member.days);
        out.integer(
            static_cast<std::uint8_t>((member.is_pinned ? 1 : 0) + (member.is_counted ? 2 : 0)));
        for (std::size_t i = 0; i < shape_.counts(); ++i) {
            out.real(counts_[place * shape_.counts() + i]);
        }
    }
    out.varint(groups_.size());
    for (const PeerGroup& group : groups_) {
        out.integer(group.id);
        out.integer(group.since_day);
        out.varint(group.size);
        out.real(group.spread);
        out.real(group.spread_deviation);
        out.integer(group.learned_day);
        out.integer(group.split_days);
        out.integer(group.drift_days);
        save_point(group.centre, out);
        for (const auto& before : group.before) {
            out.integer(static_cast<std::uint8_t>(before.empty() ? 0 : 1));
            save_point(before, out);
        }
    }
    out.varint(near_.size());
    for (const auto& [a, b, days] : near_) {
        for (const std::uint32_t number : {a, b, days}) out.varint(number);
    }
}

void PeerGroups::restore_groups(StateReader& in) {
    const std::uint64_t count = in.varint();
    for (std::uint64_t i = 0; i < count && in.is_good(); ++i) {
        PeerGroup group;
        group.id = in.integer<std::uint32_t>();
        group.since_day = in.integer<std::int32_t>();
        group.size = static_cast<std::uint32_t>(in.varint());
        group.spread = in.real64();
        group.spread_deviation = in.real64();
        group.learned_day = in.integer<std::int32_t>();
        group.split_days = in.integer<std::uint8_t>();
        group.drift_days = in.integer<std::uint8_t>();
        group.centre = read_point(shape_.dimensions(), in);
        for (auto& before : group.before) {
            if (in.integer<std::uint8_t>() == 1) before = read_point(shape_.dimensions(), in);
        }
        groups_.push_back(std::move(group));
    }
    const std::uint64_t pairs = in.varint();
    for (std::uint64_t i = 0; i < pairs && in.is_good(); ++i) {
        std::array<std::uint32_t, 3> near{};
        for (std::uint32_t& number : near) number = static_cast<std::uint32_t>(in.varint());
        near_.push_back(near);
    }
}

base::Result<void> PeerGroups::restore(StateReader& in) {
    *this = PeerGroups(shape_, settings_);
    const auto read = [&]() -> base::Result<void> {
        if (in.varint() != shape_.counts() || in.varint() != shape_.dimensions()) {
            return not_ours(kKind, "it is of another shape");
        }
        day_ = in.integer<std::int32_t>();
        next_group_ = in.integer<std::uint32_t>();
        for (std::uint64_t* number :
             {&refused_, &member_days_, &members_told_, &group_days_, &groups_told_}) {
            *number = in.varint();
        }
        const std::uint64_t count = in.varint();
        if (count > settings_.members_max || !in.has_room_for(count, 8 + 4 * shape_.counts())) {
            return not_ours(kKind, "it has too many members");
        }
        for (std::uint64_t i = 0; i < count; ++i) {
            Member member;
            member.key = in.integer<std::uint64_t>();
            member.group = static_cast<std::uint32_t>(in.varint());
            member.candidate = static_cast<std::uint32_t>(in.varint());
            member.first_day = in.integer<std::int32_t>();
            member.since_day = in.integer<std::int32_t>();
            member.days = in.integer<std::uint8_t>();
            const auto flags = in.integer<std::uint8_t>();
            if (flags > 3) return not_ours(kKind, "a member cannot be read");
            member.is_pinned = (flags & 1) != 0;
            member.is_counted = (flags & 2) != 0;
            members_.push_back(member);
            for (std::size_t c = 0; c < shape_.counts(); ++c) counts_.push_back(in.real32());
        }
        restore_groups(in);
        if (!in.is_good()) return not_ours(kKind, "it is cut off");
        VD_TRY_DO(check_invariants());
        index_members();
        return {};
    };
    auto done = read();
    if (!done) *this = PeerGroups(shape_, settings_);
    return done;
}

base::Result<void> PeerGroups::check_invariants() const {
    if (next_group_ > kGroupIdMax) return not_ours(kKind, "it had too many groups");
    if (members_.size() > settings_.members_max || groups_.size() > settings_.groups_max ||
        near_.size() > settings_.groups_max * settings_.groups_max) {
        return not_ours(kKind, "there is more than there may be");
    }
    std::uint32_t last = 0;
    for (const PeerGroup& group : groups_) {
        bool is_good = group.id > last && group.id < next_group_ && is_possible(group.centre) &&
                       group.spread >= 0 && group.spread <= 1e6 && group.spread_deviation >= 0 &&
                       group.spread_deviation <= 1e6 && group.size <= members_.size();
        for (const auto& before : group.before) is_good = is_good && is_possible(before);
        if (!is_good) return not_ours(kKind, "a group that cannot be");
        last = group.id;
    }
    for (const float counted : counts_) {
        if (!(counted >= 0 && counted <= 1e7F)) return not_ours(kKind, "a count that cannot be");
    }
    std::vector<std::uint64_t> keys;
    for (const Member& member : members_) {
        keys.push_back(member.key);
        if (member.group != 0 && group(member.group) == nullptr) {
            return not_ours(kKind, "a member of a group that is not");
        }
    }
    std::sort(keys.begin(), keys.end());
    if (std::adjacent_find(keys.begin(), keys.end()) != keys.end()) {
        return not_ours(kKind, "a member is there twice");
    }
    for (const auto& [a, b, days] : near_) {
        if (a >= b || group(a) == nullptr || group(b) == nullptr || days > 255) {
            return not_ours(kKind, "two groups that cannot be one");
        }
    }
    return {};
}

}  // namespace vedette::learn
