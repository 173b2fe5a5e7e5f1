// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/time.h"
#include "learn/primitive.h"
#include "learn/sketch/count_min.h"

namespace vedette::learn {

/// How usual a value is, for the one who showed it, for its peers and for everybody. Counts are
/// decayed: what they would be if the past had been seen less.
struct Novelty {
    double bits = 0;        ///< -log2 of the predictive probability; what the value costs to tell
    double ratio_bits = 0;  ///< log2(probability for everybody / for this one): above 0 it is odder
                            ///< here than elsewhere. What a login from a stranger's place scores.
    double rarer_share = 1;  ///< share of this one's observations that are no more usual than it
    double self_count = 0, self_total = 0;
    double peer_count = 0, peer_total = 0;
    double all_count = 0, all_total = 0;
};

/// One entity's part: its sixteen most recent values with their counts.
///
/// What was driven out of the list goes on being counted in the field's sketch, so a value is never
/// new twice within the half-life.
/// Cost: 160 bytes.
class NoveltyProfile {
  public:
    static constexpr std::string_view kKind = "novelty profile";
    static constexpr std::uint8_t kVersion = 1;
    static constexpr std::size_t kValues = 16;

    void save(StateWriter& out) const;
    base::Result<void> restore(StateReader& in);
    std::size_t memory_bytes() const { return sizeof *this; }
    std::uint64_t checksum() const { return checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    friend class NoveltyField;
    static constexpr std::int64_t kNever = INT64_MIN;

    /// The value's count; 0 where it is not listed.   Cost: four values at once.
    float listed(std::uint32_t tag) const;
    /// Counts that are larger, together.
    double above(float count) const;
    /// Where the value is listed; otherwise the place of the smallest count.
    std::size_t place_of(std::uint32_t tag) const;
    std::size_t place_of_smallest() const;

    std::array<std::uint32_t, kValues> tags_{};  // of values; where the count is 0, nothing
    std::array<float, kValues> counts_{};
    double total_ = 0;               // of all observations
    double distinct_ = 0;            // of those that were new; decays alike
    std::int64_t last_ns_ = kNever;  // what the counts are of
    std::uint32_t has_driven_out_ = 0;
};

/// How new or rare the values of one categorical field are: a country, a process's parent, a port.
///
/// Predictive probability with back-off, entity <- peers <- everybody: at each level
///   p(v) = (max(count(v) - 1/2, 0) + (1 + distinct / 2) * p_above(v)) / (total + 1),
/// the two-parameter Poisson-Dirichlet process (interpolated Kneser-Ney). An entity that never
/// shows anything new makes a new value dear, one that always does makes it cheap, and one that was
/// never seen borrows its peers' whole distribution: the first event has an answer.
/// Over the values that were ever seen and one that was not, the probabilities add up to at most 1:
/// bits are a code's length. A value that nobody ever showed pays at every level.
/// Entities, peers and values are 64-bit hashes. Peers are any groups; a group needs no set-up.
/// observe() answers before it learns. A profile decays in steps of a 1,024th of the half-life.
/// Error: with exact counts none; counts of peers, everybody and of values beyond an entity's
/// sixteen come from one count-min sketch and may be too large by its error_bound(), which makes
/// values look more usual than they are. Two values of one entity that share 32 bits are one.
/// Not for: fields in which every value is new by nature (session ids, times), or sizes.
/// Cost: 160 bytes an entity, 2 MiB a field; five cache lines of the sketch. Who has several events
/// at hand looks up the places of all of them first: their memory comes near meanwhile.
/// Source: J. Pitman, M. Yor, Annals of Probability 25(2), 1997; Y. W. Teh, "A hierarchical
/// Bayesian language model based on Pitman-Yor processes", ACL 2006; the ratio: D. Freeman et al.,
/// "Who are you? A statistical approach to measuring user authenticity", NDSS 2016.
class NoveltyField {
  public:
    static constexpr std::string_view kKind = "novelty field";
    static constexpr double kAlike = -1;
    static constexpr std::uint8_t kVersion = 2;

    explicit NoveltyField(CountMin::Settings settings);
    NoveltyField() : NoveltyField(CountMin::Settings()) {}

    /// Where the sketch counts one entity's value; the same for as long as the field lives.
    struct Places {
        std::uint64_t entity = 0;
        std::uint32_t tag = 0;            ///< of the value, in the entity's own list
        CountMin::Spot of_all, of_peers;  ///< the value
        CountMin::Spot all, peers;        ///< how much they showed; beside it how much was new
        CountMin::Spot of_self;           ///< the value, as far as it was driven out of the list
    };
    /// Their memory is asked for as well, and comes while the caller does something else.
    Places look_up(std::uint64_t entity, std::uint64_t peers, std::uint64_t value) const;

    Novelty score(const NoveltyProfile& self, const Places& places, base::Timestamp now) const;
    Novelty score(const NoveltyProfile& self, std::uint64_t entity, std::uint64_t peers,
                  std::uint64_t value, base::Timestamp now) const {
        return score(self, look_up(entity, peers, value), now);
    }
    /// `share`, in [0, 1], is how much of it the entity learns, `others_share` how much its peers
    /// and everybody do (they may know sooner, or less of one that is loud); kAlike: as much.
    Novelty observe(NoveltyProfile& self, const Places& places, base::Timestamp time,
                    double share = 1, double others_share = kAlike);
    Novelty observe(NoveltyProfile& self, std::uint64_t entity, std::uint64_t peers,
                    std::uint64_t value, base::Timestamp time, double share = 1,
                    double others_share = kAlike) {
        return observe(self, look_up(entity, peers, value), time, share, others_share);
    }
    /// The second half of observe(): `found` is what score() just said of the same.
    void learn(NoveltyProfile& self, const Novelty& found, const Places& places,
               base::Timestamp time, double share, double others_share) {
        learn(self, self.place_of(places.tag), found, places, time, share, others_share);
    }
    /// Takes an observation out that was learned with the same arguments. That it was the first of
    /// its kind is not taken out: a little more of what follows counts as new.
    void subtract(NoveltyProfile& self, std::uint64_t entity, std::uint64_t peers,
                  std::uint64_t value, base::Timestamp time, double share = 1);

    const CountMin& sketch() const { return sketch_; }

    void save(StateWriter& out) const;
    base::Result<void> restore(StateReader& in);
    std::size_t memory_bytes() const {
        return sizeof *this - sizeof sketch_ + sketch_.memory_bytes();
    }
    std::uint64_t checksum() const { return checksum_of(*this); }
    base::Result<void> check_invariants() const;

  private:
    double half_lives(std::int64_t from_ns, std::int64_t to_ns) const;
    /// What is left by then of a profile's counts.
    double left_of(const NoveltyProfile& self, base::Timestamp now) const;
    /// Brings the profile up to `time`; what an observation of then weighs in it.
    double bring_up(NoveltyProfile& self, base::Timestamp time) const;
    void learn(NoveltyProfile& self, std::size_t place, const Novelty& found, const Places& places,
               base::Timestamp time, double share, double others_share);
    void learn_self(NoveltyProfile& self, std::size_t place, const Novelty& found,
                    const Places& places, base::Timestamp time, double share);
    void learn_others(const Novelty& found, const Places& places, base::Timestamp time,
                      double share);

    CountMin::Settings settings_;
    double half_lives_per_ns_;
    CountMin sketch_;
    CountMin::Spot all_;
};

}  // namespace vedette::learn
