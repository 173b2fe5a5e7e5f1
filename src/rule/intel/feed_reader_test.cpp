// SPDX-License-Identifier: Apache-2.0
#include "rule/intel/feed_reader.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "rule/intel/warning_lists.h"

namespace vedette::rule::intel {
namespace {

ReadFeed read(std::string_view text, FeedSettings settings = {},
              const WarningLists& warnings = WarningLists()) {
    settings.name = "feed";
    auto out = read_feed(settings, warnings, "feed.txt", text);
    EXPECT_TRUE(out) << (out ? "" : out.error().message());
    return std::move(*out);
}

/// "domain:evil.example ip:192.0.2.1", sorted.
std::string values(const ReadFeed& feed) {
    std::vector<std::string> all;
    feed.set.for_each([&](const IndicatorView& view) {
        all.push_back(std::string(name(view.type)) + ":" + value_text(view.type, view.key));
    });
    std::sort(all.begin(), all.end());
    std::string out;
    for (const auto& one : all) out += (out.empty() ? "" : " ") + one;
    return out;
}

IndicatorView only(const ReadFeed& feed) {
    EXPECT_EQ(feed.set.size(), 1u);
    IndicatorView out;
    feed.set.for_each([&](const IndicatorView& view) { out = view; });
    return out;
}

TEST(PlainFeed, is_a_value_a_line_with_remarks_in_all_forms) {
    const auto feed = read(
        "# a list\n192.0.2.1\n198.51.100.0/24 ; SBL1\n\nhxxp://evil[.]example/x#f # why\n"
        "0.0.0.0 bad.example\n127.0.0.1\tworse.example # x\nevil.example:8080\n"
        "198.51.100.7:443\n// remark\nbob@evil.example\r\n");
    EXPECT_EQ(values(feed),
              "domain:bad.example domain:evil.example domain:worse.example email:bob@evil.example "
              "ip:192.0.2.1 ip:198.51.100.0/24 ip:198.51.100.7 url:evil.example/x");
    EXPECT_EQ(feed.report.refused_count(), 0u);
    EXPECT_EQ(feed.report.format, FeedFormat::plain);
}

TEST(PlainFeed, of_ranges_becomes_networks) {
    EXPECT_EQ(values(read("192.0.2.4-192.0.2.10\n")),
              "ip:192.0.2.10 ip:192.0.2.4/30 ip:192.0.2.8/31");
    EXPECT_EQ(values(read("0.0.0.0 - 255.255.255.255\n")), "ip:0.0.0.0/0");
    EXPECT_EQ(read("192.0.2.9-192.0.2.1\n").report.refused_count(), 1u);
}

TEST(PlainFeed, of_one_type_takes_no_other) {
    FeedSettings settings;
    settings.type = IndicatorType::ja3;
    const auto feed = read(std::string(32, 'a') + "\nevil.example\n", settings);
    EXPECT_EQ(values(feed), "ja3:" + std::string(32, 'a'));
    EXPECT_EQ(feed.report.refused.begin()->first, "not of the type ja3");
    EXPECT_EQ(feed.report.refused.begin()->second.example, "feed.txt:2: evil.example");
    settings.type = IndicatorType::user_agent;
    EXPECT_EQ(values(read("Evil Bot/1.0 (x; y)\n", settings)), "user_agent:Evil Bot/1.0 (x; y)");
}

TEST(CsvFeed, is_read_by_the_names_of_its_columns) {
    const auto feed = read(
        "indicator,type,confidence,first_seen,valid_until,comment,tags\n"
        "evil.example,domain,80,2026-11-01,2026-12-01,\"C2, old\",T1071.001\n"
        "evil.exe,filename,80,,,,\n"
        "a.example|192.0.2.1,domain|ip,high,,,,\n");
    EXPECT_EQ(values(feed), "domain:a.example domain:evil.example ip:192.0.2.1");
    EXPECT_EQ(feed.report.refused.at("the type filename").count, 1u);
    const std::string room = "evil.example";
    const auto view =
        feed.set.find(IndicatorType::domain, room, indicator_hash(IndicatorType::domain, room));
    ASSERT_TRUE(view);
    EXPECT_EQ(view->confidence, 80);
    EXPECT_EQ(view->from_s, *read_feed_time("2026-11-01"));
    EXPECT_EQ(view->until_s, *read_feed_time("2026-12-01"));
    EXPECT_EQ(view->label, "C2, old");
    EXPECT_EQ(view->attack, "T1071.001");
}

TEST(CsvFeed, finds_its_header_in_a_remark_and_values_in_several_columns) {
    const auto feed = read(
        "# list of somebody\n# \"first_seen_utc\",\"ioc_value\",\"ioc_type\"\n"
        "\"2026-11-01 10:00:00\",\"192.0.2.1:443\",\"ip:port\"\n");
    EXPECT_EQ(values(feed), "ip:192.0.2.1");
    EXPECT_GT(only(feed).from_s, 0);
    const auto several = read("md5;sha256\n" + std::string(32, 'a') + ";" + std::string(64, 'b') +
                              "\n" + std::string(32, 'c') + ";\n");
    EXPECT_EQ(several.set.size(), 3u);
    EXPECT_EQ(several.report.refused_count(), 0u);
}

TEST(CsvFeed, is_read_by_numbers_where_it_has_no_header) {
    FeedSettings settings;
    settings.columns = {{"value", "2"}, {"label", "1"}};
    const auto feed = read("Emotet,192.0.2.1\nEmotet,198.51.100.1\n", settings);
    EXPECT_EQ(values(feed), "ip:192.0.2.1 ip:198.51.100.1");
    settings.columns = {{"value", "addr"}};
    settings.name = "feed";
    const auto wrong = read_feed(settings, WarningLists(), "feed.csv", "a,b\n1,2\n");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().text, "the table has no column 'addr'");
    settings.columns.clear();
    settings.format = FeedFormat::csv;
    EXPECT_FALSE(read_feed(settings, WarningLists(), "feed.csv", "a,b\n1,2\n"));
    EXPECT_FALSE(read_feed(settings, WarningLists(), "feed.csv", "ip,b\n\"1,2\n"));
}

constexpr std::string_view kBundle = R"({"type":"bundle","id":"bundle--1","objects":[
 {"type":"indicator","id":"indicator--1","modified":"2026-01-02T00:00:00Z","pattern_type":"stix","name":"A C2",
  "pattern":"[domain-name:value = 'evil.example']","valid_from":"2026-01-01T00:00:00Z","valid_until":"2027-01-01T00:00:00Z","confidence":85},
 {"type":"indicator","id":"indicator--2","modified":"2026-01-01T00:00:00Z","pattern":"[ipv4-addr:value = '192.0.2.1']"},
 {"type":"indicator","id":"indicator--2","modified":"2026-01-03T00:00:00Z","pattern":"[ipv4-addr:value = '192.0.2.2']"},
 {"type":"indicator","id":"indicator--3","revoked":true,"pattern":"[ipv4-addr:value = '192.0.2.3']"},
 {"type":"indicator","id":"indicator--4","pattern_type":"yara","pattern":"rule x {}"},
 {"type":"indicator","id":"indicator--5","pattern":"[file:hashes.MD5 = 'aa' AND file:size = 1]"},
 {"type":"attack-pattern","id":"attack-pattern--1","external_references":[{"source_name":"mitre-attack","external_id":"T1071.001"}]},
 {"type":"relationship","relationship_type":"indicates","source_ref":"indicator--1","target_ref":"attack-pattern--1"},
 {"type":"malware","name":"x"}]})";

TEST(StixFeed, gives_the_newest_of_each_indicator_with_its_techniques) {
    const auto feed = read(kBundle);
    EXPECT_EQ(feed.report.format, FeedFormat::stix);
    EXPECT_EQ(values(feed), "domain:evil.example ip:192.0.2.2");
    const auto view = feed.set.find(IndicatorType::domain, "evil.example",
                                    indicator_hash(IndicatorType::domain, "evil.example"));
    ASSERT_TRUE(view);
    EXPECT_EQ(view->label, "A C2");
    EXPECT_EQ(view->attack, "T1071.001");
    EXPECT_EQ(view->confidence, 85);
    EXPECT_FALSE(view->counts_at(*read_feed_time("2027-01-01")));
    EXPECT_TRUE(view->counts_at(*read_feed_time("2026-12-31")));
    for (const auto reason :
         {"revoked", "an older version", "a pattern of type yara", "AND of several tests"}) {
        EXPECT_EQ(feed.report.refused.at(reason).count, 1u) << reason;
    }
}

TEST(StixFeed, that_is_broken_off_is_not_taken_at_all) {
    FeedSettings settings;
    for (const FeedFormat format : {FeedFormat::recognised, FeedFormat::stix, FeedFormat::misp}) {
        settings.format = format;
        for (std::size_t i = 1; i < kBundle.size(); i += 7) {
            EXPECT_FALSE(read_feed(settings, WarningLists(), "b.json", kBundle.substr(0, i))) << i;
        }
    }
}

TEST(MispFeed, gives_attributes_for_detection_of_events_and_objects) {
    const auto feed = read(
        R"({"Event":{"info":"A campaign","uuid":"u","Tag":[{"name":"misp:confidence-level=\"usually-confident\""}],
      "Galaxy":[{"GalaxyCluster":[{"tag_name":"misp-galaxy:mitre-attack-pattern=\"X - T1105\""}]}],
      "Attribute":[
        {"type":"ip-dst|port","value":"192.0.2.1|443","to_ids":true,"timestamp":"1700000000"},
        {"type":"domain","value":"seen.example","to_ids":false},
        {"type":"mutex","value":"x","to_ids":true},
        {"type":"domain","value":"gone.example","to_ids":true,"deleted":true}],
      "Object":[{"name":"file","Attribute":[{"type":"filename|md5","value":"a.exe|)" +
        std::string(32, 'a') + R"(","to_ids":true}]}]}})");
    EXPECT_EQ(feed.report.format, FeedFormat::misp);
    EXPECT_EQ(values(feed), "ip:192.0.2.1 md5:" + std::string(32, 'a'));
    EXPECT_EQ(feed.report.refused.at("not for detection (to_ids)").count, 1u);
    EXPECT_EQ(feed.report.refused.at("the type mutex").count, 1u);
    const std::string key("\x20\xC0\x00\x02\x01", 5);
    const auto view =
        feed.set.find(IndicatorType::network, key, indicator_hash(IndicatorType::network, key));
    ASSERT_TRUE(view);
    EXPECT_EQ(view->confidence, 75);
    EXPECT_EQ(view->label, "A campaign");
    EXPECT_EQ(view->attack, "T1105");
    EXPECT_EQ(view->from_s, 1'700'000'000);
}

TEST(MispFeed, comes_in_the_shapes_of_its_searches) {
    const std::string attribute = R"({"type":"domain","value":"evil.example","to_ids":"1"})";
    for (const std::string& text :
         {"{\"response\":{\"Attribute\":[" + attribute + "]}}", "[" + attribute + "]",
          "{\"response\":[{\"Event\":{\"Attribute\":[" + attribute + "]}}]}"}) {
        EXPECT_EQ(values(read(text)), "domain:evil.example") << text;
    }
    EXPECT_FALSE(read_feed({}, WarningLists(), "x.json", "{\"errors\":\"none\"}"));
}

TEST(Feed, fills_in_what_its_author_leaves_unsaid) {
    FeedSettings settings;
    settings.confidence = 30;
    settings.expire_days = 10;
    const auto feed = read("value,first_seen\nevil.example,2026-11-01\n", settings);
    EXPECT_EQ(only(feed).confidence, 30);
    EXPECT_EQ(only(feed).until_s, *read_feed_time("2026-11-11"));
    settings.confidence_min = 40;
    EXPECT_EQ(
        read("evil.example\n", settings).report.refused.at("less sure than confidence_min").count,
        1u);
}

TEST(Feed, shows_no_control_characters_of_strangers) {
    const auto feed = read("evil\x1B[31m\x07\n");
    ASSERT_EQ(feed.report.refused.size(), 1u);
    EXPECT_EQ(feed.report.refused.begin()->second.example.find('\x1B'), std::string::npos);
}

TEST(WarningLists, keep_out_what_is_listed_and_what_would_find_it) {
    auto lists = WarningLists::built_in();
    ASSERT_TRUE(lists.add("top.csv", "1,good.example\n2,bbc.co.uk\n"));
    const auto feed = read(
        "10.1.2.3\n0.0.0.0/0\n169.254.0.0/16\n192.0.2.1\ngood.example\nwww.good.example\nco.uk\n"
        "notgood.example\ngithub.io\nbob.github.io\nhttp://good.example/\nhttp://good.example/"
        "evil.exe\nhttp://10.0.0.1/\n"
        "d41d8cd98f00b204e9800998ecf8427e\nprinter.local\n",
        {}, lists);
    EXPECT_EQ(values(feed),
              "domain:bob.github.io domain:notgood.example ip:192.0.2.1 url:good.example/evil.exe");
    EXPECT_EQ(feed.report.kept_out_count(), 11u);
    EXPECT_EQ(feed.report.kept_out.at("public suffixes").count, 1u);
    EXPECT_EQ(feed.report.kept_out.at("top.csv").count, 4u);
}

TEST(WarningLists, of_misp_are_read_in_all_their_types) {
    WarningLists lists;
    ASSERT_TRUE(lists.add("a.json",
                          R"({"name":"A","type":"cidr","list":["192.0.2.0/24","2001:db8::/32"]})"));
    ASSERT_TRUE(
        lists.add("b.json", R"({"name":"B","type":"hostname","list":[".good.example","test"]})"));
    ASSERT_TRUE(lists.add(
        "c.json",
        R"({"name":"C","type":"string","list":["fine.example"],"matching_attributes":["domain"]})"));
    ASSERT_TRUE(lists.add("d.json", R"({"name":"D","type":"substring","list":["cdn"]})"));
    ASSERT_TRUE(
        lists.add("e.json", R"({"name":"E","type":"regex","list":["/^x[0-9]+\\.example$/i"]})"));
    const auto feed = read(
        "192.0.2.9\n2001:db8::1\na.good.example\nx.test\nfine.example\nhttp://fine.example/a\n"
        "my-cdn.example\nX42.example\nevil.example\n",
        {}, lists);
    EXPECT_EQ(values(feed), "domain:evil.example url:fine.example/a");
    for (const auto name : {"A", "B", "C", "D", "E"})
        EXPECT_TRUE(feed.report.kept_out.contains(name)) << name;
}

TEST(WarningLists, that_are_none_are_refused) {
    WarningLists lists;
    EXPECT_FALSE(lists.add("a.json", R"({"name":"A","type":"cidr","list":["good.example"]})"));
    EXPECT_FALSE(lists.add("a.json", R"({"name":"A","type":"magic","list":["good.example"]})"));
    EXPECT_FALSE(lists.add("a.json", R"({"name":"A","type":"regex","list":["("]})"));
    EXPECT_FALSE(lists.add("a.json", R"({"name":"A","type":"cidr","list":["192.0.2.0/24")"));
    const auto wrong = lists.add("a.txt", "good.example\nno such thing\n");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().where, "a.txt:2");
}

}  // namespace
}  // namespace vedette::rule::intel
