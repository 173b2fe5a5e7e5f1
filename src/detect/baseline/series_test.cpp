// SPDX-License-Identifier: Apache-2.0
// Metric series as entities: measures `series` and `series_rate`.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include "detect/baseline/baseline.h"

namespace vedette::detect::baseline {
namespace {

constexpr std::int64_t kMinute = 60, kSeriesHour = 3'600, kSeriesDay = 86'400;
/// A Monday, 00:00 UTC.
constexpr std::int64_t kSeriesMonday = 1'767'571'200;

constexpr std::string_view kSeries = R"(analytic: metric-series
title: A metric unlike itself
entity: {series: metric.series}
measure: {series: metric.value}
direction: both
sentence: '{entity} was {observed} at {when}; {low} to {high} are expected after {n} values: {value}'
)";
constexpr std::string_view kCounter = R"(analytic: metric-counter
title: A counter grows unlike itself
entity: {series: metric.series}
measure: {series_rate: metric.value}
direction: both
sentence: '{entity} grew by {observed} a second; {low} to {high} are expected'
)";

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
    std::string out(text);
    out.replace(out.find(from), from.size(), to);
    return out;
}

/// A detector with one analytic, and everything it says.
class World {
  public:
    explicit World(std::string_view analytic, std::size_t rows_max = 4'096, Budgets budgets = {})
        : analytic_(analytic), rows_max_(rows_max), budgets_(budgets), detector_(made()) {}

    void sample(std::int64_t at_s, std::string_view series, double value,
                std::string_view host = {}) {
        event::Row& row = batch_.add_row();
        row.id = {++offset_, 0};
        row.time = row.arrival = {(kSeriesMonday + at_s) * base::kNsPerSecond};
        row.origin = batch_.origin_index({"metrics", "192.0.2.1"});
        row.dataset = batch_.dataset_index("prometheus.metrics");
        batch_.add(*fields_.intern("metric.series"), series);
        batch_.add(*fields_.intern("metric.value"), std::to_string(value));
        if (!host.empty()) batch_.add(*fields_.intern("host.name"), host);
        if (batch_.row_count() >= rows_max_) flush();
    }
    void flush() {
        Detector& detector = detector_;
        if (!batch_.is_empty()) detector.observe(batch_, sink());
        batch_.clear();
    }
    void save_and_restore() {
        flush();
        const std::string state = detector_.save();
        detector_ = made();
        const auto restored = detector_.restore(state);
        ASSERT_TRUE(restored) << restored.error().message();
        ASSERT_EQ(detector_.save(), state);
    }
    BaselineDetector& detector() { return detector_; }

    std::vector<cases::Finding> findings;

  private:
    BaselineDetector made() const {
        std::vector<Behaviour> behaviours;
        behaviours.push_back(
            *Behaviour::make(*rule::analytic::read_analytic("test.yml", analytic_)));
        return BaselineDetector(std::move(behaviours), budgets_);
    }
    FindingSink sink() {
        return [this](cases::Finding finding) { findings.push_back(std::move(finding)); };
    }

    std::string analytic_;
    std::size_t rows_max_;
    Budgets budgets_;
    BaselineDetector detector_;
    event::FieldDictionary fields_;
    event::Batch batch_{fields_};
    std::uint64_t offset_ = 0;
};

/// A load that follows the sun and the working week, with noise that hangs together.
class Load {
  public:
    explicit Load(std::uint64_t seed) : random_(seed), size_(1 + static_cast<double>(seed % 4)) {}

    double at(std::int64_t at_s) {
        const double hour =
            static_cast<double>(at_s % kSeriesDay) / static_cast<double>(kSeriesHour);
        const bool is_work = at_s / kSeriesDay % 7 < 5 && hour >= 8 && hour < 18;
        drift_ = 0.7 * drift_ + normal_(random_);
        const double sun = std::max(0.0, 6 - std::abs(hour - 13));
        return size_ * (40 + 4 * sun + (is_work ? 10 : 0) + 1.5 * drift_);
    }

  private:
    std::mt19937_64 random_;
    std::normal_distribution<double> normal_;
    double size_, drift_ = 0;
};

/// `series` honest loads for so many days, a sample each `step_s`; `change` may bend a value.
void watch(World& world, int series, std::int64_t days, std::int64_t step_s, std::uint64_t seed,
           const std::function<double(int, std::int64_t, double)>& change = {}) {
    std::vector<Load> loads;
    for (int i = 0; i < series; ++i) loads.emplace_back(seed * 100 + static_cast<std::uint64_t>(i));
    for (std::int64_t at = 0; at < days * kSeriesDay; at += step_s) {
        for (int i = 0; i < series; ++i) {
            double value = loads[static_cast<std::size_t>(i)].at(at);
            if (change) value = change(i, at, value);
            const std::string name = "load{instance=\"web" + std::to_string(i) + ":9100\"}";
            world.sample(at, name, value, "web" + std::to_string(i));
        }
    }
    world.flush();
}

constexpr std::int64_t kPlanted = 20 * kSeriesDay + 14 * kSeriesHour;

/// Ten minutes of a load that no Sunday afternoon has.
double planted(int series, std::int64_t at, double value) {
    return series == 1 && at >= kPlanted && at < kPlanted + 10 * kMinute ? value + 300 : value;
}

TEST(Series, tells_of_a_value_that_does_not_fit_its_hour_and_says_what_would) {
    World world(kSeries);
    watch(world, 3, 21, 5 * kMinute, 1, planted);
    const auto found = std::find_if(
        world.findings.begin(), world.findings.end(), [](const cases::Finding& finding) {
            return finding.first_seen.unix_ns == (kSeriesMonday + kPlanted) * base::kNsPerSecond;
        });
    ASSERT_NE(found, world.findings.end());
    ASSERT_EQ(found->entities.size(), 2u);
    EXPECT_EQ(found->entities[0].text(), "series:load{instance=\"web1:9100\"}");
    EXPECT_EQ(found->entities[1].text(), "host:web1") << "the series' host is meant as well";
    const std::string& sentence = found->reasons.front().observed;
    EXPECT_NE(sentence.find("at 14:00 (UTC) on a Sunday; "), std::string::npos) << sentence;
    EXPECT_NE(sentence.find("far from"), std::string::npos) << sentence;
    EXPECT_GT(found->bits(), 1);
    EXPECT_EQ(found->source, "metrics");
}

TEST(Series, tells_an_odd_stretch_once_until_it_has_lasted) {
    World world(kSeries);
    watch(world, 3, 21, 5 * kMinute, 1, [](int series, std::int64_t at, double value) {
        const bool is_odd = series == 1 && at >= kPlanted && at < kPlanted + kSeriesHour;
        return is_odd ? value + 300 : value;
    });
    const auto count = std::count_if(
        world.findings.begin(), world.findings.end(), [](const cases::Finding& finding) {
            const std::int64_t at = finding.first_seen.unix_ns / base::kNsPerSecond - kSeriesMonday;
            return finding.entities[0].id.find("web1") != std::string::npos && at >= kPlanted &&
                   at < kPlanted + kSeriesHour;
        });
    EXPECT_EQ(count, 1);
}

TEST(Series, gives_lines_that_add_up_to_whole_steps_of_evidence) {
    World world(kSeries);
    watch(world, 3, 21, 5 * kMinute, 1, planted);
    ASSERT_FALSE(world.findings.empty());
    for (const cases::Finding& finding : world.findings) {
        double sum = 0;
        for (const cases::Reason& reason : finding.reasons) sum += reason.bits;
        EXPECT_EQ(sum, finding.bits());
        EXPECT_EQ(sum * 1'024, std::floor(sum * 1'024));
        EXPECT_GT(sum, 0);
    }
}

TEST(Series, keeps_its_promise_over_six_weeks_of_honest_series) {
    World world(kSeries);
    watch(world, 8, 42, 15 * kMinute, 2);
    const double samples = 8 * 42 * 96;
    const Standing standing = world.detector().standings().front();
    std::printf("[ series   ] told %d of %.0f honest samples, promised %.1f\n",
                static_cast<int>(standing.told_ever), samples, samples * kPromise);
    EXPECT_GT(samples, 20'000);
    EXPECT_LE(static_cast<double>(standing.told_ever), 2 * samples * kPromise);
    EXPECT_GE(static_cast<double>(standing.told_ever), samples * kPromise / 2);
    EXPECT_GT(standing.health, 0.5);
}

TEST(Series, says_the_same_wherever_batches_are_cut) {
    std::vector<std::vector<cases::Finding>> told;
    std::vector<std::uint64_t> checksums;
    for (const std::size_t rows_max : {1u, 7u, 4'096u}) {
        World world(kSeries, rows_max);
        watch(world, 3, 21, 15 * kMinute, 1, planted);
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

TEST(Series, goes_on_from_what_was_saved_as_if_it_had_not_stopped) {
    World straight(kSeries), stopped(kSeries);
    watch(straight, 3, 21, 15 * kMinute, 1, planted);
    watch(stopped, 3, 21, 15 * kMinute, 1, [&](int series, std::int64_t at, double value) {
        if (series == 2 && at / (15 * kMinute) % 97 == 5) stopped.save_and_restore();
        return planted(series, at, value);
    });
    ASSERT_EQ(stopped.findings.size(), straight.findings.size());
    for (std::size_t i = 0; i < straight.findings.size(); ++i) {
        EXPECT_EQ(cases::to_json(stopped.findings[i]), cases::to_json(straight.findings[i]));
    }
    EXPECT_EQ(stopped.detector().checksum(), straight.detector().checksum());
}

TEST(Series, learns_nothing_from_a_sample_that_is_sent_again) {
    World once(kSeries), twice(kSeries);
    watch(once, 2, 3, 15 * kMinute, 3);
    watch(twice, 2, 3, 15 * kMinute, 3);
    const double tests = twice.detector().standings().front().tests;
    for (int i = 0; i < 200; ++i) twice.sample(kSeriesDay, "load{instance=\"web1:9100\"}", 1e6);
    twice.flush();
    EXPECT_EQ(twice.detector().standings().front().tests, tests);
    EXPECT_EQ(twice.findings.size(), once.findings.size());
}

TEST(Series, judges_how_fast_a_counter_grows_and_begins_anew_where_it_was_reset) {
    World world(kCounter);
    double total = 0;
    std::mt19937_64 random(5);
    const auto step = [&](std::int64_t at, double growth) {
        total += growth + static_cast<double>(random() % 100) / 10;
        world.sample(at, "requests_total", total);
    };
    for (int i = 0; i < 4'000; ++i) {
        if (i % 1'000 == 999) total = 0;
        step(i * kMinute, 600);
    }
    world.flush();
    for (const cases::Finding& finding : world.findings) {
        EXPECT_EQ(finding.reasons.front().observed.find("grew by -"), std::string::npos);
    }
    world.findings.clear();
    for (int i = 4'000; i < 4'005; ++i) step(i * kMinute, 60'000);
    world.flush();
    ASSERT_FALSE(world.findings.empty());
    const std::string& sentence = world.findings[0].reasons.front().observed;
    EXPECT_EQ(sentence.find("requests_total grew by 100"), 0u) << sentence;
}

TEST(Series, tells_of_one_direction_where_one_is_asked_for) {
    const auto told = [](std::string_view direction, double away) {
        World world(replaced(kSeries, "direction: both", "direction: " + std::string(direction)));
        watch(world, 1, 21, 15 * kMinute, 1, [&](int, std::int64_t at, double value) {
            return at >= kPlanted && at < kPlanted + kSeriesHour ? value + away : value;
        });
        return std::any_of(world.findings.begin(), world.findings.end(),
                           [](const cases::Finding& finding) {
                               return finding.first_seen.unix_ns ==
                                      (kSeriesMonday + kPlanted) * base::kNsPerSecond;
                           });
    };
    EXPECT_TRUE(told("low", -300));
    EXPECT_FALSE(told("low", 300));
    EXPECT_TRUE(told("high", 300));
    EXPECT_FALSE(told("high", -300));
}

TEST(Series, keeps_a_flood_of_different_series_within_its_memory_and_counts_them) {
    Budgets budgets;
    budgets.series_bytes = 2u << 20;
    World world(kSeries, 4'096, budgets);
    watch(world, 4, 4, 15 * kMinute, 6);
    const std::uint64_t before = world.detector().forgotten_count();
    const std::size_t bytes_before = world.detector().memory_bytes();
    // Each comes often enough to want a place, and then another one does.
    for (int i = 0; i < 1'000'000; ++i) {
        world.sample(4 * kSeriesDay + i / 100, "flood" + std::to_string(i / 5), i % 10);
    }
    world.flush();
    EXPECT_LT(world.detector().memory_bytes(), bytes_before + (4u << 20));
    EXPECT_GT(world.detector().forgotten_count(), before + 10'000);
    // Those that were watched for days are still known.
    world.findings.clear();
    for (int i = 0; i < 4; ++i) {
        const std::string name = "load{instance=\"web" + std::to_string(i) + ":9100\"}";
        world.sample(4 * kSeriesDay + 4 * kSeriesHour, name, 5'000);
    }
    world.flush();
    EXPECT_FALSE(world.findings.empty());
}

}  // namespace
}  // namespace vedette::detect::baseline
