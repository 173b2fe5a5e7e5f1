// SPDX-License-Identifier: Apache-2.0
// The correlator that slides against the one that looks at everything anew each time, on generated
// events in any order; stopped and started again; in the order of time.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "detect/sigma/correlator.h"
#include "detect/sigma/limits.h"
#include "detect/sigma/test_plain_correlation.h"

namespace vedette::detect::sigma {
namespace {

using rule::sigma::Correlation;
using rule::sigma::kMillionth;
using rule::sigma::Millionths;
using rule::sigma::Rule;
using Type = Correlation::Type;
using Comparison = Correlation::Comparison;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::size_t kRules = 3;

/// An event, or the clock (rule kRules).
struct Step {
    std::int64_t time_s = 0;
    std::size_t rule = 0;
    std::string group, value;
    bool is_same_event = false;  // as the step before, seen by another rule
};

std::ostream& operator<<(std::ostream& out, const Step& step) {
    return out << "{" << step.time_s << " s, rule " << step.rule << ", " << step.group << ", "
               << step.value << (step.is_same_event ? ", same" : "") << "}";
}

rc::Gen<Step> any_step() {
    return rc::gen::build<Step>(
        rc::gen::set(&Step::time_s, rc::gen::inRange<std::int64_t>(0, 40)),
        rc::gen::set(&Step::rule, rc::gen::inRange<std::size_t>(0, kRules + 1)),
        rc::gen::set(&Step::group, rc::gen::element<std::string>("a", "A", "b")),
        rc::gen::set(&Step::value, rc::gen::element<std::string>("-1", "0", "1.5", "2", "7", "")),
        rc::gen::set(&Step::is_same_event,
                     rc::gen::map(rc::gen::inRange(0, 6), [](int n) { return n == 0; })));
}

Correlation any_correlation() {
    Correlation out;
    out.id = "c";
    out.title = "C";
    out.level = rule::sigma::Level::high;
    out.type =
        *rc::gen::element(Type::event_count, Type::value_count, Type::value_sum, Type::value_avg,
                          Type::value_percentile, Type::temporal, Type::temporal_ordered);
    out.timespan_ns = *rc::gen::inRange<std::int64_t>(1, 25) * kSecond;
    out.group_by = {"g"};
    const bool looks_at_field = out.type == Type::value_count || out.type == Type::value_sum ||
                                out.type == Type::value_avg || out.type == Type::value_percentile;
    if (looks_at_field) out.fields = {"v"};
    if (out.type == Type::value_percentile && *rc::gen::arbitrary<bool>()) {
        out.percentile = *rc::gen::inRange<int>(1, 101) * kMillionth;
    }
    for (std::uint32_t i = 0; i < kRules; ++i) {
        out.rules.push_back({"r" + std::to_string(i), ""});
        out.members.push_back({false, i});
    }
    const int bounds = *rc::gen::inRange(1, 3);
    for (int i = 0; i < bounds; ++i) {
        const int most = out.type == Type::value_percentile && !out.percentile ? 100 : 5;
        out.condition.push_back(
            {*rc::gen::element(Comparison::gt, Comparison::gte, Comparison::gte, Comparison::lt,
                               Comparison::lte, Comparison::eq, Comparison::neq),
             *rc::gen::inRange(0, most) * kMillionth});
    }
    return out;
}

std::vector<Rule> three_rules() {
    std::vector<Rule> out(kRules);
    for (std::size_t i = 0; i < kRules; ++i) out[i].id = out[i].title = "r" + std::to_string(i);
    return out;
}

/// A correlator with what it told, and the means to feed it.
struct Bench {
    Bench(const std::vector<Rule>& some_rules, const std::vector<Correlation>& all)
        : rules(some_rules), correlations(all), correlator(make()) {}

    std::unique_ptr<Correlator> make() {
        auto out = std::make_unique<Correlator>(rules, correlations, kCorrelationBytesMax);
        out->watch([this](const Correlator::Match& match) { matches.push_back(match); });
        return out;
    }

    FindingSink sink() {
        return [this](const cases::Finding& finding) { told.push_back(to_json(finding)); };
    }

    HitRecord record(const Step& step, event::EventId id) const {
        HitRecord out;
        out.rule = static_cast<std::uint32_t>(step.rule);
        out.id = id;
        out.time.unix_ns = out.due.unix_ns = step.time_s * kSecond;
        for (const std::string& field : correlator->plan().fields_of(out.rule)) {
            const std::string& value = field == "g" ? step.group : step.value;
            out.values.emplace_back();
            if (!value.empty()) out.values.back().push_back(value);
        }
        return out;
    }

    void take(const Step& step, event::EventId id) {
        if (step.rule == kRules) {
            correlator->tick({step.time_s * kSecond}, sink());
        } else {
            correlator->observe(record(step, id), sink());
        }
    }

    void stop_and_start() {
        const std::string state = correlator->save();
        auto next = make();
        const auto restored = next->restore(state);
        RC_ASSERT(restored.has_value());
        RC_ASSERT(next->save() == state);
        RC_ASSERT(next->memory_bytes() == correlator->memory_bytes());
        correlator = std::move(next);
    }

    const std::vector<Rule>& rules;
    const std::vector<Correlation>& correlations;
    std::unique_ptr<Correlator> correlator;
    std::vector<Correlator::Match> matches;
    std::vector<std::string> told;
};

/// Steps with their event ids; the second look at an event keeps its time and group.
std::vector<std::pair<Step, event::EventId>> numbered(std::vector<Step> steps) {
    std::vector<std::pair<Step, event::EventId>> out;
    std::uint64_t next = 1;
    for (Step& step : steps) {
        const bool is_again = step.is_same_event && !out.empty() &&
                              out.back().first.rule < step.rule && step.rule < kRules;
        if (is_again) {
            const std::size_t rule = step.rule;
            step = out.back().first;
            step.rule = rule;
            out.emplace_back(step, out.back().second);
        } else {
            out.emplace_back(step, event::EventId{next++, 0});
        }
    }
    return out;
}

PlainCorrelation::Event plain(const Step& step, event::EventId id) {
    return {step.time_s * kSecond, id, step.rule, step.group == "b" ? "b" : "a", step.value};
}

std::vector<PlainCorrelation::Match> as_plain(const std::vector<Correlator::Match>& matches) {
    std::vector<PlainCorrelation::Match> out;
    for (const Correlator::Match& match : matches) out.push_back({match.event, match.value});
    return out;
}

RC_GTEST_PROP(CorrelatorProperty, matches_what_looking_at_everything_anew_finds, ()) {
    const std::vector<Rule> rules = three_rules();
    const std::vector<Correlation> correlations = {any_correlation()};
    const auto steps = numbered(*rc::gen::container<std::vector<Step>>(any_step()));
    Bench bench(rules, correlations);
    PlainCorrelation oracle(correlations[0]);
    std::vector<PlainCorrelation::Match> expected;
    const auto expect = [&](const std::vector<PlainCorrelation::Match>& some) {
        expected.insert(expected.end(), some.begin(), some.end());
    };
    for (const auto& [step, id] : steps) {
        bench.take(step, id);
        expect(step.rule == kRules ? oracle.tick(step.time_s * kSecond)
                                   : oracle.arrive(plain(step, id)));
    }
    bench.correlator->finish(bench.sink());
    expect(oracle.tick(INT64_MAX));
    const auto sorted = [](std::vector<PlainCorrelation::Match> some) {
        std::sort(some.begin(), some.end(), [](const auto& a, const auto& b) {
            return std::tuple(a.id, a.value) < std::tuple(b.id, b.value);
        });
        return some;
    };
    RC_ASSERT(sorted(as_plain(bench.matches)) == sorted(expected));
    // Each finding lists what lies in the windows that matched, where nothing came late.
    std::int64_t latest = 0;
    bool is_in_order = true;
    for (const auto& [step, id] : steps) {
        is_in_order = is_in_order && (step.rule == kRules || step.time_s >= latest);
        if (step.rule < kRules) latest = std::max(latest, step.time_s);
    }
    RC_CLASSIFY(is_in_order, "in order");
    RC_CLASSIFY(!expected.empty(), "matched");
}

RC_GTEST_PROP(CorrelatorProperty, gives_the_order_of_time_whatever_the_order_of_arrival, ()) {
    const std::vector<Rule> rules = three_rules();
    std::vector<Correlation> correlations = {any_correlation()};
    Correlation& correlation = correlations[0];
    if (!correlation.is_immediate()) {
        correlation.type = Type::event_count;
        correlation.fields.clear();
        correlation.condition = {{Comparison::gte, 2 * kMillionth}};
    }
    auto steps = numbered(*rc::gen::container<std::vector<Step>>(any_step()));
    // A sum only grows while nothing negative comes.
    for (auto& [step, id] : steps) {
        if (step.value == "-1") step.value = "1";
    }
    std::map<std::uint64_t, std::string> known;
    Bench bench(rules, correlations);
    PlainCorrelation oracle(correlation);
    for (const auto& [step, id] : steps) {
        bench.take(step, id);
        if (step.rule < kRules) oracle.arrive(plain(step, id));
    }
    std::set<event::EventId> found, expected;
    for (const auto& match : bench.matches) found.insert(match.event);
    for (const auto& match : oracle.in_order()) expected.insert(match.id);
    RC_ASSERT(found == expected);
}

RC_GTEST_PROP(CorrelatorProperty, stopped_anywhere_goes_on_as_if_it_had_not_been, ()) {
    const std::vector<Rule> rules = three_rules();
    const std::vector<Correlation> correlations = {any_correlation()};
    const auto steps = numbered(*rc::gen::container<std::vector<Step>>(any_step()));
    const auto stops =
        *rc::gen::container<std::vector<bool>>(steps.size(), rc::gen::arbitrary<bool>());
    Bench whole(rules, correlations), cut(rules, correlations);
    for (std::size_t i = 0; i < steps.size(); ++i) {
        whole.take(steps[i].first, steps[i].second);
        if (stops[i]) cut.stop_and_start();
        cut.take(steps[i].first, steps[i].second);
    }
    cut.stop_and_start();
    whole.correlator->finish(whole.sink());
    cut.correlator->finish(cut.sink());
    RC_ASSERT(cut.told == whole.told);
    RC_ASSERT(cut.matches == whole.matches);
    RC_ASSERT(cut.correlator->save() == whole.correlator->save());
}

RC_GTEST_PROP(CorrelatorProperty, findings_list_the_events_of_all_windows_that_matched, ()) {
    const std::vector<Rule> rules = three_rules();
    std::vector<Correlation> correlations = {any_correlation()};
    if (!correlations[0].is_immediate()) {
        correlations[0].type = Type::event_count;
        correlations[0].fields.clear();
        correlations[0].condition = {{Comparison::gte, 3 * kMillionth}};
    }
    const auto steps = numbered(*rc::gen::container<std::vector<Step>>(any_step()));
    PlainCorrelation oracle(correlations[0]);
    Correlator correlator(rules, correlations, kCorrelationBytesMax);
    std::map<std::string, cases::Finding> newest;
    const FindingSink sink = [&](cases::Finding finding) { newest[finding.id] = finding; };
    Bench reader(rules, correlations);
    for (const auto& [step, id] : steps) {
        if (step.rule == kRules) {
            correlator.tick({step.time_s * kSecond}, sink);
        } else {
            correlator.observe(reader.record(step, id), sink);
            oracle.arrive(plain(step, id));
        }
    }
    correlator.finish(sink);
    std::set<event::EventId> listed;
    for (const auto& [id, finding] : newest) {
        listed.insert(finding.events.begin(), finding.events.end());
        RC_ASSERT(finding.first_seen <= finding.last_seen);
        RC_ASSERT(finding.bits() == 6.0);
    }
    RC_ASSERT(listed == oracle.in_matched_windows());
}

}  // namespace
}  // namespace vedette::detect::sigma
