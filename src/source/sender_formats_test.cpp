// SPDX-License-Identifier: Apache-2.0
#include "source/sender_formats.h"

#include <gtest/gtest.h>

#include "source/allowed_peers.h"
#include "source/limits.h"
#include "tests/sources_support/fake_sink.h"

namespace vedette::source {
namespace {

/// As the house has them: syslog is not sure of a line without a time.
event::FormatDeclarations sender_formats() {
    auto out = tests::fake_formats();
    event::FormatDeclaration syslog;
    syslog.name = "syslog";
    syslog.version = 2;
    syslog.recognise = [](const std::vector<std::string_view>& records) {
        return records.front().starts_with("<13>Nov") ? 90 : 0;
    };
    out.push_back(syslog);
    event::FormatDeclaration table;
    table.name = "table";
    table.framing.header = event::Framing::Header::first;
    table.recognise = [](const std::vector<std::string_view>& records) {
        return records.front().starts_with("a,b") ? 99 : 0;
    };
    out.push_back(table);
    return out;
}

event::Chunk chunk_of(const std::string& origin, const std::vector<std::string>& records) {
    event::Chunk chunk;
    chunk.envelope.origin = origin;
    for (const std::string& record : records) chunk.add_record(record);
    return chunk;
}

struct Stamping {
    explicit Stamping(const std::string& format = "") : senders(declared, format) {}
    event::Envelope stamp(const std::string& origin, const std::vector<std::string>& records) {
        event::Chunk chunk = chunk_of(origin, records);
        senders.stamp(chunk);
        return chunk.envelope;
    }
    const event::FormatDeclarations declared = sender_formats();
    SenderFormats senders;
};

TEST(SenderFormats, are_recognised_for_each_sender_by_its_first_records) {
    Stamping house;
    EXPECT_EQ(house.stamp("a", {"<13>Nov 28 10:00:00 web1 app: x"}).format, "syslog");
    EXPECT_EQ(house.stamp("b", {"{\"x\":1}"}).format, "json");
    EXPECT_EQ(house.stamp("c", {"any words"}).format, "text");
    EXPECT_EQ(house.stamp("b", {"any words"}).format, "json");
    EXPECT_EQ(house.stamp("a", {"<13>x"}).format_version, 2);
}

TEST(SenderFormats, take_what_begins_with_a_priority_for_syslog) {
    Stamping house;
    EXPECT_EQ(house.stamp("a", {"<13>no time at all"}).format, "syslog");
    EXPECT_EQ(house.stamp("b", {"<1234>x"}).format, "text");
    EXPECT_EQ(house.stamp("c", {"<>x"}).format, "text");
    EXPECT_EQ(house.stamp("d", {"<1x>x"}).format, "text");
    EXPECT_EQ(house.stamp("e", {"<13"}).format, "text");
}

TEST(SenderFormats, are_never_those_that_need_other_lines) {
    Stamping house;
    EXPECT_EQ(house.stamp("a", {"a,b,c"}).format, "text");
}

TEST(SenderFormats, change_when_records_stop_fitting) {
    Stamping house;
    house.stamp("a", {"a word of greeting"});
    std::string last;
    for (int i = 0; i < 60; ++i) last = house.stamp("a", {"{\"x\":1}"}).format;
    EXPECT_EQ(last, "json");
}

TEST(SenderFormats, are_the_one_that_was_chosen) {
    Stamping house("json");
    for (int i = 0; i < 60; ++i) {
        EXPECT_EQ(house.stamp("a", {"<13>Nov 28 10:00:00 web1 app: x"}).format, "json");
    }
}

TEST(SenderFormats, number_the_records_of_each_sender) {
    Stamping house;
    EXPECT_EQ(house.stamp("a", {"1", "2"}).first_line, 0u);
    EXPECT_EQ(house.stamp("b", {"1"}).first_line, 0u);
    EXPECT_EQ(house.stamp("a", {"3"}).first_line, 2u);
}

TEST(SenderFormats, forget_the_sender_unheard_of_for_longest) {
    Stamping house;
    for (std::size_t i = 0; i < kSendersMax; ++i) house.stamp(std::to_string(i), {"x"});
    house.stamp("0", {"x"});
    house.stamp("new", {"x"});
    EXPECT_EQ(house.stamp("0", {"x"}).first_line, 2u);
    EXPECT_EQ(house.stamp("1", {"x"}).first_line, 0u);
}

TEST(AllowedPeers, are_all_unless_networks_are_named) {
    const auto peer = [](std::string_view text) { return *event::read_address(text); };
    EXPECT_TRUE(AllowedPeers().allows(peer("203.0.113.7")));
    const auto some = AllowedPeers::read({"10.0.0.0/8", "2001:db8::/32", "192.0.2.1"}, "here");
    ASSERT_TRUE(some);
    for (const auto* inside : {"10.255.0.1", "2001:db8:1::1", "192.0.2.1", "::ffff:10.0.0.1"}) {
        EXPECT_TRUE(some->allows(peer(inside))) << inside;
    }
    for (const auto* outside : {"11.0.0.1", "2001:db9::1", "192.0.2.2", "::1"}) {
        EXPECT_FALSE(some->allows(peer(outside))) << outside;
    }
    EXPECT_FALSE(AllowedPeers::read({"::/0"}, "here")->allows(peer("10.0.0.1")));
    EXPECT_TRUE(AllowedPeers::read({"0.0.0.0/0"}, "here")->allows(peer("10.0.0.1")));
    EXPECT_FALSE(AllowedPeers::read({"everybody"}, "here"));
}

}  // namespace
}  // namespace vedette::source
