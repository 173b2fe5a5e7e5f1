// SPDX-License-Identifier: Apache-2.0
#include "engine/masking/record_mask.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/json_text.h"

namespace vedette::engine::masking {
namespace {

/// The record with every place of the value marked.
std::string marked(std::string_view record, const std::string& value) {
    const std::vector<Secret> secrets = {{value, "#"}};
    const auto places = find_secrets(record, secrets);
    return places ? replaced(record, *places, secrets) : "too long";
}

TEST(RecordMaskTest, finds_a_value_however_it_is_written) {
    const std::string value = "a\"l/ïce";
    EXPECT_EQ("x # y # z", marked("x a\"l/ïce y A\"L/ïce z", value));
    EXPECT_EQ(R"({"m":"#"})", marked(R"({"m":"a\"l\/ïce"})", value));
    EXPECT_EQ(R"({"m":"#"})", marked(R"({"m":"\u0061\u0022\u006C/\u00efce"})", value));
    EXPECT_EQ("<m>#</m>", marked("<m>a&quot;l&#x2F;&#239;ce</m>", value));
    EXPECT_EQ("?m=#&b", marked("?m=a%22l%2F%C3%AFce&b", value));
    EXPECT_EQ("1,\"#\",2", marked("1,\"a\"\"l/ïce\",2", value));
    EXPECT_EQ(R"({"m":"#"})", marked(R"({"m":"\uD83D\ude00 ok"})", "😀 ok"));
}

TEST(RecordMaskTest, leaves_what_only_contains_a_number_or_a_short_word) {
    EXPECT_EQ("10001 # 21000 id=#;", marked("10001 1000 21000 id=1000;", "1000"));
    EXPECT_EQ("110.0.0.12 #", marked("110.0.0.12 10.0.0.1", "10.0.0.1"));
    EXPECT_EQ("malta # al-x \"#\"", marked("malta al al-x \"AL\"", "al"));
    EXPECT_EQ("mal# has #", marked("malalice has alice", "alice"));
}

TEST(RecordMaskTest, leaves_the_names_of_values) {
    EXPECT_EQ(R"({"user":{"name":"#"},"source" : "#"})",
              marked(marked(R"({"user":{"name":"user"},"source" : "source"})", "user"), "source"));
    EXPECT_EQ("user=# name=x", marked("user=user name=x", "user"));
    EXPECT_EQ("<name>#</name>", marked("<name>name</name>", "name"));
    // What is no word of ours goes, wherever it stands.
    EXPECT_EQ(R"({"#":{"x":1}})", marked(R"({"alice":{"x":1}})", "alice"));
}

TEST(RecordMaskTest, takes_places_that_overlap_as_one) {
    const std::vector<Secret> secrets = {
        {"ada@example.com", "M"}, {"example.com", "D"}, {"comet", "C"}};
    const std::string record = "to ada@example.comet from example.com";
    const auto places = find_secrets(record, secrets);
    ASSERT_TRUE(places);
    EXPECT_EQ("to M from D", replaced(record, *places, secrets));
}

TEST(RecordMaskTest, does_not_look_for_ever) {
    const std::string record(1 << 20, 'a');
    EXPECT_EQ("too long", marked(record, std::string(100'000, 'a') + "b"));
    EXPECT_EQ("too long", marked(std::string(1 << 20, '\\'), std::string(100'000, '\\') + "b"));
}

TEST(RecordMaskTest, leaves_no_place_that_it_would_find_again) {
    rc::check([](const std::string& value, const std::vector<std::string>& texts) {
        RC_PRE(value.size() >= 4);
        std::string record;
        for (const std::string& text : texts) {
            record += text + *rc::gen::elementOf(std::vector<std::string>{value, "", "\\"});
            base::append_json_string(record, value + text);
        }
        const std::string out = marked(record, value);
        RC_ASSERT(marked(out, value) == out);
    });
}

}  // namespace
}  // namespace vedette::engine::masking
