// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "learn/keyed_store/key_index.h"
#include "learn/peer_groups/parts.h"
#include "learn/peer_groups/profile_shape.h"
#include "learn/primitive.h"

namespace vedette::learn {

struct PeerSettings {
    std::size_t members_max = 16'384;  ///< further ones are not taken while there are so many
    std::size_t groups_max = 32;
    std::size_t group_size_min = 5;
    double half_life_days = 4;      ///< of what somebody did
    double observations_min = 30;   ///< of late, before somebody is put anywhere
    unsigned days_min = 3;          ///< the same, while there is no group yet
    unsigned settled_days = 14;     ///< what is younger is still being learned: nothing is told
    unsigned stay_days = 3;         ///< a change counts once it was there on so many days running
    unsigned leave_days = 8;        ///< the same of who fits nowhere
    unsigned split_days = 4;        ///< the same of a group that is two
    double split_separation = 5;    ///< of two parts that split; see separation()
    unsigned merge_days = 7;        ///< the same of groups that have become one
    double migrate_at = 0.6;        ///< of the way from one centre to the other
    double merge_separation = 3.5;  ///< below it two groups are one; see separation()
    double drift_min = 0.15;        ///< of a centre since it was learned
    double drift_half_life_days = 56;  ///< of what a centre is held against
    PartSettings parts = {};           ///< of groups that are found, and that split
};

/// What a day changed.
struct PeerChange {
    enum class Kind : std::uint8_t {
        formed,    ///< `to` is new
        joined,    ///< `key`, of no group before
        migrated,  ///< `key` went from group `from` to `to`
        left,      ///< `key` belongs to no group any more
        split,     ///< `members` of group `from` are `to` now
        drifted,   ///< group `from` as a whole does other things than it did
        merged,    ///< `from` and `to` are one: `to`
        ended,     ///< `from` has too few left
    };
    Kind kind = Kind::formed;
    /// Both sides were known for settled_days: worth telling. Others are part of learning.
    bool is_settled = false;
    std::uint64_t key = 0;
    std::uint32_t from = 0, to = 0;
    std::int32_t since_day = 0;          ///< from when it was as it had been
    double distance = 0, usual = 0;      ///< how far from where it was, and how far is usual there
    double p = 1;                        ///< how often such a thing is told; see PeerGroups
    std::vector<std::uint64_t> members;  ///< of split, by key
    std::vector<float> before;           ///< of drifted: where the centre was
};

/// A group as it is today.
struct PeerGroup {
    std::uint32_t id = 0;  ///< from 1, given once
    std::int32_t since_day = 0;
    std::uint32_t size = 0;
    double spread = 0, spread_deviation = 0;  ///< of members' distances from the centre: medians
    std::vector<float> centre;
    std::array<std::vector<float>, 7>
        before;                    ///< the centre of old, by day of the week; may be empty
    std::int32_t learned_day = 0;  ///< from when `before` is learned
    std::uint8_t split_days = 0, drift_days = 0;
};

/// Who behaves alike: groups of entities by what they do, found from the data, with names that
/// stay, and what changes in them day by day.
///
/// What an entity does is counted, decayed, and made a point (ProfileShape). Once a day members are
/// held against the centres of yesterday. A change that was there on some days running comes into
/// force; groups that consist of two (parts_of(), separation()) split; those who are in none join
/// the nearest or form groups. Nothing changes between two days, so that a group is the same for
/// every event of a day. A group keeps its number for as long as it lives; when it splits, those
/// who go on as before keep it. One member moves a centre by no more than its part of it, however
/// much it does. A person's word (pin()) stands above all of this.
/// `p` of a change that is told is (1 + those told before) / (1 + days of members, or of groups,
/// that were looked at): the rate that it has here, whatever the data are like.
///
/// Error, measured on made-up towns (test_town.h), on which the settings were chosen as well:
/// - of people of 25 events a day the adjusted Rand index is 0.93 and more after a fortnight; with
///   8 events a day it is 0.5 then, and 0.82 to 0.98 later;
/// - who goes over to another group is noticed after 8 to 9 days, who fits nowhere after about
///   14, a split after 3 to 4, a drift after 4 to 7; with 8 events a day one of eight who went over
///   was not noticed;
/// - in 131 years of groups and 1,980 of members in which nothing changed nothing was told.
///
/// Keys are hashes; equal ones are one member.
/// Not for: groups by one rare value (who has access to what), or of fewer than group_size_min.
/// Cost: counting is a look-up and an addition; a day's end is members times groups times numbers.
/// Not measured yet. Memory: members times (4 bytes a count + 48).
/// Source: sequential leader-follower clustering with tests of change, as in C. Aggarwal, J. Han,
/// J. Wang, P. Yu, "A framework for clustering evolving data streams", VLDB 2003; kinds of change:
/// M. Spiliopoulou et al., "MONIC: modeling and monitoring cluster transitions", KDD 2006.
class PeerGroups {
  public:
    static constexpr std::string_view kKind = "peer groups";
    static constexpr std::uint8_t kVersion = 1;

    explicit PeerGroups(ProfileShape shape, PeerSettings settings = {});

    /// Where an observation belongs; `index` within the block.
    struct Mark {
        std::size_t block = 0, index = 0;
    };
    /// An observation, of one or several blocks of shares.
    void count(std::uint64_t key, std::span<const Mark> marks);
    void count(std::uint64_t key, std::size_t block, std::size_t index) {
        const Mark mark{block, index};
        count(key, {&mark, 1});
    }
    /// A level in [0, 1], of a block of means.
    void measure(std::uint64_t key, std::size_t block, std::size_t index, double level);
    /// The day is over; days go up. What it changed, in a fixed order.
    std::vector<PeerChange> end_day(std::int32_t day);

    /// 0: none, or not known.
    std::uint32_t group_of(std::uint64_t key) const;
    bool is_known(std::uint64_t key) const { return place_of(key) != KeyIndex::kNowhere; }
    bool is_pinned(std::uint64_t key) const;
    /// Puts an entity into a group for good, until release(). False if either is not known.
    bool pin(std::uint64_t key, std::uint32_t group);
    bool release(std::uint64_t key);

    const std::vector<PeerGroup>& groups() const { return groups_; }
    const PeerGroup* group(std::uint32_t id) const;
    /// look(key, group, since_day, is_pinned), by key.
    template <typename Look>
    void for_each_member(const Look& look) const {
        for (const Member& member : by_key()) {
            look(member.key, member.group, member.since_day, member.is_pinned);
        }
    }
    /// The mean of all groups' centres by their size: what is usual. Of shares the shares are
    /// averaged, not their roots: where half do a thing always and half never, it is half.
    std::vector<float> middle() const;
    std::size_t member_count() const { return members_.size(); }
    std::uint64_t refused_count() const { return refused_; }
    const ProfileShape& shape() const { return shape_; }

    void save(StateWriter& out) const;
    base::Result<void> restore(StateReader& in);
    std::size_t memory_bytes() const;
    std::uint64_t checksum() const { return checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    struct Member {
        std::uint64_t key = 0;
        std::uint32_t group = 0, candidate = 0;
        std::int32_t first_day = 0, since_day = 0;
        std::uint8_t days = 0;  // that the candidate was there
        bool is_pinned = false;
        bool is_counted = false;  // enough is known of it
    };
    class Day;  // peer_groups_day.cpp

    std::uint32_t place_of(std::uint64_t key) const;
    std::uint32_t place_for(std::uint64_t key);
    float* counts_of(std::size_t place) { return counts_.data() + place * shape_.counts(); }
    std::vector<Member> by_key() const;
    void forget_the_quiet();
    void index_members();
    void restore_groups(StateReader& in);

    ProfileShape shape_;
    PeerSettings settings_;
    KeyIndex index_;
    std::vector<Member> members_;
    std::vector<float> counts_;                       // of members, one behind the other
    std::vector<PeerGroup> groups_;                   // by id
    std::vector<std::array<std::uint32_t, 3>> near_;  // two groups that look like one, days running
    std::uint32_t next_group_ = 1;
    std::int32_t day_ = INT32_MIN;  // the last that ended
    std::uint64_t refused_ = 0;
    std::uint64_t member_days_ = 0, members_told_ = 0, group_days_ = 0, groups_told_ = 0;
};

}  // namespace vedette::learn
