// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "learn/peer_groups/peer_groups.h"

namespace vedette::learn {

/// One day's end in PeerGroups: everything that is known for its length only.
class PeerGroups::Day {
  public:
    Day(PeerGroups& groups, std::int32_t day);
    std::vector<PeerChange> run();

  private:
    using Parts = std::vector<std::uint32_t>;

    void count_members();
    void split(PeerGroup& group);
    void break_up(std::uint32_t group_id, const std::vector<std::size_t>& places,
                  const Points& centres, const Parts& nearest);
    void look_for_drift(PeerGroup& group, const std::vector<float>& centre, std::size_t size);
    void move(std::size_t place);
    void join(std::size_t place);
    void change_group(std::size_t place, std::uint32_t to);
    void form();
    void merge();
    void put_together(std::uint32_t a, std::uint32_t b);
    void learn(PeerGroup& group);
    void end_empty_groups();

    /// How often such a thing is told here.
    static double rate_of(std::uint64_t told, std::uint64_t days);
    bool is_settled(std::int32_t since_day) const;
    bool is_within(const PeerGroup& group, std::size_t place, double deviations) const;
    double distance(const PeerGroup& group, std::size_t place) const;
    PeerGroup* group_at(std::uint32_t id);
    PeerGroup& new_group();
    std::vector<std::size_t> counted_of(std::uint32_t group) const;
    Points points_of(const std::vector<std::size_t>& places) const;
    std::vector<float> centre_of(const std::vector<std::size_t>& places) const;
    /// The same places, or some of them where that would be too many to look at.
    static std::vector<std::size_t> sample_of(const std::vector<std::size_t>& places);

    PeerGroups& all_;
    const std::int32_t day_;
    Points points_;              // by place
    std::vector<double> noise_;  // the square of the distance that chance makes
    std::vector<char> was_counted_;
    std::vector<PeerChange> changes_;
};

}  // namespace vedette::learn
