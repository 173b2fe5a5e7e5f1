// SPDX-License-Identifier: Apache-2.0
#include "rule/analytic/analytic.h"

#include <gtest/gtest.h>

#include "rule/analytic/limits.h"

namespace vedette::rule::analytic {

namespace {

constexpr std::string_view kFailures = R"(analytic: login-failures
title: Unusually many failed logins of one account
level: low
attack: [T1110.001, TA0006]
events: event.category:authentication and event.outcome:failure
entity: {user: user.name}
measure: {distinct: source.ip}
windows: [10m, 1h30m]
against: [self, peers]
peers: user.department
direction: both
at_least: 5
sentence: '{observed} failed logins of {entity} in {window}; {low} to {high} are expected'
false_positives:
  - a forgotten password
)";

std::string with(std::string_view from, std::string_view to) {
    std::string text(kFailures);
    text.replace(text.find(from), from.size(), to);
    return text;
}

std::string refusal(const std::string& text) {
    const auto read = read_analytic("a.yml", text);
    return read ? "" : read.error().message();
}

TEST(Analytic, IsReadWhole) {
    const auto read = read_analytic("a.yml", kFailures);
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(read->id.text, "login-failures");
    EXPECT_EQ(read->level, "low");
    EXPECT_EQ(read->attack, (std::vector<std::string>{"T1110.001", "TA0006"}));
    EXPECT_EQ(read->entity, event::EntityType::user);
    EXPECT_EQ(read->entity_fields.front().text, "user.name");
    EXPECT_EQ(read->measure, Measure::distinct);
    EXPECT_EQ(read->fields.front().text, "source.ip");
    EXPECT_EQ(read->windows_ms, (std::vector<std::int64_t>{600'000, 5'400'000}));
    EXPECT_EQ(read->against, (std::vector<Against>{Against::self, Against::peers}));
    EXPECT_EQ(read->peers_by.text, "user.department");
    EXPECT_EQ(read->direction, Direction::both);
    EXPECT_EQ(read->observed_min, 5);
    EXPECT_EQ(read->false_positives.size(), 1u);
}

TEST(Analytic, SaysInASentenceWhatItSaw) {
    const auto read = read_analytic("a.yml", kFailures);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->sentence.text({{Word::entity, "ada"},
                                   {Word::observed, "40"},
                                   {Word::window, "10 minutes"},
                                   {Word::low, "0"}}),
              "40 failed logins of ada in 10 minutes; 0 to ? are expected");
}

TEST(Analytic, IsRefusedWithThePlaceAndWhatWasMeant) {
    EXPECT_EQ(refusal(with("distinct:", "distnct:")),
              "a.yml:7:11: there is no measure 'distnct' (did you mean 'distinct'?)");
    EXPECT_EQ(refusal(with("{entity}", "{entiy}")),
              "a.yml:13:11: there is no word {entiy} in sentences (did you mean {entity}?)");
    EXPECT_NE(refusal(with("outcome:failure", "outcome:(failure")).find("the query cannot be read"),
              std::string::npos);
    EXPECT_NE(refusal(with("[10m, 1h30m]", "[1h, 10m]")).find("ascending"), std::string::npos);
    EXPECT_NE(refusal(with("[10m, 1h30m]", "[8d]")).find("from 1s to 7d"), std::string::npos);
    EXPECT_NE(refusal(with("[10m, 1h30m]", "[99999999999999999999d]")).find("no window"),
              std::string::npos);
    EXPECT_NE(refusal(with("{user:", "{usr:")).find("did you mean 'user'"), std::string::npos);
    EXPECT_NE(refusal(with("level: low", "level: lwo")).find("did you mean 'low'"),
              std::string::npos);
    EXPECT_NE(refusal(with("T1110.001", "1110")).find("T1110.001"), std::string::npos);
    EXPECT_NE(refusal(with("at_least: 5", "at_least: five")).find("is no number"),
              std::string::npos);
    EXPECT_NE(refusal(with("windows", "window")).find("windows"), std::string::npos);
    EXPECT_NE(refusal(with("against: [self, peers]", "against: [self]")).find("add peers"),
              std::string::npos);
}

TEST(Analytic, OfSingleEventsHasNoWindows) {
    EXPECT_NE(refusal(with("{distinct: source.ip}", "{new_value: source.ip}")).find("no windows"),
              std::string::npos);
    std::string text = with("{distinct: source.ip}", "{new_value: source.ip}");
    text.erase(text.find("windows:"), text.find("against:") - text.find("windows:"));
    EXPECT_NE(refusal(text).find("odd when it is high"), std::string::npos);
    text.replace(text.find("both"), 4, "high");
    EXPECT_NE(refusal(text).find("{window}"), std::string::npos);
}

TEST(Analytic, TellsHowManyFieldsAMeasureLooksAt) {
    EXPECT_NE(refusal(with("{distinct: source.ip}", "distinct")).find("looks at 1 field"),
              std::string::npos);
    EXPECT_NE(refusal(with("{distinct: source.ip}", "{count: source.ip}")).find("no field"),
              std::string::npos);
    EXPECT_NE(refusal(with("{distinct: source.ip}", "{vector: source.ip}")).find("2 to 8 numbers"),
              std::string::npos);
    EXPECT_NE(refusal(with("{distinct: source.ip}", "ratio")).find("needs the query"),
              std::string::npos);
    EXPECT_EQ(refusal(with("{distinct: source.ip}", "{ratio: 'event.outcome:failure'}")), "");
}

TEST(Analytic, OfASeriesIsHeldAgainstItsOwnPastInBothDirections) {
    const std::string text =
        "analytic: m\ntitle: t\nentity: {series: metric.series}\n"
        "measure: {series: metric.value}\ndirection: both\nsentence: '{entity}'\n";
    const auto read = read_analytic("a.yml", text);
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_TRUE(is_series(read->measure));
    EXPECT_EQ(read->bits_min, 0) << "its samples are not as many chances as they are counted";
    EXPECT_EQ(read->entity, event::EntityType::series);
    EXPECT_EQ(read->against, std::vector<Against>{Against::self});
    EXPECT_NE(refusal(text + "against: [self, everybody]\n").find("its own past alone"),
              std::string::npos);
    EXPECT_NE(refusal(text + "windows: [1h]\n").find("has no windows"), std::string::npos);
}

TEST(Analytic, OfASequenceMaySayWhatCameBefore) {
    const std::string text =
        "analytic: q\ntitle: t\nentity: {user: user.name}\nmeasure: {sequence: process.name}\n"
        "sentence: '{entity} ran {value} behind {before}'\n";
    const auto read = read_analytic("a.yml", text);
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(read->measure, Measure::sequence);
    EXPECT_NE(refusal(with("{observed}", "{before}")).find("only of the measure 'sequence'"),
              std::string::npos);
}

constexpr std::string_view kProfile = R"(analytic: v
title: t
entity: {ip: source.ip}
measure:
  vector: [count, {distinct: destination.ip}, {sum: network.bytes}, {ratio: 'event.action:denied'}]
windows: [1h]
sentence: '{entity} within {window}: {value}'
)";

TEST(Analytic, OfAVectorNamesItsNumbers) {
    const auto read = read_analytic("a.yml", kProfile);
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(read->measure, Measure::vector);
    ASSERT_EQ(read->parts.size(), 4u);
    EXPECT_EQ(words(read->parts[0]), "count");
    EXPECT_EQ(words(read->parts[1]), "distinct of destination.ip");
    EXPECT_EQ(words(read->parts[3]), "ratio of event.action:denied");
    EXPECT_TRUE(read->fields.empty());
    EXPECT_EQ(read->direction, Direction::both);
    EXPECT_EQ(read->against, std::vector<Against>{Against::self});
}

TEST(Analytic, OfAVectorIsRefusedWithWhatWasMeant) {
    const auto refused = [](std::string_view from, std::string_view to) {
        std::string text(kProfile);
        text.replace(text.find(from), from.size(), to);
        return refusal(text);
    };
    EXPECT_NE(refused("count,", "source.bytes,").find("{sum: source.bytes}"), std::string::npos);
    EXPECT_NE(refused("count,", "{new_value: user.name},").find("no number of a window"),
              std::string::npos);
    EXPECT_NE(refused("count,", "{sum: network.bytes},").find("stands twice"), std::string::npos);
    EXPECT_NE(refused("count,", "sum,").find("needs what it is of"), std::string::npos);
    EXPECT_NE(refused("count,", "{count: a},").find("is of all"), std::string::npos);
    EXPECT_NE(refused("count,", "{ratio: '('},").find("the query cannot be read"),
              std::string::npos);
    EXPECT_NE(refused("windows: [1h]", "windows: [1h]\ndirection: high").find("no `direction`"),
              std::string::npos);
    EXPECT_NE(refused("windows: [1h]", "windows: [1h]\nat_least: 3").find("tell_from_bits"),
              std::string::npos);
    EXPECT_NE(refused("windows: [1h]", "windows: [1h]\nagainst: [peers]").find("own past alone"),
              std::string::npos);
    EXPECT_NE(refused("{value}", "{low}").find("which numbers are odd"), std::string::npos);
}

TEST(Analytic, IsToldFromOneBitIfItDoesNotAskForMoreOrLess) {
    const std::string text(kFailures);
    EXPECT_EQ(read_analytic("a.yml", text)->bits_min, 1);
    EXPECT_EQ(read_analytic("a.yml", text + "tell_from_bits: 0\n")->bits_min, 0);
    EXPECT_EQ(read_analytic("a.yml", text + "tell_from_bits: 2.5\n")->bits_min, 2.5);
    for (const char* bits : {"-1", "101", "nan", "many"}) {
        const std::string refused = refusal(text + "tell_from_bits: " + bits + "\n");
        EXPECT_NE(refused.find("tell_from_bits: 2"), std::string::npos) << bits << ": " << refused;
    }
}

TEST(AnalyticSet, KeepsWhatLoadsAndNamesWhatDoesNot) {
    const AnalyticSet set = read_analytics({{"b.yml", with("login-failures", "b")},
                                            {"a.yml", with("login-failures", "a")},
                                            {"again.yml", with("login-failures", "b")},
                                            {"broken.yml", "analytic: ["}});
    ASSERT_EQ(set.analytics.size(), 2u);
    EXPECT_EQ(set.analytics[0].id.text, "a");
    ASSERT_EQ(set.refusals.size(), 2u);
    EXPECT_EQ(set.refusals[0].message(),
              "again.yml:1:11: the analytic 'b' is there already (the first one stands at "
              "b.yml:1:11)");
    EXPECT_NE(set.refusals[1].message().find("broken.yml"), std::string::npos);
}

TEST(AnalyticSet, RefusesMoreThanItsBoundByName) {
    std::vector<std::pair<std::string, std::string>> files;
    for (std::size_t i = 0; i <= kAnalyticsMax; ++i) {
        files.emplace_back("f" + std::to_string(i),
                           with("login-failures", "a" + std::to_string(i)));
    }
    const AnalyticSet set = read_analytics(files);
    EXPECT_EQ(set.analytics.size(), kAnalyticsMax);
    ASSERT_EQ(set.refusals.size(), 1u);
    EXPECT_EQ(set.refusals[0].code, base::ErrorCode::limit);
}

}  // namespace

}  // namespace vedette::rule::analytic
