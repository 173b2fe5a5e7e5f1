// SPDX-License-Identifier: Apache-2.0
#include "learn/peer_groups/peer_groups.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"

namespace vedette::learn {

namespace {

constexpr std::uint64_t kSalt = 0x7065'6572'2D67'7270;
/// Beyond this a float no longer counts by ones.
constexpr float kCountMax = 8e6F;

}  // namespace

PeerGroups::PeerGroups(ProfileShape shape, PeerSettings settings)
    : shape_(std::move(shape)), settings_(settings), index_(kSalt) {
    VD_CHECK(settings_.members_max >= 1 && settings_.groups_max >= 1 &&
             settings_.group_size_min >= 3 && settings_.half_life_days > 0 &&
             settings_.observations_min >= 1);
    settings_.parts.size_min = settings_.group_size_min;
}

std::uint32_t PeerGroups::place_of(std::uint64_t key) const {
    return index_.find(key, [this](std::uint32_t place) { return members_[place].key; });
}

/// kNowhere while there is no room.
std::uint32_t PeerGroups::place_for(std::uint64_t key) {
    const std::uint32_t known = place_of(key);
    if (known != KeyIndex::kNowhere) return known;
    if (members_.size() >= settings_.members_max) {
        ++refused_;
        return known;
    }
    if (index_.needs_growth()) index_.grow();
    const auto place = static_cast<std::uint32_t>(members_.size());
    index_.insert(key, place);
    Member member;
    member.key = key;
    member.first_day = day_;
    members_.push_back(member);
    counts_.resize(counts_.size() + shape_.counts());
    return place;
}

void PeerGroups::count(std::uint64_t key, std::span<const Mark> marks) {
    const std::uint32_t place = place_for(key);
    if (place == KeyIndex::kNowhere) return;
    for (const Mark& mark : marks) {
        const ProfileBlock& about = shape_.blocks()[mark.block];
        VD_CHECK(about.kind == ProfileBlock::Kind::shares && mark.index < about.size);
        float& counted = counts_of(place)[shape_.counts_at(mark.block) + mark.index];
        counted = std::min(counted + 1, kCountMax);
    }
}

void PeerGroups::measure(std::uint64_t key, std::size_t block, std::size_t index, double level) {
    const ProfileBlock& about = shape_.blocks()[block];
    VD_CHECK(about.kind == ProfileBlock::Kind::means && index < about.size);
    const std::uint32_t place = place_for(key);
    if (place == KeyIndex::kNowhere) return;
    float* const sums = counts_of(place) + shape_.counts_at(block);
    if (sums[about.size + index] >= kCountMax) return;
    sums[index] += static_cast<float>(std::clamp(level, 0.0, 1.0));
    sums[about.size + index] += 1;
}

std::uint32_t PeerGroups::group_of(std::uint64_t key) const {
    const std::uint32_t place = place_of(key);
    return place == KeyIndex::kNowhere ? 0 : members_[place].group;
}

bool PeerGroups::is_pinned(std::uint64_t key) const {
    const std::uint32_t place = place_of(key);
    return place != KeyIndex::kNowhere && members_[place].is_pinned;
}

bool PeerGroups::pin(std::uint64_t key, std::uint32_t group_id) {
    const std::uint32_t place = place_of(key);
    if (place == KeyIndex::kNowhere || group(group_id) == nullptr) return false;
    Member& member = members_[place];
    if (member.group != group_id) member.since_day = day_;
    member.group = group_id;
    member.candidate = 0;
    member.days = 0;
    member.is_pinned = true;
    return true;
}

bool PeerGroups::release(std::uint64_t key) {
    const std::uint32_t place = place_of(key);
    if (place == KeyIndex::kNowhere || !members_[place].is_pinned) return false;
    members_[place].is_pinned = false;
    // It goes to where it belongs without a word: a person had put it where it is.
    members_[place].since_day = day_;
    return true;
}

const PeerGroup* PeerGroups::group(std::uint32_t id) const {
    const auto found = std::find_if(groups_.begin(), groups_.end(),
                                    [id](const PeerGroup& group) { return group.id == id; });
    return found == groups_.end() ? nullptr : &*found;
}

std::vector<PeerGroups::Member> PeerGroups::by_key() const {
    std::vector<Member> sorted = members_;
    std::sort(sorted.begin(), sorted.end(),
              [](const Member& a, const Member& b) { return a.key < b.key; });
    return sorted;
}

std::vector<float> PeerGroups::middle() const {
    std::vector<float> out(shape_.dimensions());
    double n = 0;
    for (const PeerGroup& group : groups_) n += group.size;
    if (n == 0) return out;
    for (std::size_t i = 0; i < shape_.blocks().size(); ++i) {
        const ProfileBlock& block = shape_.blocks()[i];
        const bool is_root = block.kind == ProfileBlock::Kind::shares;
        for (std::size_t d = shape_.point_at(i); d < shape_.point_at(i) + block.size; ++d) {
            double sum = 0;
            for (const PeerGroup& group : groups_) {
                const double at = group.centre[d];
                sum += group.size * (is_root ? at * at : at);
            }
            out[d] = static_cast<float>(is_root ? std::sqrt(sum / n) : sum / n);
        }
    }
    return out;
}

void PeerGroups::index_members() {
    index_ = KeyIndex(kSalt);
    for (std::size_t place = 0; place < members_.size(); ++place) {
        if (index_.needs_growth()) index_.grow();
        index_.insert(members_[place].key, static_cast<std::uint32_t>(place));
    }
}

std::size_t PeerGroups::memory_bytes() const {
    std::size_t total = sizeof *this + index_.memory_bytes() + counts_.size() * sizeof(float) +
                        members_.size() * sizeof(Member) + near_.size() * sizeof(near_[0]);
    for (const PeerGroup& group : groups_) {
        total += sizeof group + group.centre.size() * sizeof(float);
        for (const auto& before : group.before) total += before.size() * sizeof(float);
    }
    return total;
}

}  // namespace vedette::learn
