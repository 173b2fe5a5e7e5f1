// SPDX-License-Identifier: Apache-2.0
#include "detect/sigma/correlator.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "detect/sigma/limits.h"
#include "rule/sigma/rule_set.h"

namespace vedette::detect::sigma {
namespace {

constexpr std::int64_t kOneSecond = 1'000'000'000;

std::string base_rule(const std::string& name) {
    return "title: Rule " + name + "\nid: id-" + name + "\nname: " + name +
           "\nlogsource: {product: x}\ndetection: {s: [a], condition: s}\n---\n";
}

/// Rules a, b and c, and what is given as further documents.
struct Stream {
    explicit Stream(const std::string& documents, std::size_t bytes_max = kCorrelationBytesMax)
        : loaded(rule::sigma::load_rule_set(
              {{"r.yml", base_rule("a") + base_rule("b") + base_rule("c") + documents}})),
          correlator(loaded.rules, loaded.correlations, bytes_max) {
        for (const auto& refusal : loaded.refusals) ADD_FAILURE() << refusal.error.message();
        correlator.watch([this](const Correlator::Match& match) {
            matched += loaded.correlations[match.correlation].title + "@" +
                       std::to_string(match.event.offset) + "=" +
                       rule::sigma::text_of(match.value) + " ";
        });
    }

    FindingSink sink() {
        return [this](cases::Finding finding) { findings.push_back(std::move(finding)); };
    }

    /// An event of a rule at a second, with values of fields by name.
    void event(const std::string& name, std::int64_t time_s,
               const std::map<std::string, std::string>& values = {}) {
        HitRecord record;
        for (std::uint32_t i = 0; i < loaded.rules.size(); ++i) {
            if (loaded.rules[i].name == name) record.rule = i;
        }
        record.id = {++next, 0};
        record.time.unix_ns = record.due.unix_ns = time_s * kOneSecond;
        for (const std::string& field : correlator.plan().fields_of(record.rule)) {
            const auto value = values.find(field);
            record.values.emplace_back();
            if (value != values.end()) record.values.back().push_back(value->second);
            if (value != values.end() && field == "ip") {
                record.entities.push_back({event::EntityType::ip, value->second});
            }
        }
        record.origin = "/var/log/x";
        record.raw = "event " + std::to_string(next);
        correlator.observe(std::move(record), sink());
    }
    void tick(std::int64_t time_s) { correlator.tick({time_s * kOneSecond}, sink()); }

    rule::sigma::LoadedRules loaded;
    Correlator correlator;
    std::string matched;
    std::vector<cases::Finding> findings;
    std::uint64_t next = 0;
};

constexpr const char* kThree =
    "title: Three\nid: c3\nlevel: high\ntags: [attack.t1110]\ncorrelation:\n"
    "  {type: event_count, rules: [a], group-by: [ip], timespan: 10s, condition: {gte: 3}}\n";

TEST(Correlator, tells_a_finding_at_once_and_how_it_has_grown_at_the_next_tick) {
    Stream stream(kThree);
    for (const int second : {100, 104, 110}) stream.event("a", second, {{"ip", "10.0.0.1"}});
    ASSERT_EQ(stream.findings.size(), 1u);
    const cases::Finding first = stream.findings[0];
    EXPECT_EQ(first.title, "Three");
    EXPECT_EQ(first.severity, cases::Severity::high);
    EXPECT_EQ(first.attack, std::vector<std::string>{"T1110"});
    EXPECT_TRUE(first.may_grow);
    EXPECT_EQ(first.events.size(), 3u);
    EXPECT_EQ(first.raw, "event 1");
    EXPECT_EQ(first.entities[0].text(), "ip:10.0.0.1");
    ASSERT_EQ(first.reasons.size(), 2u);
    EXPECT_EQ(first.reasons[0].observed,
              "3 events within 10 s with ip 10.0.0.1; 3 events in all, from 1970-01-01T00:01:40Z "
              "to 1970-01-01T00:01:50Z");
    EXPECT_EQ(first.reasons[0].expected, "at least 3 events within 10 s with the same ip");
    EXPECT_EQ(first.reasons[1].observed, "3 events: Rule a");
    EXPECT_EQ(first.bits(), 6.0);
    stream.tick(110);
    EXPECT_EQ(stream.findings.size(), 1u) << "nothing was added";
    stream.event("a", 111, {{"ip", "10.0.0.1"}});
    stream.event("a", 112, {{"ip", "10.0.0.1"}});
    EXPECT_EQ(stream.findings.size(), 1u);
    stream.tick(120);
    ASSERT_EQ(stream.findings.size(), 2u);
    EXPECT_EQ(stream.findings[1].id, first.id);
    EXPECT_EQ(stream.findings[1].first_seen, first.first_seen);
    EXPECT_EQ(stream.findings[1].events.size(), 5u);
    EXPECT_EQ(stream.findings[1].reasons[0].observed.substr(0, 8), "4 events");
    EXPECT_EQ(stream.matched, "Three@3=3 Three@4=3 Three@5=4 ");
    // A long silence later it is another one.
    for (const int second : {200, 201, 202}) stream.event("a", second, {{"ip", "10.0.0.1"}});
    EXPECT_EQ(stream.findings.size(), 3u);
    EXPECT_NE(stream.findings[2].id, first.id);
}

TEST(Correlator, tells_the_same_of_events_that_come_from_the_last_to_the_first) {
    Stream stream(
        "title: T\nid: t\ncorrelation: {type: event_count, rules: [a], group-by: [ip], timespan: "
        "5m, condition: {gte: 5}}\n");
    for (int second = 70; second >= 0; second -= 10) stream.event("a", second, {{"ip", "x"}});
    stream.correlator.finish(stream.sink());
    ASSERT_EQ(stream.findings.size(), 2u);
    EXPECT_EQ(stream.findings[0].id, stream.findings[1].id);
    const cases::Finding& grown = stream.findings[1];
    EXPECT_EQ(grown.first_seen.unix_ns, 0);
    EXPECT_EQ(grown.raw, "event 8");
    EXPECT_EQ(grown.reasons[0].observed,
              "8 events within 5 min with ip x; 8 events in all, from 1970-01-01T00:00:00Z to "
              "1970-01-01T00:01:10Z");
}

TEST(Correlator, takes_both_ends_of_the_window_and_no_more) {
    Stream stream(kThree);
    for (const int second : {100, 105, 110}) stream.event("a", second, {{"ip", "x"}});
    EXPECT_EQ(stream.matched, "Three@3=3 ");
    for (const int second : {100, 105, 111}) stream.event("a", second, {{"ip", "y"}});
    EXPECT_EQ(stream.matched, "Three@3=3 ");
}

TEST(Correlator, keeps_groups_apart_without_case_and_leaves_out_who_lacks_a_field) {
    Stream stream(kThree);
    for (const char* ip : {"Web", "db", "wEB", "db"}) stream.event("a", 100, {{"ip", ip}});
    for (int i = 0; i < 5; ++i) stream.event("a", 100, {});
    EXPECT_EQ(stream.matched, "");
    stream.event("a", 101, {{"ip", "web"}});
    EXPECT_EQ(stream.matched, "Three@10=3 ");
    EXPECT_NE(stream.findings[0].reasons[0].observed.find("with ip Web;"), std::string::npos);
}

TEST(Correlator, judges_late_events_where_they_belong) {
    Stream stream(kThree);
    stream.event("a", 100, {{"ip", "x"}});
    stream.event("a", 108, {{"ip", "x"}});
    stream.tick(400);
    stream.event("a", 104, {{"ip", "x"}});
    EXPECT_EQ(stream.matched, "Three@2=3 ");
    // Past the time span and what is waited for late ones, nothing is remembered.
    Stream other(kThree);
    other.event("a", 100, {{"ip", "x"}});
    other.event("a", 108, {{"ip", "x"}});
    other.tick(100 + 10 + 300 + 9);
    other.event("a", 104, {{"ip", "x"}});
    EXPECT_EQ(other.matched, "");
    EXPECT_EQ(other.correlator.forgotten_count(), 0u);
    // What all comes late is remembered from its arrival on.
    for (const int second : {0, 1, 2}) other.event("a", second, {{"ip", "y"}});
    EXPECT_NE(other.matched, "");
}

TEST(Correlator, waits_for_the_clock_where_more_could_make_a_condition_untrue) {
    Stream stream(
        "title: Few\nid: few\ncorrelation: {type: event_count, rules: [a], group-by: [ip], "
        "timespan: 10s, condition: {lte: 1}}\n");
    stream.event("a", 108, {{"ip", "x"}});
    stream.event("a", 104, {{"ip", "x"}});
    EXPECT_EQ(stream.matched, "");
    stream.tick(103);
    EXPECT_EQ(stream.matched, "");
    stream.tick(104);
    EXPECT_EQ(stream.matched, "Few@2=1 ");
    stream.tick(120);
    EXPECT_EQ(stream.matched, "Few@2=1 ");
    // One dated far ahead of its arrival is not waited for.
    HitRecord record;
    record.id = {99, 0};
    record.time.unix_ns = 4'000'000'000 * kOneSecond;
    record.due.unix_ns = 150 * kOneSecond;
    record.values = {{"ahead"}};
    stream.correlator.observe(record, stream.sink());
    stream.tick(151);
    EXPECT_EQ(stream.matched, "Few@2=1 Few@99=1 ");
}

TEST(Correlator, looks_at_values_of_every_kind) {
    const auto run = [](const std::string& type, const std::string& condition) {
        Stream stream("title: V\nid: v\ncorrelation: {type: " + type +
                      ", rules: [a], timespan: 1m, condition: {field: n, " + condition + "}}\n");
        int second = 0;
        for (const char* value : {"10", "Twenty", "30.5", "10", "twenty"}) {
            stream.event("a", ++second, {{"n", value}});
        }
        stream.correlator.finish(stream.sink());
        return stream.matched;
    };
    EXPECT_EQ(run("value_count", "gte: 3"), "V@3=3 V@4=3 V@5=3 ");
    EXPECT_EQ(run("value_sum", "gt: 40"), "V@3=40.5 V@4=50.5 V@5=50.5 ");
    EXPECT_EQ(run("value_avg", "gt: 16"), "V@3=20.25 V@4=16.833333 V@5=16.833333 ");
    EXPECT_EQ(run("value_percentile", "percentile: 60, lte: 10"), "V@1=10 V@2=10 V@4=10 V@5=10 ");
    EXPECT_EQ(run("value_percentile", "percentile: 100, gt: 30"), "V@3=30.5 V@4=30.5 V@5=30.5 ");
    EXPECT_EQ(run("value_percentile", "lte: 40"), "V@3=33.333333 V@5=40 ");
}

TEST(Correlator, an_event_without_a_value_adds_none_and_has_a_window_all_the_same) {
    Stream stream(
        "title: V\nid: v\ncorrelation: {type: value_count, rules: [a], timespan: 1m, condition: "
        "{field: n, gte: 2}}\n---\n"
        "title: A\nid: v2\ncorrelation: {type: value_avg, rules: [a], timespan: 1m, condition: "
        "{field: n, lt: 5}}\n");
    stream.event("a", 1, {});
    stream.event("a", 2, {{"n", "2"}});
    stream.event("a", 3, {{"n", "4"}});
    stream.event("a", 4, {});
    stream.correlator.finish(stream.sink());
    EXPECT_EQ(stream.matched, "V@3=2 V@4=2 A@2=2 A@3=3 A@4=3 ");
}

TEST(Correlator, wants_all_rules_together_or_in_their_order) {
    const std::string both =
        "title: T\nid: t\ncorrelation: {type: temporal, rules: [a, b, c], timespan: 10s}\n---\n"
        "title: O\nid: o\ncorrelation: {type: temporal_ordered, rules: [a, b, c], timespan: 10s}\n"
        "---\ntitle: O2\nid: o2\n"
        "correlation: {type: temporal_ordered, rules: [a, b, c], timespan: 10s, condition: {gte: "
        "2}}\n";
    Stream stream(both);
    for (const char* name : {"c", "b", "a"}) stream.event(name, 100);
    EXPECT_EQ(stream.matched, "T@3=3 ");
    stream.matched.clear();
    stream.event("b", 101);
    EXPECT_EQ(stream.matched, "O2@4=2 T@4=3 ");
    stream.matched.clear();
    stream.event("c", 102);
    EXPECT_EQ(stream.matched, "O@5=3 O2@5=3 T@5=3 ");
    const auto ordered = std::find_if(stream.findings.begin(), stream.findings.end(),
                                      [](const auto& finding) { return finding.title == "O"; });
    ASSERT_NE(ordered, stream.findings.end());
    EXPECT_EQ(ordered->reasons[0].expected, "at least 3 of the rules in their order within 10 s");
}

TEST(Correlator, resolves_aliases_by_the_rule_that_matched) {
    Stream stream(
        "title: T\nid: t\ncorrelation:\n  type: temporal\n  rules: [a, b]\n  group-by: [who]\n"
        "  timespan: 10s\n  aliases: {who: {a: Subject, b: Target}}\n");
    stream.event("a", 100, {{"Subject", "bob"}, {"Target", "x"}});
    stream.event("b", 101, {{"Subject", "bob"}, {"Target", "y"}});
    EXPECT_EQ(stream.matched, "");
    stream.event("b", 102, {{"Subject", "z"}, {"Target", "BOB"}});
    EXPECT_EQ(stream.matched, "T@3=2 ");
}

TEST(Correlator, chains_with_the_fields_of_the_event_that_completed_the_inner_one) {
    Stream stream(
        "title: Many\nid: many\nname: many\n"
        "correlation: {type: event_count, rules: [a], group-by: [host], timespan: 10s, condition: "
        "{gte: 3}}\n---\n"
        "title: Then\nid: then\nlevel: critical\ncorrelation: {type: temporal_ordered, rules: "
        "[many, b], group-by: [user], timespan: 1h}\n");
    for (const int second : {1, 2, 3}) {
        stream.event("a", second, {{"host", "h"}, {"user", "u" + std::to_string(second)}});
    }
    EXPECT_TRUE(stream.findings.empty()) << "the inner one is no finding by itself";
    stream.event("b", 100, {{"user", "u1"}});
    EXPECT_EQ(stream.matched, "Many@3=3 ");
    stream.event("b", 101, {{"user", "u3"}});
    EXPECT_EQ(stream.matched, "Many@3=3 Then@5=2 ");
    ASSERT_EQ(stream.findings.size(), 1u);
    EXPECT_EQ(stream.findings[0].reasons[1].observed, "1 event: Many");
}

TEST(Correlator, counts_one_finding_of_another_correlation_once) {
    Stream stream(
        "title: Burst\nid: burst\nname: burst\n"
        "correlation: {type: event_count, rules: [a], group-by: [ip], timespan: 10s, condition: "
        "{gte: 2}}\n---\n"
        "title: Bursts\nid: bursts\ncorrelation: {type: event_count, rules: [burst], timespan: 1h, "
        "condition: {gte: 2}}\n");
    for (int second = 1; second <= 6; ++second) stream.event("a", second, {{"ip", "x"}});
    EXPECT_EQ(stream.matched.find("Bursts"), std::string::npos);
    for (int second = 7; second <= 8; ++second) stream.event("a", second, {{"ip", "y"}});
    EXPECT_NE(stream.matched.find("Bursts@8=2"), std::string::npos);
}

TEST(Correlator, keeps_within_its_memory_and_counts_what_it_forgot) {
    const std::size_t bytes_max = 64u << 10;
    Stream stream(kThree, bytes_max);
    for (int i = 0; i < 1'000; ++i) {
        stream.event("a", i, {{"ip", "host-" + std::to_string(i)}});
        ASSERT_LE(stream.correlator.memory_bytes(), bytes_max);
    }
    EXPECT_GT(stream.correlator.forgotten_count(), 900u);
    EXPECT_LT(stream.correlator.group_count(), 60u);
    // The newest group is there.
    stream.event("a", 1'000, {{"ip", "host-999"}});
    stream.event("a", 1'001, {{"ip", "host-999"}});
    EXPECT_EQ(stream.matched, "Three@1002=3 ");
}

TEST(Correlator, holds_so_many_events_of_a_group_and_counts_on) {
    Stream stream(
        "title: Flood\nid: flood\ncorrelation: {type: event_count, rules: [a], timespan: 1d, "
        "condition: {gte: 10000}}\n");
    for (std::size_t i = 0; i < kGroupHitsMax + 50; ++i)
        stream.event("a", 1 + std::int64_t(i) / 100);
    EXPECT_EQ(stream.correlator.forgotten_count(), 50u);
    stream.tick(500);
    ASSERT_EQ(stream.findings.size(), 2u);
    EXPECT_EQ(stream.findings[1].reasons[1].observed, "10050 events: Rule a");
    EXPECT_EQ(stream.findings[1].events.size(), cases::kFindingEventsMax);
    EXPECT_EQ(stream.findings[1].events.back(), (event::EventId{kGroupHitsMax + 50, 0}));
}

TEST(Correlator, forgets_what_the_clock_has_passed) {
    Stream stream(kThree);
    for (const int second : {100, 101, 102}) stream.event("a", second, {{"ip", "x"}});
    EXPECT_EQ(stream.correlator.group_count(), 1u);
    stream.tick(102 + 10 + 300);
    EXPECT_EQ(stream.correlator.group_count(), 1u);
    stream.tick(102 + 10 + 301);
    EXPECT_EQ(stream.correlator.group_count(), 0u);
    EXPECT_EQ(stream.correlator.memory_bytes(), 0u);
}

TEST(Correlator, refuses_a_state_that_is_not_its_own) {
    Stream stream(kThree);
    stream.event("a", 100, {{"ip", "x"}});
    const std::string state = stream.correlator.save();
    Stream same(kThree);
    ASSERT_TRUE(same.correlator.restore(state));
    EXPECT_EQ(same.correlator.save(), state);
    for (std::size_t i = 0; i < state.size(); ++i) {
        std::string damaged = state;
        damaged[i] = static_cast<char>(damaged[i] ^ 0x20);
        ASSERT_FALSE(same.correlator.restore(damaged)) << "byte " << i;
        ASSERT_EQ(same.correlator.group_count(), 0u);
        ASSERT_FALSE(same.correlator.restore(std::string_view(state).substr(0, i)));
    }
    Stream other(
        "title: Three\nid: other\ncorrelation: {type: event_count, rules: [a], timespan: 10s, "
        "condition: {gte: 3}}\n");
    const auto refused = other.correlator.restore(state);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().text, "the saved correlations are those of other rules");
}

}  // namespace
}  // namespace vedette::detect::sigma
