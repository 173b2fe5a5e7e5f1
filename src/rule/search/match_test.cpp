// SPDX-License-Identifier: Apache-2.0
#include "rule/search/match.h"

#include <gtest/gtest.h>

#include "event/schema.h"
#include "rule/search/plan.h"
#include "rule/search/regex.h"

namespace vedette::rule::search {
namespace {

const base::Timestamp kNow = *base::parse_rfc3339("2026-11-22T16:30:00Z");

class Match : public testing::Test {
  protected:
    Match() : batch_(fields_) {
        event::Row& row = batch_.add_row();
        row.time = *base::parse_rfc3339("2026-11-22T16:00:00Z");
        row.arrival = kNow;
        row.raw = R"(Nov 22 web-1 sshd[7]: Failed password for J)"
                  "\xC3\x9C"
                  R"(RGEN from 10.0.0.1 path "C:\\Windows\\x" end_of)";
        row.line = 41;
        row.id = {1'000, 3};
        row.origin = batch_.origin_index({"files", "/var/log/auth.log"});
        row.dataset = batch_.dataset_index("linux.sshd");
        batch_.add(event::ecs::kUserName, "J\xC3\x9CRGEN");
        batch_.add(event::ecs::kSourceIp, "10.0.0.1");
        batch_.add(event::ecs::kHostIp, "fe80::1");
        batch_.add(event::ecs::kHostIp, "10.9.9.9");
        batch_.add(event::ecs::kSourcePort, "443", event::ValueKind::integer);
        batch_.add(event::ecs::kMessage, "Failed password: for x");
        batch_.add(event::ecs::kEventCode, "4624");
        batch_.add(*fields_.intern("bytes"), "1000.50", event::ValueKind::real);
        batch_.add(*fields_.intern("client.ip"), "192.168.3.4");
        batch_.add(*fields_.intern("gone"), "", event::ValueKind::null);
        batch_.add_overflow("rare.key", "Rare Value", event::ValueKind::text);
    }

    bool is_hit(std::string_view query) {
        const auto matcher = make_matcher(query, kNow);
        EXPECT_TRUE(matcher) << query << '\n' << (matcher ? "" : matcher.error().message());
        return matcher && matcher->matches(batch_, 0);
    }
    void hits(std::initializer_list<const char*> queries) {
        for (const char* query : queries) EXPECT_TRUE(is_hit(query)) << query;
    }
    void misses(std::initializer_list<const char*> queries) {
        for (const char* query : queries) EXPECT_FALSE(is_hit(query)) << query;
    }

    event::FieldDictionary fields_;
    event::Batch batch_;
};

TEST_F(Match, finds_words_and_phrases_in_the_record_in_any_case) {
    hits({"*", "failed", "FAILED", "\"failed password\"", "fail*", "*asswor*", "pass?ord",
          "10.0.0.1", "sshd", "j\xC3\xBCrgen", "web-1", "raw:failed", "/fail.*root|for\\sj/",
          "end_of", "\"sshd[7]:\""});
    misses({"faile", "assword", "\"password failed\"", "0.0.0", "1.0.0.1", "web-11", "passw",
            "/(?-i)failed/"});
}

TEST_F(Match, finds_backslashes_and_quotes_that_json_doubles) {
    hits({"C:\\Windows", "C:\\\\Windows", "\"path \\\"C:\"", "windows"});
    misses({"C:Windows", "D:\\Windows"});
}

TEST_F(Match, compares_keywords_whole_and_texts_by_words) {
    hits({"user.name:j\xC3\xBCrgen", "user.name:j*", "user.name:J?RGEN", "message:password",
          "message:\"failed password\"", "event.code:4624", "event.code:4624.0",
          "user.name:/^j.rgen$/", "rare.key:\"rare value\"", "rare.key:rare*", "dataset:linux.sshd",
          "source:files", "origin:*auth.log", "line:41", "offset:1000", "row:3"});
    misses({"user.name:j", "user.name:rgen", "message:passw", "message:\"password failed\"",
            "event.code:462", "rare.key:rare", "line:42"});
}

TEST_F(Match, compares_numbers_as_numbers_and_texts_as_texts) {
    hits({"bytes>1000", "bytes:1000.5", "bytes:[1000.5 TO 1000.5]", "bytes<1001", "source.port:443",
          "source.port>=443.0", "source.port:4*", "user.name>a", "event.code>=4000", "line>40"});
    misses({"bytes:1000", "bytes>1000.5", "bytes:{1000.5 TO 2000]", "source.port>443",
            "user.name>5", "missing>0", "user.name<a"});
}

TEST_F(Match, knows_networks_in_any_field) {
    hits({"source.ip:10.0.0.0/8", "host.ip:fe80::/10", "host.ip:10.9.9.9", "host.ip:fe80:0:0::1",
          "client.ip:192.168.0.0/16", "source.ip:10.0.0.1/32", "source.ip:0.0.0.0/0"});
    misses({"source.ip:10.0.0.0/32", "source.ip:fe80::/10", "client.ip:192.168.3.0/30",
            "client.ip:\"192.168.0.0/16\"", "user.name:10.0.0.0/8"});
}

TEST_F(Match, says_no_for_missing_fields_and_yes_for_not_of_them) {
    hits(
        {"not missing:x", "not missing:*", "user.name:*", "rare.key:*", "not gone:*", "gone:null"});
    misses({"missing:x", "missing:*", "not user.name:*", "gone:*", "missing:\"\""});
}

TEST_F(Match, knows_times) {
    hits({"time:2026-11-22", "time>=now-1h", "time<now", "@timestamp:[2026-11-22T16:00 TO now]",
          "arrival:\"2026-11-22T16:30:00Z\"", "time:*", "time<=2026-11-22"});
    misses({"time:2026-11-21", "time>2026-11-22", "time<2026-11-22", "time>now-5m"});
}

TEST_F(Match, joins_tests) {
    hits({"failed and user.name:j* or nothing", "nothing or (failed -user.name:bob)",
          "user.name:(bob or j* and not k*)"});
    misses({"failed and nothing", "not failed", "user.name:(bob or k*)"});
}

TEST(Plan, explains_values_that_a_field_cannot_have) {
    const auto problem = [](std::string_view query) {
        const auto matcher = make_matcher(query, kNow);
        return matcher ? std::string("none") : matcher.error().where + ": " + matcher.error().text;
    };
    EXPECT_EQ(problem("source.port>http"),
              "column 13: source.port is a number, and \"http\" is none");
    EXPECT_EQ(problem("time>soon"), "column 6: time is a time, and \"soon\" is no time");
    EXPECT_EQ(problem("source.ip>10.0.0.0"), "column 1: addresses are compared as networks");
    EXPECT_EQ(problem("line:x"), "column 6: line is a number, and \"x\" is none");
    EXPECT_EQ(problem("line:/1/"), "column 6: line takes no regular expression");
    EXPECT_EQ(problem("raw>a"), "column 1: the record's text cannot be compared");
}

TEST(Plan, remarks_on_what_may_not_be_meant) {
    const auto remark = [](std::string_view query) {
        const auto remarks = remarks_on(*parse_query(query));
        return remarks.empty() ? std::string() : remarks[0].suggestion;
    };
    EXPECT_EQ(remark("user.nam:root"), "did you mean user.name?");
    EXPECT_EQ(remark("username:root"), "did you mean user.name?");
    EXPECT_EQ(remark("user:root"), "did you mean user.name?");
    EXPECT_EQ(remark("src.ip:10.0.0.1"), "");
    EXPECT_EQ(remark("user.name:root"), "");
    EXPECT_EQ(remark("CommandLine:x"), "");
    EXPECT_EQ(remark("file.path:C:\\Temp\\*"),
              "write \\\\* for a backslash and anything behind it");
    EXPECT_EQ(remark("10.0.0.0/8"), "write source.ip:10.0.0.0/8");
}

TEST(Plan, asks_the_word_index_only_for_what_every_match_has) {
    const auto words = [](std::string_view query) {
        return words_of_phrase(parse_query(query)->test.value);
    };
    EXPECT_EQ(words("\"failed password: for\""), "failed password for");
    EXPECT_EQ(words("fail*"), "");
    EXPECT_EQ(words("10.0.*"), "10 0");
    EXPECT_EQ(words("a.b*c.d"), "a d");
    EXPECT_EQ(words("*x.y"), "y");
    EXPECT_EQ(words("j\xC3\xBCrgen-x"), "j\xC3\xBCrgen x");
}

TEST(LowerCase, knows_all_scripts_and_keeps_what_is_no_text) {
    EXPECT_EQ(lower_case("ABC xyz 09 [\\]"), "abc xyz 09 [\\]");
    EXPECT_EQ(lower_case("\xC3\x84\xFF\xC3\x84Q\x80"), "\xC3\xA4\xFF\xC3\xA4q\x80");
    EXPECT_EQ(lower_case("\xC4\xB0"), "i\xCC\x87") << "one character may become two";
    EXPECT_EQ(lower_case(""), "");
}

}  // namespace
}  // namespace vedette::rule::search
