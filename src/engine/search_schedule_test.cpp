// SPDX-License-Identifier: Apache-2.0
#include "engine/search_schedule.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "cases/record.h"
#include "engine/limits.h"

namespace vedette::engine {
namespace {

constexpr std::int64_t kMinuteNs = 60 * base::kNsPerSecond;
constexpr std::int64_t kStartMinute = 28'000'000;

SavedSearch every(int minutes, const std::string& name = "s") {
    SavedSearch search;
    search.name = name;
    search.query = "*";
    search.every_ns = search.over_ns = minutes * kMinuteNs;
    return search;
}

base::Timestamp minute(std::int64_t count) { return {(kStartMinute + count) * kMinuteNs}; }

/// Ends of the runs that are due, in minutes, `+n` where n were skipped.
std::string due(const SearchSchedule& schedule) {
    std::string out;
    for (const DueSearch& one : schedule.due()) {
        out += one.search.name + '@' + std::to_string(one.to.unix_ns / kMinuteNs - kStartMinute);
        if (one.skipped > 0) out += '+' + std::to_string(one.skipped);
        out += ' ';
    }
    return out;
}

SearchRun done(std::int64_t minutes, const std::string& name = "s") {
    return {name, minute(minutes), 0, 0, {}, {}};
}

TEST(SearchSchedule, begins_with_the_first_end_after_it_came_into_force) {
    SearchSchedule schedule;
    schedule.observe_set({every(5)});
    EXPECT_EQ(due(schedule), "") << "no tick yet";
    schedule.tick(minute(2));
    EXPECT_EQ(due(schedule), "");
    schedule.tick(minute(5));
    EXPECT_EQ(due(schedule), "") << "events may still be a little late";
    schedule.tick(minute(6));
    EXPECT_EQ(due(schedule), "s@5 ");
    EXPECT_TRUE(schedule.observe_run(done(5)));
    EXPECT_EQ(due(schedule), "");
}

TEST(SearchSchedule, makes_missed_runs_up_one_after_the_other) {
    SearchSchedule schedule;
    schedule.observe_set({every(5)});
    schedule.tick(minute(0));
    schedule.tick(minute(16));
    EXPECT_EQ(due(schedule), "s@5 ");
    schedule.observe_run(done(5));
    EXPECT_EQ(due(schedule), "s@10 ");
    schedule.observe_run(done(10));
    schedule.observe_run(done(15));
    EXPECT_EQ(due(schedule), "");
}

TEST(SearchSchedule, skips_what_is_too_much_and_says_so) {
    SearchSchedule schedule;
    schedule.observe_set({every(5)});
    schedule.tick(minute(0));
    schedule.tick(minute(5 * (kSearchRunsMadeUpMax + 3) + 1));
    EXPECT_EQ(due(schedule), "s@20+3 ");
}

TEST(SearchSchedule, takes_a_result_once) {
    SearchSchedule schedule;
    schedule.observe_set({every(5)});
    schedule.tick(minute(0));
    EXPECT_TRUE(schedule.observe_run(done(5)));
    EXPECT_FALSE(schedule.observe_run(done(5)));
    EXPECT_TRUE(schedule.observe_run(done(5, "gone"))) << "of a search that was taken away";
}

TEST(SearchSchedule, goes_on_where_it_stands_when_a_search_changes) {
    SearchSchedule schedule;
    schedule.observe_set({every(5)});
    schedule.tick(minute(0));
    schedule.observe_run(done(5));
    SavedSearch changed = every(10);
    changed.query = "user.name:root";
    schedule.observe_set({changed, every(5, "t")});
    schedule.tick(minute(21));
    EXPECT_EQ(due(schedule), "s@10 t@5 ");
    schedule.observe_set({every(5, "t")});
    EXPECT_EQ(due(schedule), "t@5 ");
}

TEST(SearchSchedule, time_does_not_go_backwards) {
    SearchSchedule schedule;
    schedule.observe_set({every(5)});
    schedule.tick(minute(0));
    schedule.tick(minute(6));
    schedule.tick(minute(-500));
    EXPECT_EQ(due(schedule), "s@5 ");
}

TEST(SearchSchedule, is_the_same_after_it_was_saved_anywhere) {
    EXPECT_TRUE(rc::check([] {
        SearchSchedule one, other;
        std::int64_t now = 0;
        const int steps = *rc::gen::inRange(1, 40);
        for (int i = 0; i < steps; ++i) {
            std::vector<SavedSearch> set;
            switch (*rc::gen::inRange(0, 4)) {
                case 0:
                    for (const char* name : {"a", "b", "c"}) {
                        if (*rc::gen::arbitrary<bool>())
                            set.push_back(every(*rc::gen::inRange(1, 9), name));
                    }
                    one.observe_set(set);
                    other.observe_set(set);
                    break;
                case 1:
                    now += *rc::gen::inRange(-3, 400);
                    one.tick(minute(now));
                    other.tick(minute(now));
                    break;
                case 2:
                    for (const DueSearch& next : one.due()) {
                        const SearchRun run{next.search.name, next.to, next.skipped, 0, {}, {}};
                        RC_ASSERT(one.observe_run(run));
                        RC_ASSERT(other.observe_run(run));
                    }
                    break;
                default: {
                    SearchSchedule restored;
                    RC_ASSERT(restored.restore(other.save()).has_value());
                    other = std::move(restored);
                }
            }
            RC_ASSERT(due(one) == due(other));
        }
        RC_ASSERT(one.save() == other.save());
    }));
}

TEST(SearchSchedule, that_was_damaged_is_told) {
    SearchSchedule schedule;
    schedule.observe_set({every(5)});
    schedule.tick(minute(3));
    const std::string saved = schedule.save();
    for (std::size_t size = 0; size < saved.size(); ++size) {
        SearchSchedule restored;
        EXPECT_FALSE(restored.restore(saved.substr(0, size)));
        EXPECT_EQ(restored.size(), 0u);
    }
}

TEST(SearchControl, carries_sets_and_results_as_they_are) {
    SavedSearch search = every(5, "x");
    search.title = "a \"title\"";
    search.description = "\n";
    search.severity = cases::Severity::critical;
    search.attack = {"T1110"};
    EXPECT_EQ(*searches_of_control(searches_control({search, every(7)})),
              (std::vector<SavedSearch>{search, every(7)}));
    EXPECT_TRUE(searches_of_control(searches_control({}))->empty());

    SearchRun run = done(5);
    run.skipped = 2;
    run.left_out = 3;
    run.error = "no \"store\"";
    cases::Finding finding;
    finding.id = "0123";
    finding.raw = std::string("\xFF\x00\x80", 3);
    finding.reasons = {{"count", "25", "count>=20", 2.0625, "rule"}};
    finding.events = {{7, 1}};
    run.findings = {finding};
    const auto again = search_run_of_control(search_run_control(run));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->to, run.to);
    EXPECT_EQ(again->skipped, 2u);
    EXPECT_EQ(again->left_out, 3u);
    EXPECT_EQ(again->error, run.error);
    ASSERT_EQ(again->findings.size(), 1u);
    EXPECT_EQ(cases::encode(again->findings[0]), cases::encode(finding));
}

TEST(SearchControl, knows_what_is_about_something_else) {
    for (const char* other :
         {"", "{}", "{\"type\":\"lists\",\"set\":\"\"}", "{\"type\":\"searches\",",
          "{\"type\":\"searches\",\"searches\":[{}]}",
          "{\"type\":\"search_run\",\"search\":\"a\"}"}) {
        EXPECT_FALSE(searches_of_control(other)) << other;
        EXPECT_FALSE(search_run_of_control(other)) << other;
    }
    const std::string whole = search_run_control(done(5));
    EXPECT_FALSE(search_run_of_control(whole.substr(0, whole.size() - 1)));
}

}  // namespace
}  // namespace vedette::engine
