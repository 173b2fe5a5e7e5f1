// SPDX-License-Identifier: Apache-2.0
#include "detect/baseline/baseline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include "detect/registry.h"

namespace vedette::detect {

void register_baseline(Registry& registry);

namespace {

constexpr std::int64_t kMinute = 60, kHour = 3'600, kDay = 86'400;
/// A Monday, 00:00 UTC.
constexpr std::int64_t kMonday = 1'767'571'200;

constexpr std::string_view kCount = R"(analytic: logins
title: Unusually many logins
entity: {user: user.name}
measure: count
windows: [1h]
against: [self, everybody]
sentence: '{observed} logins of {entity} in {window}; {low} to {high} are expected'
)";

constexpr std::string_view kNew = R"(analytic: new-program
title: A program it never ran
entity: {host: host.name}
measure: {new_value: process.name}
sentence: '{entity} ran {value}, unlike {n} times before'
)";

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
    std::string out(text);
    out.replace(out.find(from), from.size(), to);
    return out;
}

using Fields = std::vector<std::pair<std::string, std::string>>;

/// A detector with a clock of seconds since a Monday, and everything it says.
class World {
  public:
    explicit World(std::vector<std::string> analytics, std::size_t rows_max = 4'096)
        : rows_max_(rows_max) {
        for (std::size_t i = 0; i < analytics.size(); ++i) {
            inputs_.analytic_files.emplace_back("a" + std::to_string(i) + ".yml", analytics[i]);
        }
        Registry registry;
        register_baseline(registry);
        kind_ = registry.kinds().at(0);
        renew();
    }

    void row(std::int64_t at_s, const Fields& fields, std::uint16_t flags = 0) {
        event::Row& row = batch_.add_row();
        row.id = {++offset_, 0};
        row.time = row.arrival = {(kMonday + at_s) * base::kNsPerSecond};
        row.flags = flags;
        row.origin = batch_.origin_index({"logs", "/var/log/a.log"});
        row.dataset = batch_.dataset_index("text");
        for (const auto& [name, value] : fields) batch_.add(*fields_.intern(name), value);
        if (batch_.row_count() >= rows_max_) flush();
    }
    /// A row that says it happened `ahead_s` after it arrived.
    void row_ahead(std::int64_t at_s, std::int64_t ahead_s, const Fields& fields) {
        row(at_s, fields);
        batch_.rows().back().time.unix_ns += ahead_s * base::kNsPerSecond;
    }
    void flush() {
        if (!batch_.is_empty()) detector_->observe(batch_, sink());
        batch_.clear();
    }
    void tick(std::int64_t at_s) {
        flush();
        detector_->tick({(kMonday + at_s) * base::kNsPerSecond}, sink());
    }
    void finish() {
        flush();
        detector_->finish(sink());
    }
    void save_and_restore() {
        flush();
        const std::string state = detector_->save();
        renew();
        const auto restored = detector_->restore(state);
        ASSERT_TRUE(restored) << restored.error().message();
        ASSERT_EQ(detector_->save(), state);
    }
    Detector& detector() { return *detector_; }
    const baseline::BaselineDetector& baseline() const {
        return dynamic_cast<const baseline::BaselineDetector&>(*detector_);
    }

    std::vector<cases::Finding> findings;
    std::vector<DetectorNotice> notices;

  private:
    void renew() {
        notices.clear();
        detector_ = std::move(*kind_.make(inputs_, fields_, notices));
    }
    FindingSink sink() {
        return [this](cases::Finding finding) { findings.push_back(std::move(finding)); };
    }

    std::size_t rows_max_;
    DetectorInputs inputs_;
    DetectorKind kind_;
    event::FieldDictionary fields_;
    event::Batch batch_{fields_};
    std::unique_ptr<Detector> detector_;
    std::uint64_t offset_ = 0;
};

/// Fifty people who keep office hours, each by a habit of its own, for `days`; `extra(hour, world)`
/// adds what is odd.
void office(World& world, std::int64_t days, std::uint64_t seed,
            const std::function<void(std::int64_t, World&)>& extra = {}) {
    std::mt19937_64 random(seed);
    for (std::int64_t hour = 0; hour < days * 24; ++hour) {
        const std::int64_t of_day = hour % 24, day = hour / 24 % 7;
        const bool is_work = of_day >= 8 && of_day < 18 && day < 5;
        for (int user = 0; user < 50; ++user) {
            const double mean = (is_work ? 4.0 : 0.3) * (1 + user % 5);
            std::poisson_distribution<int> logins(mean);
            for (int i = logins(random); i > 0; --i) {
                world.row(hour * kHour + static_cast<std::int64_t>(random() % kHour),
                          {{"user.name", "user" + std::to_string(user)}});
            }
        }
        if (extra) extra(hour, world);
        world.tick((hour + 1) * kHour);
    }
}

void burst(std::int64_t hour, World& world) {
    if (hour != 20 * 24 + 3) return;
    for (int i = 0; i < 200; ++i) {
        world.row(hour * kHour + i * 10, {{"user.name", "User7"}});
    }
}

TEST(Baseline, tells_of_a_burst_in_a_quiet_hour_and_says_what_is_usual) {
    World world({std::string(kCount)});
    office(world, 21, 1, burst);
    const auto found = std::find_if(
        world.findings.begin(), world.findings.end(), [](const cases::Finding& finding) {
            return finding.entities.front().id == "user7" &&
                   finding.first_seen.unix_ns / base::kNsPerSecond >= kMonday + 20 * kDay;
        });
    ASSERT_NE(found, world.findings.end());
    EXPECT_EQ(found->rule_id, "logins");
    EXPECT_EQ(found->detector, "baseline");
    EXPECT_NE(found->reasons.front().observed.find("logins of user7 in 1 h;"), std::string::npos)
        << found->reasons.front().observed;
    EXPECT_GT(found->bits(), 3);
    EXPECT_EQ(found->events.size(), 2u);
}

TEST(Baseline, tells_hardly_anything_of_people_who_do_what_they_always_do) {
    World world({std::string(kCount)});
    office(world, 42, 2);
    const Standing standing = world.baseline().standings().front();
    EXPECT_GT(standing.tests, 10'000);
    // The promise is one test in a thousand; what came before the calibrator knew anything counts.
    EXPECT_LT(static_cast<double>(standing.told_ever), standing.tests * 0.003);
    EXPECT_GT(standing.health, 0.5);
}

TEST(Baseline, gives_lines_that_add_up_to_whole_steps_of_evidence) {
    World world({std::string(kCount)});
    office(world, 21, 3, burst);
    ASSERT_FALSE(world.findings.empty());
    for (const cases::Finding& finding : world.findings) {
        double sum = 0;
        for (const cases::Reason& reason : finding.reasons) sum += reason.bits;
        EXPECT_EQ(sum, finding.bits());
        EXPECT_EQ(sum * 1'024, std::floor(sum * 1'024));
        EXPECT_GT(sum, 0);
    }
}

TEST(Baseline, tells_of_a_program_that_a_machine_never_ran) {
    World world({std::string(kNew)});
    std::mt19937_64 random(4);
    for (int i = 0; i < 20'000; ++i) {
        world.row(i * 30, {{"host.name", "web-" + std::to_string(random() % 10)},
                           {"process.name", "p" + std::to_string(random() % 12)}});
    }
    world.flush();
    EXPECT_LE(world.findings.size(), 5u) << "while it learned what there is";
    world.findings.clear();
    world.row(700'000, {{"host.name", "web-3"}, {"process.name", "mimikatz.exe"}});
    world.flush();
    ASSERT_EQ(world.findings.size(), 1u);
    EXPECT_EQ(world.findings[0].entities.front().text(), "host:web-3");
    EXPECT_NE(world.findings[0].reasons.front().observed.find("web-3 ran mimikatz.exe"),
              std::string::npos);
    EXPECT_EQ(world.findings[0].source, "logs");
}

TEST(Baseline, learns_nothing_from_rows_that_are_late) {
    World world({std::string(kNew)});
    for (int i = 0; i < 100; ++i) {
        world.row(i, {{"host.name", "a"}, {"process.name", "x"}}, event::kRowLate);
    }
    world.flush();
    EXPECT_EQ(world.baseline().standings().front().tests, 0);
}

TEST(Baseline, is_not_made_to_forget_by_a_record_dated_2100) {
    World world({std::string(kNew)});
    std::mt19937_64 random(9);
    for (int i = 0; i < 20'000; ++i) {
        world.row(i * 30, {{"host.name", "web-" + std::to_string(random() % 10)},
                           {"process.name", "p" + std::to_string(random() % 12)}});
    }
    world.flush();
    const double tests = world.baseline().standings().front().tests;
    world.row_ahead(600'001, 74 * 365 * kDay, {{"host.name", "web-3"}, {"process.name", "p1"}});
    world.flush();
    EXPECT_EQ(world.baseline().standings().front().tests, tests);
    world.findings.clear();
    world.row(700'000, {{"host.name", "web-3"}, {"process.name", "mimikatz.exe"}});
    world.flush();
    ASSERT_EQ(world.findings.size(), 1u);
    const std::string& said = world.findings[0].reasons.front().observed;
    const std::size_t number = said.find("unlike ");
    ASSERT_NE(number, std::string::npos) << said;
    EXPECT_GT(std::stod(said.substr(number + 7)), 10'000) << "what was learned before still counts";
}

TEST(Baseline, says_the_same_wherever_batches_are_cut) {
    std::vector<std::vector<cases::Finding>> told;
    std::vector<std::uint64_t> checksums;
    for (const std::size_t rows_max : {1u, 7u, 4'096u}) {
        World world({std::string(kCount), std::string(kNew)}, rows_max);
        std::mt19937_64 random(5);
        office(world, 16, 5, [&](std::int64_t hour, World& into) {
            burst(hour + 5 * 24, into);
            for (int i = 0; i < 20; ++i) {
                into.row(hour * kHour + i,
                         {{"host.name", "h" + std::to_string(random() % 5)},
                          {"process.name", "p" + std::to_string(random() % 500 / 20)}});
            }
        });
        world.finish();
        told.push_back(world.findings);
        checksums.push_back(world.detector().checksum());
    }
    ASSERT_FALSE(told[0].empty());
    for (std::size_t i = 1; i < told.size(); ++i) {
        ASSERT_EQ(told[i].size(), told[0].size());
        for (std::size_t j = 0; j < told[0].size(); ++j) {
            EXPECT_EQ(cases::to_json(told[i][j]), cases::to_json(told[0][j]));
        }
        EXPECT_EQ(checksums[i], checksums[0]);
    }
}

TEST(Baseline, goes_on_from_what_was_saved_as_if_it_had_not_stopped) {
    World straight({std::string(kCount)}), stopped({std::string(kCount)});
    office(straight, 21, 6, burst);
    office(stopped, 21, 6, [](std::int64_t hour, World& world) {
        burst(hour, world);
        if (hour % 37 == 5) world.save_and_restore();
    });
    ASSERT_EQ(stopped.findings.size(), straight.findings.size());
    for (std::size_t i = 0; i < straight.findings.size(); ++i) {
        EXPECT_EQ(cases::to_json(stopped.findings[i]), cases::to_json(straight.findings[i]));
    }
    EXPECT_EQ(stopped.detector().checksum(), straight.detector().checksum());
}

TEST(Baseline, refuses_a_damaged_state_and_begins_anew) {
    World world({std::string(kCount)});
    office(world, 2, 7);
    const std::string state = world.detector().save();
    for (std::size_t size = 1; size < state.size(); size += 1 + state.size() / 60) {
        EXPECT_FALSE(world.detector().restore(std::string_view(state).substr(0, size)));
    }
    EXPECT_FALSE(world.detector().restore(state + "x"));
    const auto older = world.detector().restore("\x06" + state.substr(1));
    ASSERT_FALSE(older);
    EXPECT_NE(older.error().message().find("of another version"), std::string::npos);
    EXPECT_TRUE(world.detector().restore(state));
}

TEST(Baseline, names_analytics_that_it_does_not_take) {
    World world({replaced(kNew, "new_value", "newer_value"), "analytic: ["});
    ASSERT_EQ(world.notices.size(), 2u);
    EXPECT_EQ(world.detector().rule_count(), 0u);
}

/// Ten machines run their programs for a week, then one of them, or one that is new among them,
/// runs what nobody ever did. What is said of it.
cases::Finding odd_program(const std::string& host) {
    World world({replaced(kNew, "unlike {n} times before", "unlike {n} times by {against}") +
                 "tell_from_bits: 0\n"});
    const auto run = [&](std::int64_t at_s, const std::string& where, const std::string& program) {
        world.row(at_s, {{"host.name", where}, {"process.name", program}});
    };
    for (int i = 0; i < 20'000; ++i) {
        run(i * 30, "h" + std::to_string(i % 10), "p" + std::to_string(i / 10 * 7 % 12));
    }
    for (int i = 0; i < 40; ++i) run(600'000 + i, "fresh", "p" + std::to_string(i % 12));
    world.flush();
    world.findings.clear();
    run(700'000, host, "mimikatz.exe");
    world.flush();
    return world.findings.empty() ? cases::Finding() : world.findings[0];
}

TEST(Baseline, says_who_decided_that_a_value_is_odd) {
    for (const std::string host : {"h3", "fresh"}) {
        const cases::Finding finding = odd_program(host);
        ASSERT_FALSE(finding.reasons.empty()) << host;
        const std::string& said = finding.reasons.front().observed;
        EXPECT_NE(said.find("times by everybody"), std::string::npos)
            << "twenty thousand of everybody say more than its own: " << said;
        EXPECT_EQ(finding.reasons.front().against, "everybody");
        EXPECT_EQ(finding.reasons[1].against, "everybody");
    }
    World world({replaced(kCount, "are expected", "are expected by {against}")});
    office(world, 21, 1, burst);
    ASSERT_FALSE(world.findings.empty());
    for (const cases::Finding& finding : world.findings) {
        const auto decisive =
            std::find_if(finding.reasons.begin() + 1, finding.reasons.end(),
                         [](const cases::Reason& reason) { return reason.feature == "count"; });
        ASSERT_NE(decisive, finding.reasons.end());
        EXPECT_EQ(finding.reasons.front().against, decisive->against);
        const std::string& said = finding.reasons.front().observed;
        const std::string_view whose = decisive->against == "self"    ? "by its own past"
                                       : decisive->against == "peers" ? "by its peers"
                                                                      : "by everybody";
        EXPECT_NE(said.find(whose), std::string::npos) << said;
    }
}

TEST(Baseline, does_not_tell_of_less_evidence_than_is_asked_for_but_counts_it) {
    World all({std::string(kCount) + "tell_from_bits: 0\n"});
    World some({std::string(kCount)});
    World none({std::string(kCount) + "tell_from_bits: 100\n"});
    for (World* world : {&all, &some, &none}) office(*world, 21, 1, burst);
    const Standing told = all.baseline().standings().front();
    EXPECT_GT(all.findings.size(), some.findings.size());
    EXPECT_FALSE(some.findings.empty());
    EXPECT_TRUE(none.findings.empty());
    for (const cases::Finding& finding : some.findings) EXPECT_GE(finding.bits(), 1);
    for (const World* world : {&some, &none}) {
        const Standing standing = world->baseline().standings().front();
        EXPECT_EQ(standing.told_ever, world->findings.size());
        EXPECT_EQ(standing.told_ever + standing.untold_ever, told.told_ever + told.untold_ever);
        EXPECT_EQ(standing.odd_1000_ever, told.odd_1000_ever);
        EXPECT_EQ(standing.tests, told.tests);
    }
}

TEST(Baseline, tells_of_a_journey_that_nobody_makes) {
    World world({R"(analytic: travel
title: Two logins too far apart
entity: {user: user.name}
measure: {travel_speed: [lat, lon]}
at_least: 900
sentence: '{entity} would have travelled {observed}'
)"});
    std::mt19937_64 random(8);
    for (int i = 0; i < 6'000; ++i) {
        const double away = static_cast<double>(random() % 1'000) / 10'000;
        world.row(i * kMinute, {{"user.name", "u" + std::to_string(random() % 20)},
                                {"lat", std::to_string(48 + away)},
                                {"lon", std::to_string(2 + away)}});
    }
    world.flush();
    EXPECT_TRUE(world.findings.empty());
    world.row(6'001 * kMinute, {{"user.name", "u3"}, {"lat", "-33.9"}, {"lon", "151.2"}});
    world.flush();
    ASSERT_EQ(world.findings.size(), 1u);
    EXPECT_NE(world.findings[0].reasons.front().observed.find("km/h"), std::string::npos);
}

}  // namespace
}  // namespace vedette::detect
