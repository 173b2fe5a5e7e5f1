// SPDX-License-Identifier: Apache-2.0
#include "correlate/grouper.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>
#include <set>

#include "cases/record.h"
#include "correlate/title.h"

namespace vedette::correlate {
namespace {

using event::Entity;
using event::EntityType;
using Incidents = std::map<std::string, cases::Incident>;

constexpr std::int64_t kMinute_s = 60;

cases::Finding finding(const std::string& id, std::int64_t at_s, std::vector<Entity> entities,
                       const std::string& rule = "r1", double bits = 8) {
    cases::Finding out;
    out.id = id;
    out.detector = "sigma";
    out.rule_id = rule;
    out.title = "Rule " + rule;
    out.entities = std::move(entities);
    out.first_seen = out.last_seen = {at_s * base::kNsPerSecond};
    out.reasons = {{"message", "x", "x", bits, "rule"}};
    return out;
}

Entity host(const std::string& id) { return {EntityType::host, id}; }
Entity user(const std::string& id) { return {EntityType::user, id}; }
Entity ip(const std::string& id) { return {EntityType::ip, id}; }

/// What the state would hold after these changes.
void apply(Incidents& incidents, IncidentChanges changes) {
    for (const auto& merged : changes.merged) incidents.erase(merged.id);
    for (auto& incident : changes.changed) incidents[incident.id] = std::move(incident);
}

Incidents group(const std::vector<cases::Finding>& findings, GrouperSettings settings = {}) {
    Grouper grouper(settings);
    for (const auto& one : findings) grouper.observe(one, 0);
    Incidents out;
    apply(out, grouper.take_changes());
    return out;
}

std::string text_of(const Incidents& incidents) {
    std::string out;
    for (const auto& [id, incident] : incidents) out += cases::encode(incident);
    return out;
}

TEST(Grouper, findings_that_share_a_host_within_the_hour_are_one_incident) {
    const auto incidents =
        group({finding("a", 0, {host("web-1")}), finding("b", 59 * kMinute_s, {host("web-1")}),
               finding("c", 118 * kMinute_s, {host("web-1")})});
    ASSERT_EQ(incidents.size(), 1u);
    const auto& incident = incidents.begin()->second;
    EXPECT_EQ(incident.findings, (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_EQ(incident.first_seen.unix_ns, 0);
    EXPECT_EQ(incident.last_seen.unix_ns, 118 * kMinute_s * base::kNsPerSecond);
}

TEST(Grouper, after_more_than_the_window_a_new_incident_begins) {
    EXPECT_EQ(
        group({finding("a", 0, {host("web-1")}), finding("b", 3'600, {host("web-1")})}).size(), 1u);
    EXPECT_EQ(
        group({finding("a", 0, {host("web-1")}), finding("b", 3'601, {host("web-1")})}).size(), 2u);
}

TEST(Grouper, a_finding_between_two_incidents_merges_them_under_the_older_id) {
    Grouper grouper;
    grouper.observe(finding("a", 0, {host("web-1")}), 0);
    grouper.observe(finding("b", 10, {host("db-1")}), 0);
    Incidents incidents;
    apply(incidents, grouper.take_changes());
    ASSERT_EQ(incidents.size(), 2u);
    std::string older;
    for (const auto& [id, one] : incidents) {
        if (one.findings.front() == "a") older = id;
    }
    grouper.observe(finding("c", 20, {host("web-1"), host("db-1")}), 0);
    auto changes = grouper.take_changes();
    ASSERT_EQ(changes.merged.size(), 1u);
    EXPECT_EQ(changes.merged[0].into, older);
    EXPECT_NE(changes.merged[0].id, older);
    apply(incidents, std::move(changes));
    ASSERT_EQ(incidents.size(), 1u);
    EXPECT_EQ(incidents.begin()->first, older);
    EXPECT_EQ(incidents.begin()->second.finding_count, 3u);
    EXPECT_TRUE(grouper.take_changes().changed.empty());
}

TEST(Grouper, names_that_every_machine_has_do_not_link_machines) {
    for (const char* name : {"root", "administrator", "nt authority\\system", "www-data"}) {
        EXPECT_EQ(group({finding("a", 0, {host("web-1"), user(name)}),
                         finding("b", 1, {host("db-1"), user(name)})})
                      .size(),
                  2u)
            << name;
    }
    EXPECT_EQ(group({finding("a", 0, {host("web-1"), user("corp\\ann")}),
                     finding("b", 1, {host("db-1"), user("corp\\ann")})})
                  .size(),
              1u);
}

TEST(Grouper, findings_about_nobody_are_joined_by_rule_and_origin) {
    auto a = finding("a", 0, {}), b = finding("b", 1, {}), c = finding("c", 2, {}, "r2");
    a.origin = b.origin = c.origin = "/var/log/app.log";
    auto d = finding("d", 3, {});
    d.origin = "/var/log/other.log";
    EXPECT_EQ(group({a, b, c, d}).size(), 3u);
}

TEST(Grouper, a_late_finding_reaches_back_and_moves_the_beginning_but_not_the_id) {
    const auto first = group({finding("b", 1'000, {host("web-1")})});
    const auto both =
        group({finding("b", 1'000, {host("web-1")}), finding("a", 10, {host("web-1")})});
    ASSERT_EQ(both.size(), 1u);
    EXPECT_EQ(both.begin()->first, first.begin()->first);
    EXPECT_EQ(both.begin()->second.first_seen.unix_ns, 10 * base::kNsPerSecond);
    EXPECT_EQ(both.begin()->second.findings, (std::vector<std::string>{"a", "b"}));
}

TEST(Grouper, no_incident_spans_more_than_a_day_or_names_more_than_its_share) {
    std::vector<cases::Finding> findings;
    for (int i = 0; i < 200; ++i) {
        findings.push_back(finding("t" + std::to_string(i), i * 30 * kMinute_s, {host("busy")}));
        findings.push_back(finding("e" + std::to_string(i), 0,
                                   {host("scanned"), ip("203.0.113." + std::to_string(i))}));
    }
    std::uint64_t count = 0;
    for (const auto& [id, incident] : group(findings)) {
        EXPECT_LE(incident.last_seen.unix_ns - incident.first_seen.unix_ns, base::kNsPerDay);
        EXPECT_LE(incident.entities.size(), kIncidentEntitiesMax);
        count += incident.finding_count;
    }
    EXPECT_EQ(count, findings.size());
    // 200 half hours are 100 hours; 200 addresses, 63 beside the host.
    EXPECT_EQ(group(findings).size(), 5u + 4u);
}

TEST(Grouper, the_same_rule_about_the_same_entity_adds_no_bits) {
    const auto incidents = group(
        {finding("a", 0, {host("web-1")}, "r1", 8), finding("b", 1, {host("web-1")}, "r1", 9.5),
         finding("c", 2, {host("web-1")}, "r1", 3), finding("d", 3, {host("web-1")}, "r2", 2.25)});
    ASSERT_EQ(incidents.size(), 1u);
    EXPECT_EQ(incidents.begin()->second.bits, 11.75);
}

TEST(Grouper, a_finding_handed_in_twice_counts_once) {
    const auto incidents =
        group({finding("a", 0, {host("web-1")}), finding("a", 0, {host("web-1")})});
    EXPECT_EQ(incidents.begin()->second.finding_count, 1u);
}

TEST(Grouper, incidents_leave_memory_when_their_window_has_passed_and_keep_what_changed) {
    Grouper grouper;
    grouper.observe(finding("a", 0, {host("web-1")}), 0);
    grouper.tick({7'200 * base::kNsPerSecond});
    EXPECT_EQ(grouper.open_count(), 1u);
    grouper.tick({7'201 * base::kNsPerSecond});
    EXPECT_EQ(grouper.open_count(), 0u);
    EXPECT_EQ(grouper.memory_bytes(), 0u);
    const auto changes = grouper.take_changes();
    ASSERT_EQ(changes.changed.size(), 1u);
    EXPECT_EQ(changes.changed[0].state, "open");
}

TEST(Grouper, memory_is_bounded_and_the_longest_untouched_goes_first) {
    GrouperSettings settings;
    settings.memory_bytes_max = 200'000;
    Grouper grouper(settings);
    // Dated far ahead, so that no tick will ever close them.
    for (int i = 0; i < 2'000; ++i) {
        grouper.observe(finding(std::to_string(i), 8'000'000'000, {host(std::to_string(i))}), 0);
        EXPECT_LE(grouper.memory_bytes(), settings.memory_bytes_max);
    }
    EXPECT_EQ(grouper.closed_early_count() + grouper.open_count(), 2'000u);
    EXPECT_EQ(grouper.take_changes().changed.size(), 2'000u);
    grouper.observe(finding("again", 8'000'000'000, {host("1999")}), 0);
    EXPECT_EQ(grouper.take_changes().changed.front().finding_count, 2u);
}

TEST(Grouper, times_at_the_ends_of_the_range_do_not_run_over) {
    auto first = finding("a", 0, {host("web-1")}), last = finding("b", 0, {host("web-1")});
    first.first_seen = first.last_seen = {std::numeric_limits<std::int64_t>::min()};
    last.first_seen = last.last_seen = {std::numeric_limits<std::int64_t>::max()};
    EXPECT_EQ(group({first, last}).size(), 2u);
    Grouper grouper;
    grouper.observe(last, 0);
    grouper.tick(last.last_seen);
    EXPECT_EQ(grouper.open_count(), 1u);
}

TEST(Grouper, more_rules_than_it_remembers_are_counted_and_the_strongest_still_speaks) {
    std::vector<cases::Finding> findings;
    for (int i = 0; i < 400; ++i) {
        const std::string number = std::to_string(1'000 + i);
        findings.push_back(finding(number, i, {host("web-1")}, number));
    }
    findings.back().severity = cases::Severity::critical;
    const auto incidents = group(findings);
    ASSERT_EQ(incidents.size(), 1u);
    EXPECT_EQ(incidents.begin()->second.finding_count, 400u);
    EXPECT_EQ(incidents.begin()->second.rule_counts.size(), kIncidentRulesMax);
    EXPECT_EQ(incidents.begin()->second.title, "Rule 1399 on web-1, after Rule 1000, and 255 more");
}

TEST(Grouper, the_title_tells_the_strongest_and_what_came_with_it) {
    auto guess = finding("a", 0, {host("web-1"), user("root"), ip("203.0.113.9")}, "guess");
    guess.title = "Password guessing";
    guess.severity = cases::Severity::high;
    auto login = finding("b", 60, {host("web-1"), user("root")}, "login");
    login.title = "Login after guessing";
    EXPECT_EQ(group({guess}).begin()->second.title,
              "Password guessing: root on web-1 from 203.0.113.9");
    auto again = guess;
    again.id = "a2";
    EXPECT_EQ(group({guess, again}).begin()->second.title,
              "Password guessing: root on web-1 from 203.0.113.9, 2 times");
    EXPECT_EQ(group({guess, login}).begin()->second.title,
              "Password guessing: root on web-1 from 203.0.113.9, then Login after guessing");
    EXPECT_EQ(group({guess, login, finding("c", 61, {host("web-1")}, "x", 1),
                     finding("d", 62, {host("web-1")}, "y", 1)})
                  .begin()
                  ->second.title,
              "Password guessing: root on web-1 from 203.0.113.9, then Login after guessing, "
              "and 2 more");
}

TEST(Grouper, texts_are_cut_between_characters) {
    EXPECT_EQ(cut_text("abcdef", 6), "abcdef");
    EXPECT_EQ(cut_text("abcdefg", 6), "abc...");
    EXPECT_EQ(cut_text("ab\xC3\xA9\xC3\xA9\xC3\xA9", 6), "ab...");
    EXPECT_EQ(cut_text(std::string(20, '\xA9'), 6), "...");
}

/// A step of a random history: a finding, or a tick.
struct Step {
    bool is_tick = false;
    cases::Finding what;
    BitSteps evidence = 0;
    base::Timestamp time;
};

std::vector<Step> random_history(std::uint64_t seed, std::size_t size) {
    std::mt19937_64 random(seed);
    std::vector<Step> steps;
    std::int64_t now_s = 1'700'000'000;
    for (std::size_t i = 0; i < size; ++i) {
        now_s += static_cast<std::int64_t>(random() % 900);
        Step step;
        step.time = {now_s * base::kNsPerSecond};
        step.is_tick = random() % 8 == 0;
        const auto number = [&](int count) { return std::to_string(random() % count); };
        std::vector<Entity> entities;
        if (random() % 10 != 0) entities.push_back(host("h" + number(6)));
        if (random() % 3 == 0)
            entities.push_back(user(random() % 4 == 0 ? "root" : "u" + number(9)));
        if (random() % 3 == 0) entities.push_back(ip("203.0.113." + number(40)));
        const auto late_s = static_cast<std::int64_t>(random() % 4 == 0 ? random() % 7'000 : 0);
        step.what = finding(std::to_string(i), now_s - late_s, entities, "r" + number(12),
                            static_cast<double>(random() % 100) / 7);
        step.what.severity = static_cast<cases::Severity>(random() % 5);
        step.what.attack = {"T" + number(5)};
        step.evidence = static_cast<BitSteps>(random() % 40'000);
        steps.push_back(std::move(step));
    }
    return steps;
}

void play(Grouper& grouper, const Step& step) {
    if (step.is_tick) {
        grouper.tick(step.time);
    } else {
        grouper.observe(step.what, step.evidence);
    }
}

TEST(Grouper, any_cut_and_any_number_of_restarts_give_the_same_incidents) {
    EXPECT_TRUE(rc::check([](std::uint64_t seed, bool is_tight) {
        const auto steps = random_history(seed, 150);
        GrouperSettings settings;
        if (is_tight) settings.memory_bytes_max = 12'000;
        Grouper whole(settings);
        for (const Step& step : steps) play(whole, step);
        Incidents expected;
        apply(expected, whole.take_changes());

        std::mt19937_64 random(seed + 1);
        Grouper cut(settings);
        Incidents incidents;
        for (const Step& step : steps) {
            play(cut, step);
            if (random() % 5 == 0) apply(incidents, cut.take_changes());
            if (random() % 9 == 0) {
                apply(incidents, cut.take_changes());
                const std::string saved = cut.save();
                Grouper restored(settings);
                RC_ASSERT(restored.restore(saved).has_value());
                RC_ASSERT(restored.checksum() == cut.checksum());
                RC_ASSERT(restored.memory_bytes() > 0 || restored.open_count() == 0);
                cut = std::move(restored);
            }
        }
        apply(incidents, cut.take_changes());
        RC_ASSERT(text_of(incidents) == text_of(expected));
        RC_ASSERT(cut.checksum() == whole.checksum());
        RC_ASSERT(cut.closed_early_count() == whole.closed_early_count());
    }));
}

TEST(Grouper, an_incident_keeps_the_most_evidence_that_the_ledger_held) {
    Grouper grouper;
    grouper.observe(finding("a", 0, {host("web-1")}), 5 * 1'024);
    grouper.observe(finding("b", 10, {host("db-1")}), 9 * 1'024);
    grouper.observe(finding("c", 20, {host("web-1")}), 7 * 1'024);
    Incidents incidents;
    apply(incidents, grouper.take_changes());
    std::multiset<double> evidence;
    for (const auto& [id, incident] : incidents) evidence.insert(incident.evidence_bits);
    EXPECT_EQ(evidence, (std::multiset<double>{7, 9}));
    // What joins them has less and takes nothing away.
    grouper.observe(finding("d", 30, {host("web-1"), host("db-1")}), 0);
    apply(incidents, grouper.take_changes());
    ASSERT_EQ(incidents.size(), 1u);
    EXPECT_EQ(incidents.begin()->second.evidence_bits, 9);
}

TEST(Grouper, every_finding_is_in_exactly_one_incident) {
    EXPECT_TRUE(rc::check([](std::uint64_t seed) {
        Grouper grouper;
        Incidents incidents;
        std::size_t count = 0;
        for (const Step& step : random_history(seed, 200)) {
            play(grouper, step);
            if (!step.is_tick) ++count;
            apply(incidents, grouper.take_changes());
        }
        std::set<std::string> seen;
        for (const auto& [id, incident] : incidents) {
            RC_ASSERT(incident.finding_count == incident.findings.size());
            for (const auto& one : incident.findings) RC_ASSERT(seen.insert(one).second);
        }
        RC_ASSERT(seen.size() == count);
    }));
}

/// The oracle where no bound bites: incidents are the connected parts of the graph of links.
std::size_t component_count(const std::vector<cases::Finding>& findings) {
    std::vector<std::size_t> parent(findings.size());
    std::iota(parent.begin(), parent.end(), 0);
    const auto root = [&](std::size_t i) {
        while (parent[i] != i) i = parent[i];
        return i;
    };
    for (std::size_t i = 0; i < findings.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k) {
            for (const auto& key : link_keys(findings[i])) {
                const auto other = link_keys(findings[k]);
                if (std::find(other.begin(), other.end(), key) != other.end()) {
                    parent[root(i)] = root(k);
                }
            }
        }
    }
    std::set<std::size_t> roots;
    for (std::size_t i = 0; i < findings.size(); ++i) roots.insert(root(i));
    return roots.size();
}

TEST(Grouper, without_bounds_the_incidents_are_the_connected_parts_in_any_order) {
    EXPECT_TRUE(rc::check([](std::uint64_t seed) {
        GrouperSettings settings;
        settings.window_s = settings.span_s_max = 1'000'000'000;
        std::vector<cases::Finding> findings;
        for (auto& step : random_history(seed, 25)) findings.push_back(std::move(step.what));
        const auto contents = [&] {
            std::vector<std::string> out;
            for (auto [id, incident] : group(findings, settings)) {
                incident.id.clear();  // the id tells which came first
                out.push_back(cases::encode(incident));
            }
            std::sort(out.begin(), out.end());
            return out;
        };
        const auto expected = contents();
        RC_ASSERT(expected.size() == component_count(findings));
        std::shuffle(findings.begin(), findings.end(), std::mt19937_64(seed));
        RC_ASSERT(contents() == expected);
    }));
}

TEST(Grouper, a_damaged_state_is_refused_and_leaves_an_empty_grouper) {
    Grouper grouper;
    for (const Step& step : random_history(7, 20)) play(grouper, step);
    static_cast<void>(grouper.take_changes());
    const std::string saved = grouper.save();
    for (std::size_t size = 0; size < saved.size(); ++size) {
        Grouper other;
        const auto result = other.restore(std::string_view(saved).substr(0, size));
        ASSERT_FALSE(result) << size;
        EXPECT_EQ(result.error().code, base::ErrorCode::corrupt);
        EXPECT_EQ(other.open_count(), 0u);
    }
    EXPECT_EQ(Grouper().restore('\x07' + saved.substr(1)).error().code,
              base::ErrorCode::unsupported);
}

TEST(Grouper, a_finding_that_grows_stays_in_its_incident_and_takes_it_along) {
    Grouper grouper;
    cases::Finding growing = finding("a", 0, {host("web-1")});
    grouper.observe(growing, 0);
    growing.has_grown = true;
    // An event that begins it comes late; then hour after hour, past what an incident may span.
    growing.first_seen = {-60 * base::kNsPerSecond};
    grouper.observe(growing, 0);
    for (int hour = 1; hour <= 30; ++hour) {
        growing.last_seen = {hour * 3'600 * base::kNsPerSecond};
        growing.entities.push_back(ip("10.0.0." + std::to_string(hour)));
        grouper.observe(growing, 0);
        grouper.tick(growing.last_seen);
    }
    Incidents incidents;
    apply(incidents, grouper.take_changes());
    ASSERT_EQ(incidents.size(), 1u);
    const cases::Incident& incident = incidents.begin()->second;
    EXPECT_EQ(incident.finding_count, 1u);
    EXPECT_EQ(incident.findings, std::vector<std::string>{"a"});
    EXPECT_EQ(incident.first_seen, growing.first_seen);
    EXPECT_EQ(incident.last_seen, growing.last_seen);
    EXPECT_EQ(incident.entities.size(), 31u);
    EXPECT_EQ(incident.bits, 8);
    // Once its incident has left memory, it begins another one and takes nothing from the first.
    grouper.tick({40 * 3'600 * base::kNsPerSecond});
    EXPECT_EQ(grouper.open_count(), 0u);
    growing.last_seen = {41 * 3'600 * base::kNsPerSecond};
    grouper.observe(growing, 0);
    apply(incidents, grouper.take_changes());
    EXPECT_EQ(incidents.size(), 2u);
}

}  // namespace
}  // namespace vedette::correlate
