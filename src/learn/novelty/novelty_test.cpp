// SPDX-License-Identifier: Apache-2.0
#include "learn/novelty/novelty.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "learn/random.h"
#include "learn/test_restored.h"

namespace vedette::learn {
namespace {

constexpr std::int64_t kStartNs = 1'764'000'000ll * base::kNsPerSecond;
constexpr double kHalfLifeS = 2'592'000;

struct Event {
    std::int64_t second;
    std::uint64_t entity, value;
    base::Timestamp time() const { return {kStartNs + second * base::kNsPerSecond}; }
    std::uint64_t peers() const { return entity % 2; }
};

std::vector<Event> events() {
    std::vector<Event> out;
    std::int64_t second = 0;
    for (const auto& [step, entity, value] :
         *rc::gen::container<std::vector<std::tuple<int, int, int>>>(rc::gen::tuple(
             rc::gen::inRange(0, 90'000), rc::gen::inRange(0, 4), rc::gen::inRange(0, 40)))) {
        second += step;
        out.push_back(
            {second, static_cast<std::uint64_t>(entity), static_cast<std::uint64_t>(value)});
    }
    return out;
}

/// The same formula over lists of everything that was seen.
class Plain {
  public:
    double bits(const Event& event) const {
        const double above = level(all_, event, 1 / (distinct(all_, event) + 1));
        const double peers = level(at(peers_, event.peers()), event, above);
        return -std::log2(level(at(selves_, event.entity), event, peers));
    }
    void learn(const Event& event) {
        for (Level* one : {&all_, &peers_[event.peers()], &selves_[event.entity]}) {
            if (count(*one, event) < 0.5) one->firsts.push_back(event);
            one->seen.push_back(event);
        }
    }

  private:
    struct Level {
        std::vector<Event> seen, firsts;
    };
    static const Level& at(const std::map<std::uint64_t, Level>& levels, std::uint64_t key) {
        static const Level kNothing;
        const auto found = levels.find(key);
        return found == levels.end() ? kNothing : found->second;
    }
    static double left(const Event& old, const Event& now) {
        return std::exp2(static_cast<double>(old.second - now.second) / kHalfLifeS);
    }
    static double count(const Level& level, const Event& now) {
        double sum = 0;
        for (const Event& old : level.seen) sum += old.value == now.value ? left(old, now) : 0;
        return sum;
    }
    static double distinct(const Level& level, const Event& now) {
        double sum = 0;
        for (const Event& old : level.firsts) sum += left(old, now);
        return sum;
    }
    static double level(const Level& level, const Event& now, double above) {
        double total = 0;
        for (const Event& old : level.seen) total += left(old, now);
        return (std::max(count(level, now) - 0.5, 0.0) + (1 + distinct(level, now) / 2) * above) /
               (total + 1);
    }
    Level all_;
    std::map<std::uint64_t, Level> peers_, selves_;
};

RC_GTEST_PROP(Novelty, gives_the_bits_of_the_exact_counts, ()) {
    NoveltyField field;
    std::map<std::uint64_t, NoveltyProfile> profiles;
    Plain plain;
    for (const Event& event : events()) {
        const Novelty found = field.observe(profiles[event.entity], event.entity, event.peers(),
                                            event.value, event.time());
        // Counts that decayed to a half are new or not by the last digit.
        RC_ASSERT(std::abs(found.bits - plain.bits(event)) < 0.05);
        RC_ASSERT(profiles[event.entity].check_invariants().has_value());
        plain.learn(event);
    }
}

RC_GTEST_PROP(Novelty, is_a_probability_over_all_values, ()) {
    NoveltyField field;
    NoveltyProfile profile;
    const auto all = events();
    for (const Event& event : all) field.observe(profile, 1, 2, event.value, event.time());
    const base::Timestamp now = all.empty() ? base::Timestamp{kStartNs} : all.back().time();
    std::set<std::uint64_t> values = {1'000};  // stands for all that was not seen
    for (const Event& event : all) values.insert(event.value);
    double sum = 0;
    for (const std::uint64_t value : values) {
        sum += std::exp2(-field.score(profile, 1, 2, value, now).bits);
    }
    RC_ASSERT(sum <= 1 + 1e-2);
}

RC_GTEST_PROP(Novelty, stopped_anywhere_goes_on_as_if_it_had_not_been, ()) {
    const auto all = events();
    const auto cut = *rc::gen::inRange<std::size_t>(0, all.size() + 1);
    const CountMin::Settings small = {.width_log2 = 6, .half_life_seconds = kHalfLifeS};
    NoveltyField whole(small), first(small), second(small);
    NoveltyProfile whole_profile, first_profile, second_profile;
    for (std::size_t i = 0; i < all.size(); ++i) {
        whole.observe(whole_profile, 1, 2, all[i].value, all[i].time());
        if (i < cut) first.observe(first_profile, 1, 2, all[i].value, all[i].time());
    }
    RC_ASSERT(restore_sealed(second, save_sealed(first)).has_value());
    RC_ASSERT(restore_sealed(second_profile, save_sealed(first_profile)).has_value());
    for (std::size_t i = cut; i < all.size(); ++i) {
        second.observe(second_profile, 1, 2, all[i].value, all[i].time());
    }
    RC_ASSERT(are_same(whole, second) && are_same(whole_profile, second_profile));
}

RC_GTEST_PROP(Novelty, forgets_what_is_taken_out, ()) {
    const auto all = events();
    NoveltyField field, clean;
    NoveltyProfile profile, clean_profile;
    std::vector<Event> attack;
    for (const Event& event : all) {
        field.observe(profile, 1, 2, event.value, event.time());
        if (event.value >= 30) {
            attack.push_back(event);
        } else {
            clean.observe(clean_profile, 1, 2, event.value, event.time());
        }
    }
    for (const Event& event : attack) {
        field.subtract(profile, 1, 2, event.value, event.time());
        RC_ASSERT(profile.check_invariants().has_value());
    }
    const base::Timestamp now = all.empty() ? base::Timestamp{kStartNs} : all.back().time();
    for (std::uint64_t value = 0; value < 40; ++value) {
        const Novelty with = field.score(profile, 1, 2, value, now);
        const Novelty without = clean.score(clean_profile, 1, 2, value, now);
        RC_ASSERT(std::abs(with.self_count - without.self_count) < 0.02);
        RC_ASSERT(std::abs(with.all_count - without.all_count) < 0.02);
        RC_ASSERT(std::abs(with.self_total - without.self_total) < 0.02 + without.self_total / 500);
    }
}

TEST(Novelty, answers_at_the_first_event_through_peers_and_everybody) {
    NoveltyField field;
    for (std::uint64_t entity = 0; entity < 200; ++entity) {
        NoveltyProfile profile;
        for (int i = 0; i < 5; ++i) {
            field.observe(profile, entity, 1, entity % 10 == 0 ? 2 : 1, {kStartNs});
        }
    }
    const NoveltyProfile fresh;
    const Novelty usual = field.score(fresh, 999, 1, 1, {kStartNs});
    const Novelty rare = field.score(fresh, 999, 1, 2, {kStartNs});
    const Novelty unheard = field.score(fresh, 999, 1, 3, {kStartNs});
    EXPECT_LT(usual.bits, 0.3);
    EXPECT_NEAR(std::log2(10), rare.bits, 0.3);
    EXPECT_GT(unheard.bits, 8);
    EXPECT_EQ(0, usual.self_total);
    EXPECT_NEAR(1'000, usual.peer_total, 1);
    // Of peers that nobody knows everybody is asked.
    EXPECT_NEAR(std::log2(10), field.score(fresh, 999, 77, 2, {kStartNs}).bits, 0.3);
}

TEST(Novelty, of_one_that_always_does_new_things_is_cheap_and_of_one_that_never_does_dear) {
    NoveltyField field;
    NoveltyProfile steady, restless;
    for (std::uint64_t i = 0; i < 500; ++i) {
        field.observe(steady, 1, 1, 5, {kStartNs});
        field.observe(restless, 2, 1, 1'000 + i, {kStartNs});
    }
    const Novelty of_steady = field.score(steady, 1, 1, 9'999, {kStartNs});
    const Novelty of_restless = field.score(restless, 2, 1, 9'999, {kStartNs});
    EXPECT_GT(of_steady.bits, of_restless.bits + 5);
    EXPECT_GT(of_steady.ratio_bits, 5);
    EXPECT_LT(of_restless.ratio_bits, of_steady.ratio_bits - 5);
    EXPECT_LT(of_steady.rarer_share, 0.01);
}

TEST(Novelty, remembers_what_was_driven_out_of_the_list) {
    NoveltyField field;
    NoveltyProfile profile;
    for (std::uint64_t value = 0; value < 100; ++value) {
        field.observe(profile, 1, 1, value, {kStartNs});
    }
    for (std::uint64_t value = 0; value < 100; ++value) {
        EXPECT_NEAR(1, field.score(profile, 1, 1, value, {kStartNs}).self_count, 1e-3) << value;
    }
    EXPECT_LT(field.score(profile, 1, 1, 1'000, {kStartNs}).self_count, 0.5);
    EXPECT_LE(profile.memory_bytes(), 168u);
}

RC_GTEST_PROP(Novelty, of_places_that_were_looked_up_before_is_the_same, ()) {
    NoveltyField field, prepared;
    std::map<std::uint64_t, NoveltyProfile> profiles, prepared_profiles;
    const auto all = events();
    std::vector<NoveltyField::Places> places;
    for (const Event& event : all) {
        places.push_back(prepared.look_up(event.entity, event.peers(), event.value));
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        const Event& event = all[i];
        const Novelty one = field.observe(profiles[event.entity], event.entity, event.peers(),
                                          event.value, event.time());
        const Novelty other =
            prepared.observe(prepared_profiles[event.entity], places[i], event.time());
        RC_ASSERT(one.bits == other.bits && one.rarer_share == other.rarer_share);
    }
    RC_ASSERT(are_same(field, prepared));
}

TEST(Novelty, may_teach_others_what_the_entity_itself_does_not_learn_yet) {
    NoveltyField field;
    NoveltyProfile profile, fresh;
    field.observe(profile, 1, 1, 7, {kStartNs}, 0, 1);
    EXPECT_TRUE(are_same(profile, fresh));
    EXPECT_NEAR(1, field.score(profile, 1, 1, 7, {kStartNs}).all_count, 1e-3);
    field.observe(profile, 1, 1, 7, {kStartNs}, 1, 0);
    const Novelty found = field.score(profile, 1, 1, 7, {kStartNs});
    EXPECT_NEAR(1, found.self_count, 1e-3);
    EXPECT_NEAR(1, found.all_count, 1e-3) << "they knew already";
}

TEST(Novelty, refuses_a_damaged_state) {
    NoveltyField field({.width_log2 = 4, .half_life_seconds = 86'400});
    NoveltyProfile profile;
    for (std::uint64_t value = 0; value < 30; ++value) {
        field.observe(profile, 1, 1, value % 20, {kStartNs});
    }
    EXPECT_TRUE(refuses_all_damage([] { return NoveltyProfile(); }, save_sealed(profile)));
    EXPECT_TRUE(refuses_all_damage(
        [] { return NoveltyField({.width_log2 = 4, .half_life_seconds = 86'400}); },
        save_sealed(field)));
}

}  // namespace
}  // namespace vedette::learn
