// SPDX-License-Identifier: Apache-2.0
#include "engine/coverage.h"

#include <gtest/gtest.h>

#include "engine/arrivals.h"
#include "engine/limits.h"

namespace vedette::engine {
namespace {

constexpr std::int64_t kNow = 1'800'000'000 * base::kNsPerSecond;

struct Sample {
    std::string dataset, field;
    std::string source = "logs";
    std::int64_t arrival_s = 0, late_s = 0;
    std::uint16_t flags = 0;
};

/// Feeds both views with batches of `rows_max`.
struct Views {
    void observe(const std::vector<Sample>& samples, std::size_t rows_max = 4'096) {
        event::Batch batch(fields);
        for (const Sample& sample : samples) {
            event::Row& row = batch.add_row();
            row.dataset = batch.dataset_index(sample.dataset);
            row.origin = batch.origin_index({sample.source, "/o"});
            row.arrival.unix_ns = kNow + sample.arrival_s * base::kNsPerSecond;
            row.time.unix_ns = row.arrival.unix_ns - sample.late_s * base::kNsPerSecond;
            row.flags = sample.flags;
            if (!sample.field.empty()) batch.add(*fields.intern(sample.field), "x");
            if (batch.row_count() < rows_max) continue;
            give(batch);
        }
        give(batch);
    }
    void give(event::Batch& batch) {
        coverage.observe(batch);
        arrivals.observe(batch);
        batch.clear();
    }
    event::FieldDictionary fields;
    Coverage coverage;
    Arrivals arrivals;
};

std::vector<Sample> samples() {
    return {{"a", "x"}, {"b", "y"}, {"a", "y"}, {"b", ""},          {"a", "x"},
            {"a", "z"}, {"b", "y"}, {"c", ""},  {"c", "q", "s", 3}, {"b", "x"}};
}

TEST(Coverage, knows_which_fields_came_in_which_data_set) {
    Views views;
    views.observe(samples());
    const auto& datasets = views.coverage.datasets();
    ASSERT_EQ(datasets.size(), 3u);
    using Names = std::set<std::string, std::less<>>;
    EXPECT_EQ(datasets.at("a").events, 4u);
    EXPECT_EQ(datasets.at("a").fields, (Names{"x", "y", "z"}));
    EXPECT_EQ(datasets.at("b").fields, (Names{"x", "y"}));
    EXPECT_EQ(datasets.at("c").fields, Names{"q"});
    EXPECT_TRUE(datasets.at("c").is_complete);
}

TEST(Coverage, is_the_same_for_every_cut_and_over_a_restart) {
    Views whole;
    whole.observe(samples());
    for (const std::size_t rows_max : {1u, 3u}) {
        Views cut;
        for (const Sample& sample : samples()) {
            const std::string saved = cut.coverage.save(), arrivals = cut.arrivals.save();
            ASSERT_TRUE(cut.coverage.restore(saved));
            ASSERT_TRUE(cut.arrivals.restore(arrivals));
            cut.observe({sample}, rows_max);
        }
        EXPECT_EQ(cut.coverage.save(), whole.coverage.save());
        EXPECT_EQ(cut.arrivals.save(), whole.arrivals.save());
    }
}

TEST(Coverage, stays_in_bounds_and_says_that_it_is_not_complete) {
    Views views;
    std::vector<Sample> flood;
    for (std::size_t i = 0; i < kCoverageFieldsMax + 10; ++i) {
        flood.push_back({"json", "f" + std::to_string(i)});
    }
    for (std::size_t i = 0; i < kCoverageDatasetsMax + 10; ++i) {
        flood.push_back({"set" + std::to_string(i), "f"});
    }
    flood.push_back({"set1", "", "s", 0, 0, event::kRowOverflow});
    views.observe(flood);
    EXPECT_EQ(views.coverage.datasets().size(), kCoverageDatasetsMax);
    EXPECT_EQ(views.coverage.datasets().at("json").fields.size(), kCoverageFieldsMax);
    EXPECT_FALSE(views.coverage.datasets().at("json").is_complete);
    EXPECT_FALSE(views.coverage.datasets().at("set1").is_complete);
}

TEST(Arrivals, count_gaps_and_how_far_times_lie_from_the_arrival) {
    Views views;
    views.observe({{"d", "", "a", 0, 0},
                   {"d", "", "a", 0, 7'200},
                   {"d", "", "a", 10, 7'200},
                   {"d", "", "a", 20, -3'600},
                   {"d", "", "a", 20, 5, event::kRowTimeGuessed},
                   {"d", "", "b", 20, 0}});
    const Arrivals::Source& source = views.arrivals.sources().at("a");
    EXPECT_EQ(source.events, 5u);
    EXPECT_EQ(source.last.unix_ns, kNow + 20 * base::kNsPerSecond);
    EXPECT_EQ(source.ahead, 1u);
    EXPECT_EQ(quantile_s(source.gaps, 50), 16u) << "ten seconds";
    EXPECT_EQ(quantile_s(source.late, 90), 8'192u);
    EXPECT_EQ(quantile_s(views.arrivals.sources().at("b").gaps, 50), std::nullopt);
}

TEST(Coverage, refuses_what_is_damaged) {
    Views views;
    views.observe(samples());
    const std::string coverage = views.coverage.save(), arrivals = views.arrivals.save();
    for (std::size_t size = 0; size < coverage.size(); ++size) {
        EXPECT_FALSE(Coverage().restore(coverage.substr(0, size)));
    }
    for (std::size_t size = 0; size < arrivals.size(); ++size) {
        EXPECT_FALSE(Arrivals().restore(arrivals.substr(0, size)));
    }
    EXPECT_FALSE(Coverage().restore(coverage + "x"));
    EXPECT_FALSE(Arrivals().restore(arrivals + "x"));
}

}  // namespace
}  // namespace vedette::engine
