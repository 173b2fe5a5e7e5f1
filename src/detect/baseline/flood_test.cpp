// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <memory>

#include "detect/baseline/baseline.h"

namespace vedette::detect::baseline {
namespace {

constexpr std::string_view kDayCount = R"(analytic: logins
title: Unusually many logins
entity: {user: user.name}
measure: count
windows: [1d]
sentence: '{observed} logins of {entity} in {window}'
)";

TEST(BaselineFlood, leaves_nothing_behind_beyond_the_budgets) {
    Budgets budgets;
    budgets.window_bytes = budgets.entity_bytes = budgets.drift_bytes = 2u << 20;
    std::vector<Behaviour> behaviours;
    behaviours.push_back(
        *Behaviour::make(*rule::analytic::read_analytic("test.yml", std::string(kDayCount))));
    const auto watch = std::make_unique<BaselineDetector>(std::move(behaviours), budgets);
    Detector& detector = *watch;
    event::FieldDictionary fields;
    event::Batch batch(fields);
    std::uint64_t offset = 0, findings = 0;
    const auto flush = [&] {
        detector.observe(batch, [&](const cases::Finding&) { ++findings; });
        batch.clear();
    };
    // All on one day, whose window stays open: each name comes often enough to want a place, which
    // another one then takes.
    std::size_t bytes_of_full = 0;
    for (int i = 0; i < 1'500'000; ++i) {
        event::Row& row = batch.add_row();
        row.id = {++offset, 0};
        row.time = row.arrival = {20'500 * base::kNsPerDay + i * (base::kNsPerSecond / 20)};
        row.origin = batch.origin_index({"logs", "a.log"});
        row.dataset = batch.dataset_index("text");
        batch.add(*fields.intern("user.name"), "flood" + std::to_string(i / 5));
        if (batch.row_count() >= 4'096) flush();
        if (i == 300'000) bytes_of_full = detector.memory_bytes();
    }
    flush();
    EXPECT_GT(detector.forgotten_count(), 100'000u);
    EXPECT_LT(detector.memory_bytes(), bytes_of_full + (256u << 10))
        << "a key for each place that was ever lost would be 2 MiB";
}

}  // namespace
}  // namespace vedette::detect::baseline
