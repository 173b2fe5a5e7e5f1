// SPDX-License-Identifier: Apache-2.0
#include "engine/inbox_again.h"

#include <gtest/gtest.h>

namespace vedette::engine {
namespace {

class InboxAgainTest : public ::testing::Test {
  protected:
    InboxAgainTest() { parse::register_all(formats_); }
    static store::InboxRow row(const std::string& raw) {
        return {"parse", 7, 3, "web", "/var/log/x", "no", raw, raw.size()};
    }
    parse::Registry formats_;
    sandbox::Pool workers_;
};

TEST_F(InboxAgainTest, a_record_that_fits_becomes_a_chunk_of_its_first_envelope) {
    event::Envelope original;
    original.source = "web";
    original.format = "cef";
    original.arrival.unix_ns = 42;
    original.context = "zone=+02:00";
    const auto chunk = inbox_chunk(row(R"({"a":1})"), &original, formats_, workers_, "");
    ASSERT_TRUE(chunk);
    EXPECT_EQ(chunk->envelope.format, "json");
    EXPECT_EQ(chunk->envelope.source, "web");
    EXPECT_EQ(chunk->envelope.origin, "/var/log/x");
    EXPECT_EQ(chunk->envelope.arrival.unix_ns, 42);
    EXPECT_EQ(chunk->envelope.context, "zone=+02:00");
    EXPECT_EQ(chunk->record(0), R"({"a":1})");
    EXPECT_EQ(chunk->keys, std::vector<std::string>{"inbox/7.3"});
}

TEST_F(InboxAgainTest, what_is_only_text_stays_unless_that_is_asked_for) {
    EXPECT_FALSE(inbox_chunk(row("what is this"), nullptr, formats_, workers_, ""));
    EXPECT_FALSE(inbox_chunk(row("what is this"), nullptr, formats_, workers_, "json"));
    EXPECT_FALSE(inbox_chunk(row("what is this"), nullptr, formats_, workers_, "no such format"));
    EXPECT_TRUE(inbox_chunk(row("what is this"), nullptr, formats_, workers_, "text"));
}

TEST(InboxControl, names_entries_and_reads_them_back) {
    for (const auto& entries : {std::vector<InboxEntry>{},
                                {{1, 2}},
                                {{18'446'744'073'709'551'615u, 4'294'967'295u}, {0, 0}}}) {
        EXPECT_EQ(inbox_of_control(inbox_control(entries)), entries);
    }
}

TEST(InboxControl, takes_nothing_from_damage) {
    const std::string good = inbox_control({{1, 2}, {3, 4}});
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_TRUE(inbox_of_control(good.substr(0, size)).empty()) << size;
    for (const char* bad : {"", "{}", "{\"type\":\"inbox\",\"read_again\":[[1,2]x]}",
                            "{\"type\":\"inbox\",\"read_again\":[[1,-2]]}",
                            "{\"type\":\"inbox\",\"read_again\":[[1,99999999999]]}",
                            "{\"type\":\"inbox\",\"read_again\":[1,2]}"}) {
        EXPECT_TRUE(inbox_of_control(bad).empty()) << bad;
    }
}

}  // namespace
}  // namespace vedette::engine
