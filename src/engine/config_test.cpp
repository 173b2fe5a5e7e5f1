// SPDX-License-Identifier: Apache-2.0
#include "engine/config.h"

#include <gtest/gtest.h>

namespace vedette::engine {
namespace {

std::string complaint(const std::string& text) {
    const auto config = parse_config(text, "vedette.yml", "/tmp/data");
    return config ? "accepted" : config.error().message();
}

TEST(Config, has_a_default_for_everything) {
    const auto config = parse_config("", "vedette.yml", "/tmp/data");
    ASSERT_TRUE(config.has_value());
    EXPECT_EQ(config->data_folder, "/tmp/data");
    ASSERT_GE(config->sources.size(), 2u);  // and the journal, where no file has its messages
    EXPECT_EQ(config->sources.front().name, "files");
    EXPECT_EQ(config->sources.back().name, "http");
    EXPECT_FALSE(config->rule_paths.empty());
}

TEST(Config, reads_feeds_of_indicators) {
    const auto config = parse_config(
        "intel:\n  history_days: 7\n  warning_lists: /w\n  feeds:\n"
        "    - {name: abuse, url: 'https://feeds.example/x.csv?key=1', every: 15min, format: csv,\n"
        "       columns: {value: ioc, type: ioc_type}, confidence: 80, expire_days: 30, mb_max: "
        "10}\n"
        "    - {name: own, path: /feeds/own.txt, type: ja3}\n",
        "vedette.yml", "/tmp/data");
    ASSERT_TRUE(config) << config.error().message();
    ASSERT_EQ(config->intel.feeds.size(), 2u);
    const intel::FeedConfig& feed = config->intel.feeds[0];
    EXPECT_EQ(feed.every_s, 900);
    EXPECT_EQ(feed.settings.format, rule::intel::FeedFormat::csv);
    EXPECT_EQ(feed.settings.columns.at("type"), "ioc_type");
    EXPECT_EQ(feed.settings.columns.size(), 2u);
    EXPECT_EQ(feed.bytes_max, 10u << 20);
    EXPECT_EQ(config->intel.feeds[1].settings.type, rule::intel::IndicatorType::ja3);
    EXPECT_EQ(config->intel.history_days, 7);
    const auto wrong = [](const std::string& feed_text) {
        return complaint("intel:\n  feeds:\n    - {" + feed_text + "}\n");
    };
    EXPECT_EQ(wrong("path: /x"),
              "vedette.yml:3:7: a feed needs a name (letters, digits, '_', '-', '.'; up to 64)");
    EXPECT_EQ(wrong("name: ../x, path: /x").find("vedette.yml:3:7: a feed needs a name"), 0u);
    EXPECT_EQ(wrong("name: x"), "vedette.yml:3:7: a feed has a path or a url");
    EXPECT_EQ(wrong("name: x, path: /x, url: 'http://y/'"),
              "vedette.yml:3:7: a feed has a path or a url");
    EXPECT_EQ(wrong("name: x, url: 'ftp://y/'"),
              "vedette.yml:3:7: a URL of http or https belongs here");
    EXPECT_EQ(wrong("name: x, path: /x, every: 1s"),
              "vedette.yml:3:34: how often belongs here (e.g. 15min, 1h or 1d; at least 10s)");
    EXPECT_EQ(wrong("name: x, path: /x, columns: {valeu: 1}"),
              "vedette.yml:3:37: there is no setting 'valeu' (did you mean 'value'?)");
    EXPECT_EQ(wrong("name: x, path: /x, type: mutex"),
              "vedette.yml:3:33: this is no type of indicators");
    EXPECT_EQ(complaint("intel: {feeds: [{name: x, path: /x}, {name: x, path: /y}]}"),
              "vedette.yml:1:38: two feeds are named x");
}

TEST(Config, reads_how_long_a_source_may_be_silent) {
    const auto silence = [](const std::string& everywhere, const std::string& of_source) {
        const auto config =
            parse_config("detect: {silence: " + everywhere +
                             "}\nsources: [{kind: stdin, silence: " + of_source + "}]",
                         "vedette.yml", "/tmp/data");
        return config ? config->silence : detect::SilenceSettings{{config.error().message(), 0}};
    };
    using Settings = detect::SilenceSettings;
    EXPECT_EQ(silence("off", "after 2h"), (Settings{{"*", -1}, {"stdin", 7'200}}));
    EXPECT_EQ(silence("on", "after 30min"), (Settings{{"stdin", 1'800}}));
    EXPECT_EQ(silence("after 90s", "on"), (Settings{{"*", 90}, {"stdin", 0}}));
    const std::string hint =
        ": silence is on, off, or how long is too long (e.g. `silence: after 2h`; s, min, h or d, "
        "up "
        "to 30d)";
    EXPECT_EQ(silence("on", "after 31d"), (Settings{{"vedette.yml:2:34" + hint, 0}}));
    EXPECT_EQ(silence("after 2", "on"), (Settings{{"vedette.yml:1:19" + hint, 0}}));
    EXPECT_EQ(silence("after -2h", "on"), (Settings{{"vedette.yml:1:19" + hint, 0}}));
    EXPECT_EQ(silence("[1]", "on"), (Settings{{"vedette.yml:1:19" + hint, 0}}));
    EXPECT_TRUE(parse_config("", "vedette.yml", "/tmp/data")->silence.empty());
}

TEST(Config, reads_sources_with_lists_and_names) {
    const auto config = parse_config(
        "data: /srv/v\njournal: {quota_mb: 64}\nsources:\n"
        "  - {kind: files, name: web, paths: [/a, /b], format: json}\n  - kind: stdin\n",
        "vedette.yml", "/tmp/data");
    ASSERT_TRUE(config.has_value()) << config.error().message();
    EXPECT_EQ(config->data_folder, "/srv/v");
    EXPECT_EQ(config->journal_quota_bytes, 64ull << 20);
    ASSERT_EQ(config->sources.size(), 2u);
    EXPECT_EQ(config->sources[0].name, "web");
    EXPECT_EQ(config->sources[0].settings.all("paths"), (std::vector<std::string>{"/a", "/b"}));
    EXPECT_EQ(config->sources[1].name, "stdin");
    EXPECT_EQ(config->sources[1].settings.where, "vedette.yml:5:5");
}

TEST(Config, reads_what_placeholders_of_rules_stand_for) {
    const auto config =
        parse_config("detect: {sigma: {placeholders: {servers: [dc01, \"dc*\"], _1: one}}}",
                     "vedette.yml", "/tmp/data");
    ASSERT_TRUE(config.has_value()) << config.error().message();
    EXPECT_EQ(config->placeholders,
              (detect::Placeholders{{"servers", {"dc01", "dc*"}}, {"_1", {"one"}}}));
    const auto told = [](const std::string& written) {
        return complaint("detect: {sigma: {placeholders: " + written + "}}");
    };
    EXPECT_EQ(told("[a]"),
              "vedette.yml:1:32: placeholders are a mapping of lists (e.g. `servers: [dc01, dc02]` "
              "for %servers%)");
    EXPECT_EQ(told("{\"%a%\": [b]}"),
              "vedette.yml:1:33: '%a%' is no placeholder's name (letters, digits and underscores, "
              "without the percent signs)");
    EXPECT_EQ(told("{a: []}"), "vedette.yml:1:36: the placeholder has no values");
    EXPECT_EQ(told("{a: {b: c}}"), "vedette.yml:1:36: a text or a list belongs here");
    EXPECT_FALSE(load_placeholders("/nonexistent/placeholders.yml"));
}

TEST(Config, takes_what_is_told_of_clocks) {
    const auto config = parse_config(
        "clocks:\n  - {source: asa, origin: '10.0.*', zone: Europe/Berlin}\n"
        "  - {year: 2015, ahead_s: -1.5}\n",
        "vedette.yml", "/data");
    ASSERT_TRUE(config.has_value());
    ASSERT_EQ(config->clocks.size(), 2u);
    EXPECT_EQ(config->clocks[0].source, "asa");
    EXPECT_EQ(config->clocks[0].origin, "10.0.*");
    EXPECT_EQ(config->clocks[0].zone, "Europe/Berlin");
    EXPECT_EQ(config->clocks[0].where, "vedette.yml:2:5");
    EXPECT_EQ(config->clocks[1].source, "*");
    EXPECT_EQ(config->clocks[1].year, 2015);
    EXPECT_EQ(config->clocks[1].ahead_ms, -1'500);
    EXPECT_EQ(complaint("clocks: {zone: UTC}"),
              "vedette.yml:1:9: a list of clocks belongs here (e.g. `- {source: asa, zone: "
              "Europe/Berlin}`)");
    EXPECT_EQ(complaint("clocks: [{zoen: UTC}]"),
              "vedette.yml:1:11: there is no setting 'zoen' (did you mean 'zone'?)");
    EXPECT_NE(complaint("clocks: [{year: 12}]"), "accepted");
}

TEST(Config, points_at_the_place_and_says_what_was_meant) {
    EXPECT_EQ(complaint("sorces: []"),
              "vedette.yml:1:1: there is no setting 'sorces' (did you mean 'sources'?)");
    EXPECT_EQ(complaint("journal:\n  quota_mb: many"), "vedette.yml:2:13: a number belongs here");
    EXPECT_EQ(complaint("journal:\n  quota_mb: 1"),
              "vedette.yml:2:13: the value is outside its range (use 16 to 100000000)");
    EXPECT_EQ(complaint("sources: [{paths: [x]}]"),
              "vedette.yml:1:11: a source needs a kind (e.g. `- {kind: files, paths: "
              "[/var/log/auth.log]}`)");
    EXPECT_EQ(complaint("sources: [{kind: a}, {kind: a}]"),
              "vedette.yml:1:22: two sources are named a (give each a `name:` of its own)");
    EXPECT_NE(complaint("a: [").find("vedette.yml:1:"), std::string::npos);
    EXPECT_NE(complaint("[]"), "accepted");
    EXPECT_NE(complaint("? [a]\n: b"), "accepted");
    EXPECT_NE(complaint("store: {enabled: perhaps}"), "accepted");
}

}  // namespace
}  // namespace vedette::engine
