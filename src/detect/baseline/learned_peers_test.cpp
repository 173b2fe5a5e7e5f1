// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/learned_peers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>

#include "base/check.h"
#include "detect/baseline/baseline.h"

namespace vedette::detect::baseline {
namespace {

constexpr std::int64_t kHour = 3'600, kDay = 86'400;
/// A Monday, 00:00 UTC.
constexpr std::int64_t kMonday = 1'767'571'200;

constexpr std::string_view kPrograms = R"(analytic: programs
title: A program that a user never ran
entity: {user: user.name}
measure: {new_value: process.name}
sentence: '{entity} ran {value}'
)";
constexpr std::string_view kHosts = R"(analytic: hosts
title: A user on unusually many hosts
entity: {user: user.name}
measure: {distinct: host.name}
windows: [1d]
sentence: '{entity} on {observed} hosts'
)";

BaselineDetector made() {
    std::vector<Behaviour> behaviours;
    for (const std::string_view text : {kPrograms, kHosts}) {
        auto analytic = rule::analytic::read_analytic("a.yml", text);
        VD_CHECK(analytic.has_value());
        behaviours.push_back(std::move(*Behaviour::make(std::move(*analytic))));
    }
    constexpr std::size_t kBytes = 4u << 20;
    return BaselineDetector(std::move(behaviours), {kBytes, kBytes, kBytes});
}

/// Twelve who run builds on weekdays, and twelve who look after many machines at night.
class Office {
  public:
    explicit Office(std::size_t rows_max = 4'096) : rows_max_(rows_max), detector_(made()) {}

    void live(std::int64_t days, const std::function<bool(int user)>& is_by_night) {
        for (const std::int64_t end = day_ + days; day_ < end; ++day_) {
            for (std::int64_t hour = 0; hour < 24; ++hour) {
                for (int user = 0; user < 24; ++user) {
                    const bool is_on = is_by_night(user) ? hour < 6 : hour >= 8 && hour < 16;
                    for (int i = 0; is_on && i < 3; ++i) row(hour, user, is_by_night(user));
                }
                flush();
                detector_.tick({(kMonday + day_ * kDay + (hour + 1) * kHour) * base::kNsPerSecond},
                               sink());
            }
        }
    }
    void live(std::int64_t days) {
        live(days, [](int user) { return user % 2 == 1; });
    }
    void save_and_restore() {
        const std::string state = detector_.save();
        detector_ = made();
        ASSERT_TRUE(detector_.restore(state));
        ASSERT_EQ(detector_.save(), state);
    }
    BaselineDetector& detector() { return detector_; }
    std::uint32_t group_of(const std::string& user) {
        const auto member = detector_.peers()->peer_member({event::EntityType::user, user});
        return member ? member->group : 0;
    }
    /// Findings about groups, of behaviours there may be some beside.
    std::vector<cases::Finding> told() const {
        std::vector<cases::Finding> out;
        for (const cases::Finding& finding : findings_) {
            if (finding.rule_id.starts_with("peers-")) out.push_back(finding);
        }
        return out;
    }
    const std::vector<cases::Finding>& findings() const { return findings_; }

  private:
    void row(std::int64_t hour, int user, bool is_by_night) {
        const std::uint64_t chance = random_();
        event::Row& row = batch_.add_row();
        row.id = {++offset_, 0};
        row.time = row.arrival = {(kMonday + day_ * kDay + hour * kHour) * base::kNsPerSecond +
                                  static_cast<std::int64_t>(chance % 3'599'000'000'000)};
        row.origin = batch_.origin_index({"logs", "a"});
        row.dataset = batch_.dataset_index("text");
        const std::string program = is_by_night ? "tool-" + std::to_string(chance % 3)
                                                : "build-" + std::to_string(chance % 4);
        const std::string host = std::to_string(is_by_night ? chance / 7 % 40 : chance / 7 % 2);
        batch_.add(*fields_.intern("user.name"), "u" + std::to_string(user));
        batch_.add(*fields_.intern("process.name"), program);
        batch_.add(*fields_.intern("host.name"), "h" + host);
        if (batch_.row_count() >= rows_max_) flush();
    }
    void flush() {
        if (!batch_.is_empty()) static_cast<Detector&>(detector_).observe(batch_, sink());
        batch_.clear();
    }
    FindingSink sink() {
        return [this](cases::Finding finding) { findings_.push_back(std::move(finding)); };
    }

    std::size_t rows_max_;
    BaselineDetector detector_;
    event::FieldDictionary fields_;
    event::Batch batch_{fields_};
    std::mt19937_64 random_{1};
    std::int64_t day_ = 0;
    std::uint64_t offset_ = 0;
    std::vector<cases::Finding> findings_;
};

TEST(LearnedPeers, are_found_and_say_what_they_do) {
    Office office;
    office.live(10);
    const auto groups = office.detector().peers()->peer_groups();
    ASSERT_EQ(groups.size(), 2u);
    for (const PeerGroupView& group : groups) {
        EXPECT_EQ(group.members.size(), 12u);
        ASSERT_FALSE(group.traits.empty());
    }
    EXPECT_NE(office.group_of("u0"), office.group_of("u1"));
    EXPECT_EQ(office.group_of("u0"), office.group_of("u22"));
    std::string words;
    for (const PeerGroupView& group : groups) {
        for (const std::string& trait : group.traits) words += trait + "\n";
    }
    EXPECT_NE(words.find("h UTC: "), std::string::npos) << words;
    EXPECT_TRUE(office.told().empty()) << "that groups are found is no news";
}

TEST(LearnedPeers, tell_of_somebody_who_changes_sides) {
    Office office;
    office.live(28);
    EXPECT_TRUE(office.told().empty());
    office.live(14, [](int user) { return user % 2 == 1 || user == 4; });
    const auto told = office.told();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].rule_id, "peers-migrated");
    EXPECT_EQ(told[0].severity, cases::Severity::low);
    EXPECT_EQ(told[0].entities.front().text(), "user:u4");
    EXPECT_NE(told[0].reasons[0].observed.find("u4 behaves like group "), std::string::npos)
        << told[0].reasons[0].observed;
    EXPECT_NE(told[0].reasons[0].observed.find(" instead of "), std::string::npos);
    double sum = 0;
    for (const cases::Reason& reason : told[0].reasons) sum += reason.bits;
    EXPECT_EQ(sum, told[0].bits());
    EXPECT_EQ(sum * 1'024, std::floor(sum * 1'024));
    EXPECT_GT(sum, 0);
}

TEST(LearnedPeers, tell_of_a_group_that_has_become_two_and_suspect_nobody) {
    Office office;
    office.live(28);
    office.live(10, [](int user) { return user % 2 == 1 ? user < 14 : user == 100; });
    const auto told = office.told();
    ASSERT_FALSE(told.empty());
    EXPECT_TRUE(std::all_of(told.begin(), told.end(), [](const auto& finding) {
        return finding.rule_id != "peers-split" || finding.entities.empty();
    }));
}

TEST(LearnedPeers, are_the_same_wherever_batches_are_cut_and_states_are_saved) {
    Office whole, cut(7), stopped;
    whole.live(8);
    cut.live(8);
    for (int day = 0; day < 8; ++day) {
        stopped.live(1);
        stopped.save_and_restore();
    }
    EXPECT_NE(whole.group_of("u0"), 0u);
    EXPECT_EQ(whole.detector().checksum(), cut.detector().checksum());
    EXPECT_EQ(whole.detector().checksum(), stopped.detector().checksum());
    ASSERT_EQ(whole.findings().size(), stopped.findings().size());
    for (std::size_t i = 0; i < whole.findings().size(); ++i) {
        EXPECT_EQ(cases::to_json(whole.findings()[i]), cases::to_json(stopped.findings()[i]));
        EXPECT_EQ(cases::to_json(whole.findings()[i]), cases::to_json(cut.findings()[i]));
    }
}

TEST(LearnedPeers, obey_a_person) {
    Office office;
    office.live(8);
    PeerKeeper& peers = *office.detector().peers();
    const event::Entity ann{event::EntityType::user, "u0"};
    const std::uint32_t own = office.group_of("u0"), other = office.group_of("u1");
    const std::uint64_t key = peers.key_of(ann);
    const auto nobody =
        peers.check({PeersOrder::Kind::set, ann.type, peers.key_of({ann.type, "x"}), other, {}});
    ASSERT_FALSE(nobody);
    EXPECT_EQ(nobody.error().code, base::ErrorCode::not_found);
    EXPECT_FALSE(peers.check({PeersOrder::Kind::set, ann.type, key, 77, {}}));
    EXPECT_FALSE(peers.check({PeersOrder::Kind::release, ann.type, key, 0, {}}));
    EXPECT_FALSE(peers.check({PeersOrder::Kind::name, ann.type, 0, own, std::string(99, 'x')}));
    peers.obey({PeersOrder::Kind::set, ann.type, key, other, {}});
    peers.obey({PeersOrder::Kind::name, ann.type, 0, other, "night watch"});
    office.live(8);
    office.save_and_restore();
    EXPECT_EQ(office.group_of("u0"), other) << "whatever it does";
    EXPECT_TRUE(office.detector().peers()->peer_member(ann)->is_set);
    const auto groups = office.detector().peers()->peer_groups();
    EXPECT_TRUE(std::any_of(groups.begin(), groups.end(), [](const PeerGroupView& group) {
        return group.name == "night watch";
    }));
    office.detector().peers()->obey({PeersOrder::Kind::release, ann.type, key, 0, {}});
    office.live(4);
    EXPECT_EQ(office.group_of("u0"), own);
    EXPECT_TRUE(office.told().empty());
}

/// What is learned of a history has numbers of its own: here all were one group at first.
std::string other_history() {
    Office office;
    office.live(6, [](int) { return false; });
    office.live(24);
    EXPECT_EQ(office.detector().peers()->peer_groups().size(), 2u);
    return office.detector().save();
}

TEST(LearnedPeers, keep_what_people_said_when_a_history_is_learned) {
    const std::string history = other_history();
    for (const std::string named : {"u1", "u2"}) {
        Office office;
        office.live(8);
        PeerKeeper& peers = *office.detector().peers();
        const event::Entity ann{event::EntityType::user, "u0"};
        const std::uint32_t night = office.group_of("u1");
        peers.obey({PeersOrder::Kind::set, ann.type, peers.key_of(ann), night, {}});
        peers.obey({PeersOrder::Kind::name, ann.type, 0, office.group_of(named), "ours"});
        ASSERT_TRUE(office.detector().adopt(history));
        EXPECT_EQ(office.group_of("u0"), office.group_of("u1"));
        EXPECT_NE(office.group_of("u0"), office.group_of("u2"));
        ASSERT_TRUE(office.detector().peers()->peer_member(ann));
        EXPECT_TRUE(office.detector().peers()->peer_member(ann)->is_set);
        for (const PeerGroupView& group : office.detector().peers()->peer_groups()) {
            EXPECT_EQ(group.name, group.id == office.group_of(named) ? "ours" : "");
        }
        // The same place and name again: they are words still, not something learned.
        ASSERT_TRUE(office.detector().adopt(history));
        EXPECT_TRUE(office.detector().peers()->peer_member(ann)->is_set);
        office.save_and_restore();
    }
}

TEST(LearnedPeers, lose_what_people_said_of_groups_that_a_history_does_not_have) {
    Office office;
    office.live(8);
    PeerKeeper& peers = *office.detector().peers();
    const event::Entity ann{event::EntityType::user, "u0"};
    const std::uint32_t night = office.group_of("u1");
    peers.obey({PeersOrder::Kind::set, ann.type, peers.key_of(ann), night, {}});
    peers.obey({PeersOrder::Kind::name, ann.type, 0, night, "ours"});
    ASSERT_TRUE(office.detector().adopt(made().save()));
    EXPECT_EQ(office.detector().save(), made().save());
    ASSERT_TRUE(office.detector().adopt(other_history()));
    EXPECT_FALSE(office.detector().peers()->peer_member(ann)->is_set);
    EXPECT_FALSE(office.detector().adopt("of another version"));
    EXPECT_EQ(office.detector().save(), made().save());
}

TEST(LearnedPeers, leave_alone_whose_group_an_attribute_names) {
    auto analytic = rule::analytic::read_analytic("a.yml", kPrograms);
    auto behaviour = Behaviour::make(std::move(*analytic));
    LearnedPeers peers;
    event::FieldDictionary fields;
    event::Batch batch(fields);
    batch.add_row();
    batch.add(*fields.intern("user.name"), "ann");
    batch.add(*fields.intern("process.name"), "p");
    RowTests tests;
    behaviour->join(tests);
    tests.bind(batch);
    ASSERT_EQ(behaviour->bind(batch, tests).size(), 1u);
    auto observation = behaviour->observe(0);
    ASSERT_TRUE(observation);
    observation->peers = 5;
    peers.note(*behaviour, *observation, {});
    EXPECT_EQ(observation->peers, 5u);
}

}  // namespace
}  // namespace vedette::detect::baseline
