// SPDX-License-Identifier: Apache-2.0
#include "detect/intel/intel.h"

#include <gtest/gtest.h>

#include "detect/intel/fields.h"
#include "detect/registry.h"
#include "event/schema.h"
#include "rule/intel/feed_reader.h"

namespace vedette::detect::intel {
namespace {

namespace rules = rule::intel;

std::shared_ptr<const rules::IndicatorIndex> index_of(
    const std::vector<std::pair<std::string, std::string>>& feeds) {
    rules::IndicatorIndex::Feeds read;
    for (const auto& [name, text] : feeds) {
        rules::FeedSettings settings;
        settings.name = name;
        auto feed = rules::read_feed(settings, rules::WarningLists(), name, text);
        EXPECT_TRUE(feed);
        read.push_back(std::make_shared<const rules::FeedSet>(std::move(feed->set)));
    }
    return std::make_shared<const rules::IndicatorIndex>(std::move(read));
}

struct Fixture {
    event::FieldDictionary fields;
    IntelDetector detector{fields};
    event::Batch batch{fields};
    std::uint64_t next = 1;

    void add(const std::vector<std::pair<std::string_view, std::string_view>>& values,
             std::string_view time = "2026-11-28T10:00:00Z") {
        const std::uint16_t origin = batch.origin_index({"files", "/var/log/x"});
        event::Row& row = batch.add_row();
        row.id = {next, 0};
        row.line = next++;
        row.origin = origin;
        row.time = *base::parse_rfc3339(time);
        row.raw = "raw";
        for (const auto& [name, value] : values) batch.add(*fields.intern(name), value);
    }
    std::vector<cases::Finding> findings() {
        std::vector<cases::Finding> out;
        detector.observe(batch, [&](cases::Finding finding) { out.push_back(std::move(finding)); });
        return out;
    }
    std::string rules() {
        std::string out;
        for (const auto& finding : findings()) out += (out.empty() ? "" : " ") + finding.rule_id;
        return out;
    }
};

TEST(IntelDetector, says_which_indicator_of_which_feed_was_seen_in_which_field) {
    Fixture f;
    f.detector.use_indicators(
        index_of({{"abuse",
                   "value,confidence,first_seen,valid_until,comment,tags\n"
                   "evil.example,85,2026-11-01,2027-01-01,A C2,T1071.001\n"}}));
    f.add({{"host.name", "WS1"},
           {"dns.question.name", "X.Evil.Example."},
           {"url.domain", "evil.example"}});
    f.add({{"dns.question.name", "notevil.example"}});
    const auto findings = f.findings();
    ASSERT_EQ(findings.size(), 1u);
    const cases::Finding& finding = findings[0];
    EXPECT_EQ(finding.title, "Known bad domain evil.example (A C2)");
    EXPECT_EQ(finding.rule_id, "domain:evil.example");
    EXPECT_EQ(finding.severity, cases::Severity::high);
    EXPECT_EQ(finding.attack, std::vector<std::string>{"T1071.001"});
    EXPECT_EQ(finding.origin, "/var/log/x");
    EXPECT_EQ(finding.record, 1u);
    EXPECT_EQ(finding.id,
              cases::finding_id("intel", "domain:evil.example", "host:ws1", event::EventId{1, 0}));
    ASSERT_EQ(finding.reasons.size(), 2u);
    EXPECT_EQ(finding.reasons[0].feature, "dns.question.name");
    EXPECT_EQ(finding.reasons[0].observed, "X.Evil.Example.");
    EXPECT_EQ(finding.reasons[0].expected,
              "domain evil.example or below it is in the feed abuse as \"A C2\" since 2026-11-01 "
              "until 2027-01-01, "
              "confidence 85");
    EXPECT_EQ(finding.reasons[1].feature, "url.domain");
    EXPECT_EQ(finding.bits(), bits_of(85));
    EXPECT_EQ(finding.reasons[1].bits, 0);
}

TEST(IntelDetector, counts_an_indicator_up_to_its_end_by_the_time_of_the_event) {
    Fixture f;
    f.detector.use_indicators(index_of(
        {{"abuse", "value,first_seen,valid_until\nevil.example,2026-11-01,2026-12-01\n"}}));
    f.add({{"dns.question.name", "evil.example"}}, "2026-11-30T23:59:59.999Z");
    f.add({{"dns.question.name", "evil.example"}}, "2026-12-01T00:00:00Z");
    f.add({{"dns.question.name", "evil.example"}}, "2025-01-01T00:00:00Z");
    const auto findings = f.findings();
    ASSERT_EQ(findings.size(), 2u);
    EXPECT_EQ(findings[0].record, 1u);
    EXPECT_EQ(findings[1].record, 3u) << "what is bad today may have been bad before anybody knew";
}

TEST(IntelDetector, looks_at_every_kind_of_value_where_logs_have_it) {
    const std::string sha1(40, 'a'), imphash(32, 'b'), md5(32, 'c');
    const std::string hashes = "MD5=x,SHA1=" + sha1 + ",IMPHASH=" + imphash;
    Fixture f;
    f.detector.use_indicators(index_of(
        {{"plain", "192.0.2.0/24\nevil.example\nhttp://bad.example/x?y\nbob@mail.example\n" + sha1 +
                       "\n" + md5 + "\n"},
         {"typed", "type,value\nimphash," + imphash + "\nuser-agent,Evil/1.0\nja3," + md5 +
                       "\nja4,t13d1516h2_8daaf6152771_e5627efa2ab1\n"}}));
    const std::vector<
        std::pair<std::vector<std::pair<std::string_view, std::string_view>>, std::string>>
        cases = {
            {{{"destination.ip", "192.0.2.7"}}, "ip:192.0.2.0/24"},
            {{{"url.domain", "192.0.2.7"}}, "ip:192.0.2.0/24"},
            {{{"dns.answers.data", "192.0.2.7"}, {"dns.answers.data", "a.evil.example"}},
             "ip:192.0.2.0/24 domain:evil.example"},
            {{{"url.original", "https://BAD.example:443/x?y#z"}}, "url:bad.example/x?y"},
            {{{"url.original", "/x?y"}, {"url.domain", "bad.example"}}, "url:bad.example/x?y"},
            {{{"url.original", "/x?y"}}, ""},
            {{{"http.request.referrer", "http://www.evil.example/"}}, "domain:evil.example"},
            {{{"email.from.address", "Bob <BOB@mail.example>"}}, "email:bob@mail.example"},
            {{{"email.from.address", "eve@sub.evil.example"}}, "domain:evil.example"},
            {{{"Hashes", hashes}}, "sha1:" + sha1 + " imphash:" + imphash},
            {{{"hash.md5", md5}}, "md5:" + md5},
            {{{"tls.client.ja3", md5}}, "ja3:" + md5},
            {{{"ja4", "t13d1516h2_8daaf6152771_e5627efa2ab1"}},
             "ja4:t13d1516h2_8daaf6152771_e5627efa2ab1"},
            {{{"user_agent.original", "Evil/1.0"}}, "user_agent:Evil/1.0"},
            {{{"user_agent.original", "Evil/1.01"}}, ""},
            {{{"host.ip", "192.0.2.7"}, {"message", "evil.example"}}, ""},
        };
    for (const auto& [values, expected] : cases) {
        f.batch.clear();
        f.add(values);
        EXPECT_EQ(f.rules(), expected) << values[0].first << "=" << values[0].second;
    }
}

TEST(IntelDetector, says_the_same_however_rows_are_cut) {
    const auto index =
        index_of({{"a", "192.0.2.0/24\nevil.example\n"}, {"b", "evil.example\n192.0.2.3\n"}});
    const auto run = [&](std::size_t cut) {
        Fixture f;
        f.detector.use_indicators(index);
        std::string out;
        for (int i = 0; i < 500; ++i) {
            const std::string ip = "192.0." + std::to_string(i % 3) + "." + std::to_string(i % 7);
            f.add({{"source.ip", ip},
                   {"dns.question.name", i % 2 == 0 ? "evil.example" : "good.example"}});
            if (f.batch.row_count() < cut) continue;
            for (const auto& finding : f.findings()) out += cases::to_json(finding) + "\n";
            f.batch.clear();
        }
        for (const auto& finding : f.findings()) out += cases::to_json(finding) + "\n";
        return out;
    };
    const std::string whole = run(4'096);
    EXPECT_GT(std::count(whole.begin(), whole.end(), '\n'), 300);
    EXPECT_EQ(run(1), whole);
    EXPECT_EQ(run(7), whole);
}

TEST(IntelDetector, changes_its_checksum_with_the_feeds_and_says_nothing_without_them) {
    Fixture f;
    f.add({{"source.ip", "192.0.2.1"}});
    EXPECT_TRUE(f.findings().empty());
    const auto before = f.detector.checksum();
    f.detector.use_indicators(index_of({{"a", "192.0.2.1\n"}}));
    EXPECT_NE(f.detector.checksum(), before);
    EXPECT_EQ(f.findings().size(), 1u);
    f.detector.use_indicators(nullptr);
    EXPECT_TRUE(f.findings().empty());
    EXPECT_EQ(f.detector.checksum(), before);
}

TEST(IntelDetector, cuts_what_is_long_and_keeps_it_apart) {
    const std::string a = "evil.example/" + std::string(1'000, 'a'), b = a + "b";
    EXPECT_LT(rule_id_of(rules::IndicatorType::url, a).size(), 200u);
    EXPECT_NE(rule_id_of(rules::IndicatorType::url, a), rule_id_of(rules::IndicatorType::url, b));
}

TEST(Intel, bits_and_severity_follow_confidence) {
    EXPECT_EQ(bits_of(0), 0);
    EXPECT_EQ(bits_of(50), 3);
    EXPECT_EQ(bits_of(100), 6);
    EXPECT_EQ(severity_of(0), cases::Severity::informational);
    EXPECT_EQ(severity_of(29), cases::Severity::low);
    EXPECT_EQ(severity_of(30), cases::Severity::medium);
    EXPECT_EQ(severity_of(70), cases::Severity::high);
}

}  // namespace
}  // namespace vedette::detect::intel
