// SPDX-License-Identifier: Apache-2.0
#include "engine/event_clock.h"

#include <gtest/gtest.h>

namespace vedette::engine {
namespace {

constexpr std::int64_t kMinuteNs = 60 * base::kNsPerSecond;

class EventClockTest : public ::testing::Test {
  protected:
    void event(const std::string& source, std::int64_t time_minutes, std::int64_t arrival_minutes) {
        event::Batch batch(fields_);
        event::Row& row = batch.add_row();
        row.time = {time_minutes * kMinuteNs};
        row.arrival = {arrival_minutes * kMinuteNs};
        row.origin = batch.origin_index({source, ""});
        clock_.observe(batch);
    }
    std::int64_t at(std::int64_t tick_minutes) {
        return clock_.at({tick_minutes * kMinuteNs}).unix_ns / kMinuteNs;
    }

    event::FieldDictionary fields_;
    EventClock clock_;
};

TEST_F(EventClockTest, follows_event_time_however_old_the_events_are) {
    event("import", 10, 1'000);
    event("import", 12, 1'000);
    event("import", 11, 1'000);
    EXPECT_EQ(at(1'001), 12);
}

TEST_F(EventClockTest, is_held_back_by_the_slowest_living_source_only) {
    event("fast", 1'000, 1'000);
    event("slow", 990, 1'000);
    EXPECT_EQ(at(1'001), 990);
    event("fast", 1'007, 1'007);
    EXPECT_EQ(at(1'008), 1'007) << "slow has been silent for too long";
    EXPECT_EQ(at(1'100), 1'100) << "nobody is alive: the tick counts";
}

TEST_F(EventClockTest, is_not_moved_by_a_record_dated_2100) {
    event("s", 1'000, 1'000);
    event("s", 68'000'000, 1'000);
    EXPECT_EQ(at(1'001), 1'005);
}

TEST_F(EventClockTest, comes_back_as_it_was) {
    event("a", 10, 1'000);
    event("b", 20, 1'001);
    const std::string saved = clock_.save();
    EventClock restored;
    ASSERT_TRUE(restored.restore(saved));
    EXPECT_EQ(restored.save(), saved);
    EXPECT_EQ(restored.at({1'001 * kMinuteNs}).unix_ns, 10 * kMinuteNs);
    EXPECT_FALSE(restored.restore(saved.substr(0, saved.size() - 1)));
}

}  // namespace
}  // namespace vedette::engine
