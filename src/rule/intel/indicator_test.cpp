// SPDX-License-Identifier: Apache-2.0
#include "rule/intel/indicator.h"

#include <gtest/gtest.h>

#include "rule/intel/domain_name.h"
#include "rule/intel/stix_pattern.h"
#include "rule/intel/type_names.h"
#include "rule/intel/url_key.h"

namespace vedette::rule::intel {
namespace {

/// The form in which a value is compared, as people write it; "-" if it is none of this type.
std::string shown(IndicatorType type, std::string_view text) {
    std::string room;
    const auto key = make_key(type, text, room);
    return key ? value_text(type, *key) : "-";
}

TEST(Indicator, domains_that_mean_the_same_are_the_same) {
    for (const auto text : {"evil.example", "EVIL.Example", "evil.example.", "*.evil.example",
                            ".evil.example", " evil.example "}) {
        EXPECT_EQ(shown(IndicatorType::domain, text), "evil.example") << text;
    }
    EXPECT_EQ(shown(IndicatorType::domain,
                    "b\xC3\xBC"
                    "cher.example"),
              "xn--bcher-kva.example");
    EXPECT_EQ(shown(IndicatorType::domain,
                    "B\xC3\x9C"
                    "CHER.example"),
              "xn--bcher-kva.example");
    EXPECT_EQ(shown(IndicatorType::domain, "_dmarc.evil.example"), "_dmarc.evil.example");
}

TEST(Indicator, what_is_no_domain_is_refused) {
    for (const auto text :
         {"", ".", "com", "localhost", "192.0.2.1", "1.2.3.400", "a..b", "a b.example",
          "evil.example/x", "evil.example:80", "\xFF.example", "*.com", "..com"}) {
        EXPECT_EQ(shown(IndicatorType::domain, text), "-") << text;
    }
    EXPECT_EQ(shown(IndicatorType::domain, std::string(64, 'a') + ".example"), "-");
    EXPECT_EQ(shown(IndicatorType::domain, std::string(250, 'a') + ".example"), "-");
}

TEST(Indicator, urls_that_mean_the_same_are_the_same) {
    const std::string same = "evil.example/a/b?x=1";
    for (const auto text :
         {"http://evil.example/a/b?x=1", "HTTPS://EVIL.example:443/a/b?x=1#top",
          "http://bob:secret@evil.example:80/a/%62?x=1", "evil.example/a/b?x=1"}) {
        EXPECT_EQ(shown(IndicatorType::url, text), same) << text;
    }
    EXPECT_EQ(shown(IndicatorType::url, "http://evil.example"), "evil.example/");
    EXPECT_EQ(shown(IndicatorType::url, "http://evil.example?q"), "evil.example/?q");
    EXPECT_EQ(shown(IndicatorType::url, "http://evil.example:8080/A%2fb"),
              "evil.example:8080/A%2Fb");
    EXPECT_EQ(shown(IndicatorType::url, "ftp://evil.example/x"), "ftp://evil.example/x");
    EXPECT_EQ(shown(IndicatorType::url, "http://[2001:DB8:0::1]/x"), "[2001:db8::1]/x");
    EXPECT_NE(shown(IndicatorType::url, "http://evil.example/A"),
              shown(IndicatorType::url, "http://evil.example/a"));
    for (const auto text : {"", "http://", "http:///x", "http://a b.example/", "/only/a/path",
                            "http://evil.example:x/", "://evil.example/"}) {
        EXPECT_EQ(shown(IndicatorType::url, text), "-") << text;
    }
}

TEST(Indicator, hosts_of_urls_are_found_again) {
    std::string room;
    const auto host = [&](std::string_view url) {
        return std::string(url_host(*url_key(url, room)));
    };
    EXPECT_EQ(host("http://evil.example:8080/a://b"), "evil.example");
    EXPECT_EQ(host("ftp://evil.example/x"), "evil.example");
    EXPECT_EQ(host("http://[2001:db8::1]:81/"), "2001:db8::1");
    EXPECT_TRUE(is_host_alone(*url_key("https://evil.example", room)));
    EXPECT_TRUE(is_host_alone(*url_key("ftp://evil.example/", room)));
    EXPECT_FALSE(is_host_alone(*url_key("https://evil.example/x", room)));
}

TEST(Indicator, the_other_types_have_one_form_each) {
    EXPECT_EQ(shown(IndicatorType::email, "Bob <Bob@EVIL.example>"), "bob@evil.example");
    EXPECT_EQ(shown(IndicatorType::email, "mailto:bob@evil.example"), "bob@evil.example");
    EXPECT_EQ(shown(IndicatorType::email, "bob@localhost"), "-");
    EXPECT_EQ(shown(IndicatorType::md5, "D41D8CD98F00B204E9800998ECF8427E"),
              "d41d8cd98f00b204e9800998ecf8427e");
    EXPECT_EQ(shown(IndicatorType::sha1, "d41d8cd98f00b204e9800998ecf8427e"), "-");
    EXPECT_EQ(shown(IndicatorType::md5, "x41d8cd98f00b204e9800998ecf8427e"), "-");
    EXPECT_EQ(shown(IndicatorType::ja4, "T13D1516H2_8DAAF6152771_E5627EFA2AB1"),
              "t13d1516h2_8daaf6152771_e5627efa2ab1");
    EXPECT_EQ(shown(IndicatorType::ja4, "t13d1516h2_8daaf615277_e5627efa2ab1x"), "-");
    EXPECT_EQ(shown(IndicatorType::user_agent, " Evil/1.0 "), "Evil/1.0");
    EXPECT_EQ(shown(IndicatorType::network, "192.0.2.77/24"), "192.0.2.0/24");
    EXPECT_EQ(shown(IndicatorType::network, "::ffff:192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(shown(IndicatorType::network, "2001:DB8::/32"), "2001:db8::/32");
    EXPECT_EQ(shown(IndicatorType::network, "192.0.2.1/33"), "-");
}

TEST(Indicator, text_that_was_made_harmless_is_made_whole) {
    EXPECT_EQ(refanged("hxxps://evil[.]example[/]x"), "https://evil.example/x");
    EXPECT_EQ(refanged("hXXp[://]evil(dot)example"), "http://evil.example");
    EXPECT_EQ(refanged("bob[@]evil{.}example"), "bob@evil.example");
    EXPECT_EQ(refanged("192[.]0[.]2\\.1"), "192.0.2.1");
    EXPECT_EQ(refanged("hxxp.example"), "hxxp.example");
    EXPECT_EQ(refanged("plain.example"), "plain.example");
}

TEST(Indicator, types_are_told_by_their_look) {
    const auto look = [](std::string_view text) {
        const auto type = guess_type(text);
        return type ? std::string(name(*type)) : "-";
    };
    EXPECT_EQ(look("192.0.2.1"), "ip");
    EXPECT_EQ(look("2001:db8::/32"), "ip");
    EXPECT_EQ(look("http://evil.example/x"), "url");
    EXPECT_EQ(look("evil.example/x"), "url");
    EXPECT_EQ(look("evil.example"), "domain");
    EXPECT_EQ(look("bob@evil.example"), "email");
    EXPECT_EQ(look(std::string(32, 'a')), "md5");
    EXPECT_EQ(look(std::string(64, 'a')), "sha256");
    EXPECT_EQ(look("t13d1516h2_8daaf6152771_e5627efa2ab1"), "ja4");
    EXPECT_EQ(look("evil"), "-");
    EXPECT_EQ(look("two words"), "-");
}

TEST(Indicator, times_and_techniques_are_read_in_the_forms_that_feeds_use) {
    EXPECT_EQ(read_feed_time("2026-11-28"), 1'795'824'000);
    EXPECT_EQ(read_feed_time("2026-11-28 00:00:10"), 1'795'824'010);
    EXPECT_EQ(read_feed_time("2026-11-28T00:00:10.5Z"), 1'795'824'010);
    EXPECT_EQ(read_feed_time("1795824010"), 1'795'824'010);
    EXPECT_FALSE(read_feed_time("soon"));
    EXPECT_FALSE(read_feed_time("-5"));
    EXPECT_FALSE(read_feed_time("99999999999999"));
    std::vector<std::string> ids;
    append_attack_ids(ids,
                      "mitre-attack-pattern=\"X - T1059.001\" t1105, T12345, XT1001, T1059.001");
    EXPECT_EQ(ids, (std::vector<std::string>{"T1059.001", "T1105"}));
}

TEST(Indicator, names_of_types_are_those_of_misp_and_of_feeds) {
    const auto parts = types_of_name("Domain|IP");
    ASSERT_EQ(parts.size(), 2u);
    EXPECT_EQ(parts[0].type, IndicatorType::domain);
    EXPECT_EQ(parts[1].type, IndicatorType::network);
    ASSERT_EQ(types_of_name("filename|sha256").size(), 1u);
    EXPECT_EQ(types_of_name("filename|sha256")[0].part, 1u);
    EXPECT_EQ(types_of_name("FileHash-MD5")[0].type, IndicatorType::md5);
    EXPECT_TRUE(types_of_name("mutex").empty());
    EXPECT_TRUE(types_of_name(std::string(1'000, '|')).empty());
}

struct PatternCase {
    std::string_view pattern, values, refused;
};

class StixPatterns : public testing::TestWithParam<PatternCase> {};

TEST_P(StixPatterns, say_what_single_values_can_say_and_refuse_the_rest_by_name) {
    const StixPattern read = read_stix_pattern(GetParam().pattern);
    std::string values, refused;
    for (const auto& [type, value] : read.values) {
        values += (values.empty() ? "" : " ") + std::string(name(type)) + ":" + value;
    }
    for (const auto& reason : read.refused) refused += (refused.empty() ? "" : "; ") + reason;
    EXPECT_EQ(values, GetParam().values) << GetParam().pattern;
    EXPECT_EQ(refused, GetParam().refused) << GetParam().pattern;
}

constexpr PatternCase kPatterns[] = {
    {"[ipv4-addr:value = '192.0.2.1']", "ip:192.0.2.1", ""},
    {"[ipv4-addr:value = '192.0.2.1' OR domain-name:value = 'evil.example']",
     "ip:192.0.2.1 domain:evil.example", ""},
    {"[ipv4-addr:value='192.0.2.1'] OR [url:value='http://evil.example/\\'x']",
     "ip:192.0.2.1 url:http://evil.example/'x", ""},
    {"[ipv6-addr:value IN ('2001:db8::1', '2001:db8::2')]", "ip:2001:db8::1 ip:2001:db8::2", ""},
    {"[ipv4-addr:value ISSUBSET '192.0.2.0/24']", "ip:192.0.2.0/24", ""},
    {"[file:hashes.'SHA-256' = 'aa' OR file:hashes.MD5 = 'bb' OR file:hashes.\"SHA-1\" = 'cc']",
     "sha256:aa md5:bb", "values of file:hashes.\"sha-1\""},
    {"[email-message:from_ref.value = 'a@b.example']", "email:a@b.example", ""},
    {"[network-traffic:dst_ref.value = '192.0.2.1' OR network-traffic:src_ref.value = 'x.example']",
     "ip:192.0.2.1 domain:x.example", ""},
    {"[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'Evil/1']",
     "user_agent:Evil/1", ""},
    {"([domain-name:value = 'a.example']) OR ([domain-name:value = 'b.example'])",
     "domain:a.example domain:b.example", ""},
    {"[file:hashes.MD5 = 'a' AND file:size = 12]", "", "AND of several tests"},
    {"[domain-name:value = 'a.example' OR file:hashes.MD5 = 'a' AND file:size = 12]",
     "domain:a.example", "AND of several tests"},
    {"[ipv4-addr:value = '192.0.2.1' AND (domain-name:value = 'a.example' OR domain-name:value = "
     "'b.example')]",
     "", "AND of several tests"},
    {"[domain-name:value = 'a.example'] AND [domain-name:value = 'b.example']", "",
     "AND of several observations"},
    {"[domain-name:value = 'a.example'] FOLLOWEDBY [domain-name:value = 'b.example']", "",
     "FOLLOWEDBY"},
    {"[domain-name:value = 'a.example'] REPEATS 5 TIMES", "", "REPEATS"},
    {"[domain-name:value = 'a.example'] WITHIN 300 SECONDS", "", "WITHIN"},
    {"[domain-name:value = 'a.example'] START t'2026-01-01T00:00:00Z' STOP t'2026-01-02T00:00:00Z'",
     "", "START"},
    {"[domain-name:value != 'a.example']", "", "NOT"},
    {"[domain-name:value NOT = 'a.example']", "", "NOT"},
    {"[domain-name:value NOT IN ('a.example')]", "", "NOT"},
    {"[domain-name:value LIKE '%.example']", "", "the operator LIKE"},
    {"[domain-name:value MATCHES '.*']", "", "the operator MATCHES"},
    {"[EXISTS domain-name:value]", "", "EXISTS"},
    {"[mutex:name = 'x' OR domain-name:value = 'a.example']", "domain:a.example",
     "values of mutex:name"},
    {"", "", "not a pattern that can be read"},
    {"[domain-name:value = 'a.example'", "", "not a pattern that can be read"},
    {"[domain-name:value = 'a.example]", "", "not a pattern that can be read"},
    {"[domain-name:value = 'a.example'] rest", "", "not a pattern that can be read"},
    {"[domain-name:value = ]", "", "not a pattern that can be read"},
    {"domain-name:value = 'a.example'", "", "not a pattern that can be read"},
};
INSTANTIATE_TEST_SUITE_P(All, StixPatterns, testing::ValuesIn(kPatterns));

TEST(StixPatterns, that_nest_too_deeply_are_refused) {
    const std::string deep =
        std::string(5'000, '(') + "[domain-name:value = 'a.example']" + std::string(5'000, ')');
    EXPECT_EQ(read_stix_pattern(deep).refused, std::vector<std::string>{"nested too deeply"});
    EXPECT_EQ(read_stix_pattern(std::string(1u << 20, '[')).refused.size(), 1u);
}

}  // namespace
}  // namespace vedette::rule::intel
