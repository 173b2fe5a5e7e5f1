// SPDX-License-Identifier: Apache-2.0
// What a patient, a loud and a caught attacker can teach the detector.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <random>

#include "detect/baseline/baseline.h"

namespace vedette::detect::baseline {
namespace {

constexpr std::int64_t kTrustHour = 3'600, kTrustDay = 86'400;
/// A Monday, 00:00 UTC.
constexpr std::int64_t kTrustMonday = 1'767'571'200;

constexpr std::string_view kBytes = R"(analytic: bytes-out
title: Unusually many bytes
entity: {user: user.name}
measure: {sum: bytes}
windows: [1h]
against: [self, everybody]
sentence: '{entity} sent {observed} bytes'
)";

using Fields = std::vector<std::pair<std::string, std::string>>;

/// A detector of one analytic with a clock of seconds since a Monday.
class TrustWorld {
  public:
    explicit TrustWorld(std::string_view analytic) : analytic_(analytic) { renew(); }

    void row(std::int64_t at_s, const Fields& fields) {
        event::Row& row = batch_.add_row();
        row.id = {++offset_, 0};
        row.time = row.arrival = {(kTrustMonday + at_s) * base::kNsPerSecond};
        row.origin = batch_.origin_index({"logs", "/var/log/a.log"});
        row.dataset = batch_.dataset_index("text");
        for (const auto& [name, value] : fields) batch_.add(*fields_.intern(name), value);
        if (batch_.row_count() >= 4'000) flush();
    }
    void flush() {
        if (!batch_.is_empty()) static_cast<Detector&>(*detector).observe(batch_, sink());
        batch_.clear();
    }
    void tick(std::int64_t at_s) {
        flush();
        detector->tick({(kTrustMonday + at_s) * base::kNsPerSecond}, sink());
    }
    void save_and_restore() {
        flush();
        const std::string state = detector->save();
        renew();
        ASSERT_TRUE(detector->restore(state));
        ASSERT_EQ(detector->save(), state);
    }

    std::unique_ptr<BaselineDetector> detector;
    std::vector<cases::Finding> findings;

  private:
    void renew() {
        auto analytic = rule::analytic::read_analytic("a.yml", analytic_);
        std::vector<Behaviour> behaviours;
        behaviours.push_back(std::move(*Behaviour::make(std::move(*analytic))));
        detector = std::make_unique<BaselineDetector>(
            std::move(behaviours), Budgets{1u << 20, 1u << 20, 1u << 20, 1u << 20, 1u << 20});
    }
    FindingSink sink() {
        return [this](cases::Finding finding) { findings.push_back(std::move(finding)); };
    }

    std::string analytic_;
    event::FieldDictionary fields_;
    event::Batch batch_{fields_};
    std::uint64_t offset_ = 0;
};

/// Sixty people who send a number of bytes in each office hour, one event each.
class TrustOffice : public TrustWorld {
  public:
    explicit TrustOffice(std::uint64_t seed) : TrustWorld(kBytes), random_(seed) {}

    /// A day; user0 sends `factor` times what it usually does, from 8 to 18 h.
    void live(double factor) {
        for (std::int64_t hour = 8; hour < 18; ++hour) {
            for (int user = 0; user < 60; ++user) {
                std::lognormal_distribution<double> size(8 + user % 5, 0.4);
                const double bytes = size(random_) * (user == 0 ? factor : 1);
                row(begin_ + hour * kTrustHour + user,
                    {{"user.name", "user" + std::to_string(user)},
                     {"bytes", std::to_string(std::llround(bytes))}});
            }
            tick(begin_ + (hour + 2) * kTrustHour);
        }
        begin_ += kTrustDay;
    }
    Baselines baselines(const std::string& user) {
        const base::Timestamp time{(kTrustMonday + begin_ + 10 * kTrustHour) * base::kNsPerSecond};
        return detector->baselines_of("bytes-out", {user}, 0, time);
    }

  private:
    std::mt19937_64 random_;
    std::int64_t begin_ = 0;
};

const cases::Finding* drift_of(const TrustOffice& office, std::string_view user) {
    for (const cases::Finding& finding : office.findings) {
        if (finding.rule_id == "bytes-out-drift" && finding.entities[0].id == user) return &finding;
    }
    return nullptr;
}

TEST(Trust, is_withdrawn_from_one_who_sends_a_little_more_each_day) {
    TrustOffice office(1);
    for (int day = 0; day < 60; ++day) office.live(1);
    EXPECT_EQ(drift_of(office, "user0"), nullptr);
    double factor = 1;
    for (int day = 0; day < 60 && drift_of(office, "user0") == nullptr; ++day) {
        office.live(factor *= 1.0147);  // 55 % a month
    }
    const cases::Finding* found = drift_of(office, "user0");
    ASSERT_NE(found, nullptr);
    double sum = 0;
    for (const cases::Reason& reason : found->reasons) sum += reason.bits;
    EXPECT_EQ(sum, found->bits());
    EXPECT_EQ(sum * 1'024, std::floor(sum * 1'024));
    EXPECT_GT(sum, 0);
    EXPECT_EQ(found->title, "Unusually many bytes: the level creeps up");
    const std::string& sentence = found->reasons.front().observed;
    EXPECT_NE(sentence.find("sum of bytes of user0 within 1 h has crept up since 2026-03-"),
              std::string::npos)
        << sentence;
    RecordProperty("sentence", sentence);
}

TEST(Trust, is_kept_in_what_an_entity_taught_before_it_was_attacked) {
    TrustOffice attacked(2), clean(2);
    for (int day = 0; day < 42; ++day) {
        attacked.live(1);
        clean.live(1);
    }
    // Two days of a thousand times as much, in every hour of them.
    for (int day = 0; day < 2; ++day) {
        attacked.live(1'000);
        clean.live(1);
    }
    for (int day = 0; day < 3; ++day) {
        attacked.live(1);
        clean.live(1);
    }
    const Baselines with = attacked.baselines("user0"), without = clean.baselines("user0");
    EXPECT_GT(without.fast.weight, 5);
    EXPECT_GT(without.slow_days, 20);
    EXPECT_LT(std::abs(with.slow - without.slow), 0.1 * without.fast.deviation)
        << "what waited was dropped";
    EXPECT_LT(std::abs(with.fast.value - without.fast.value), without.fast.deviation)
        << "log2 of a thousand is ten; it learned less, and nothing further than four deviations";
    EXPECT_LT(std::abs(with.everybody.value - without.everybody.value),
              0.2 * without.everybody.deviation);
}

constexpr std::string_view kTrustPrograms = R"(analytic: new-program
title: A program it never ran
entity: {host: host.name}
measure: {new_value: process.name}
sentence: '{entity} ran {value}, unlike {n} times before'
)";

/// How often a program is told of that came once, and came again two days later; `attack` is what
/// the host did an hour after the first time.
std::size_t times_told(const std::function<void(TrustWorld&, std::int64_t)>& attack) {
    TrustWorld world(kTrustPrograms);
    for (int i = 0; i < 8'000; ++i) {
        world.row(i * 600, {{"host.name", "web-" + std::to_string(i % 10)},
                            {"process.name", "p" + std::to_string(i / 10 * 7 % 12)}});
    }
    world.flush();
    world.findings.clear();
    const Fields first = {{"host.name", "web-3"}, {"process.name", "helper"}};
    constexpr std::int64_t kSeen = 8'000 * 600;
    world.row(kSeen, first);
    world.row(kSeen + 60, first);
    attack(world, kSeen + kTrustHour);
    world.row(kSeen + 2 * kTrustDay, first);
    world.flush();
    return static_cast<std::size_t>(std::count_if(
        world.findings.begin(), world.findings.end(), [](const cases::Finding& finding) {
            return finding.reasons.front().observed.find("helper") != std::string::npos;
        }));
}

TEST(Trust, is_not_given_to_a_value_that_came_with_an_attack) {
    EXPECT_EQ(times_told([](TrustWorld&, std::int64_t) {}), 1u);
    EXPECT_EQ(times_told([](TrustWorld& world, std::int64_t at_s) {
                  for (int i = 0; i < 3; ++i) {
                      world.row(at_s + i, {{"host.name", "web-3"},
                                           {"process.name", "tool" + std::to_string(i)}});
                  }
              }),
              2u);
}

TEST(Trust, goes_on_from_what_was_saved) {
    TrustOffice straight(3), stopped(3);
    double factor = 1;
    for (int day = 0; day < 70; ++day) {
        if (day > 40) factor *= 1.03;
        straight.live(factor);
        stopped.live(factor);
        if (day % 9 == 4) stopped.save_and_restore();
    }
    ASSERT_EQ(straight.findings.size(), stopped.findings.size());
    for (std::size_t i = 0; i < straight.findings.size(); ++i) {
        EXPECT_EQ(cases::to_json(straight.findings[i]), cases::to_json(stopped.findings[i]));
    }
    EXPECT_EQ(straight.detector->checksum(), stopped.detector->checksum());
}

}  // namespace
}  // namespace vedette::detect::baseline
