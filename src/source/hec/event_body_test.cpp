// SPDX-License-Identifier: Apache-2.0
#include "source/hec/event_body.h"

#include <gtest/gtest.h>

#include "source/hec/limits.h"

namespace vedette::source::hec {
namespace {

std::vector<std::string> texts(std::string_view body) {
    const EventBody cut = cut_events(body);
    EXPECT_EQ(cut.status, Status::success);
    std::vector<std::string> out;
    for (const CutEvent& event : cut.events) out.emplace_back(event.text);
    return out;
}

TEST(HecEvents, are_cut_however_clients_put_them_together) {
    const std::string a = R"({"event":"a } \" {"})", b = R"({ "time":1.5, "event":{"x":[1,{}]}})";
    const std::vector<std::string> both{a, b};
    EXPECT_EQ(texts(a + b), both);
    EXPECT_EQ(texts(" \r\n" + a + "\n\n\t" + b + "\n"), both);
    EXPECT_EQ(texts("[" + a + " , " + b + "]"), both);
    EXPECT_EQ(texts("[" + a + "]" + b), both);
    EXPECT_EQ(texts(a), std::vector<std::string>{a});
}

TEST(HecEvents, that_cannot_be_taken_are_told_by_number) {
    const std::string good = R"({"event":"x"})";
    const auto refusal = [&](const std::string& bad) {
        const EventBody cut = cut_events(good + good + bad);
        EXPECT_EQ(cut.event_number, 2u) << bad;
        return cut.status;
    };
    EXPECT_EQ(refusal(R"({"time":1})"), Status::no_event);
    EXPECT_EQ(refusal("{}"), Status::no_event);
    EXPECT_EQ(refusal(R"({"event":""})"), Status::blank_event);
    EXPECT_EQ(refusal(R"({"event":null})"), Status::blank_event);
    EXPECT_EQ(refusal(R"({"event":"x","fields":{"a":{"b":1}}})"), Status::bad_fields);
    EXPECT_EQ(refusal(R"({"event":"x","fields":[1]})"), Status::bad_fields);
    for (const std::string& bad : std::vector<std::string>{
             "nonsense", "{", "{\"event\":", "{\"event\":x}", "\"event\"", "[1]",
             "[{\"event\":1},]", R"({"event":"x")", "{\"event\":\"x\"}]", "[" + good}) {
        EXPECT_EQ(cut_events(bad).status, Status::bad_format) << bad;
    }
    EXPECT_EQ(cut_events("").status, Status::no_data);
    EXPECT_EQ(cut_events(" \n").status, Status::no_data);
    EXPECT_EQ(cut_events("[]").status, Status::no_data);
}

TEST(HecEvents, may_be_anything_that_is_not_blank) {
    for (const std::string event : {"0", "false", "{}", "[]", "\" \"", "\"metric\""}) {
        EXPECT_EQ(cut_events("{\"event\":" + event + "}").status, Status::success) << event;
    }
    EXPECT_EQ(cut_events(R"({"event":"x","fields":{"a":["b",1],"c":true}})").status,
              Status::success);
}

TEST(HecEvents, tell_their_index) {
    const EventBody cut =
        cut_events(R"({"event":1,"index":"web\n"}{"event":1}{"event":1,"index":7})");
    ASSERT_EQ(cut.events.size(), 3u);
    EXPECT_EQ(cut.events[0].index, R"(web\n)");
    EXPECT_EQ(cut.events[1].index, "");
    EXPECT_EQ(cut.events[2].index, "");
}

TEST(HecEvents, have_limits) {
    std::string many;
    for (std::size_t i = 0; i <= kEventsMax; ++i) many += "{\"event\":1}";
    EXPECT_EQ(cut_events(many).status, Status::too_large);
    const std::string long_event = "{\"event\":\"" + std::string(kEventBytesMax, 'x') + "\"}";
    EXPECT_EQ(cut_events(long_event).status, Status::too_large);
}

}  // namespace
}  // namespace vedette::source::hec
