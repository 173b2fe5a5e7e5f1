// SPDX-License-Identifier: Apache-2.0
#include "engine/decisions.h"

#include <gtest/gtest.h>

namespace vedette::engine {
namespace {

std::string again(const Decision& decision) {
    const auto read = decode_decision(encode(decision));
    return read && *read ? encode(**read) : "unreadable";
}

TEST(Decisions, come_back_as_they_were) {
    const base::Timestamp at{1'795'000'000'000'000'001};
    const std::vector<Decision> all = {
        RetentionDecision{at, {{"linux.\"sshd\"", 20'000, 7, 1, 2}, {"", -1, 0, 0, 0}}, 5, 6},
        HoldDecision{"case-7", "0123abcd", "root", at},
        ReleaseDecision{"case-7", "ada", at},
        ForgetDecision{"f1", "00ff", "asked on 28 November", "root", at},
        ForgottenDecision{"f1", at, 1, 2, 3, {"kept_lists/abc"}, {"1.1.1-x"}},
    };
    for (const Decision& decision : all) EXPECT_EQ(again(decision), encode(decision));
}

TEST(Decisions, are_none_in_other_control_records) {
    for (const char* payload : {"", "{}", "{\"type\":\"ruleset\",\"hash\":\"x\"}", "{\"type\":1}",
                                "{\"type\":\"holding\"}"}) {
        const auto read = decode_decision(payload);
        ASSERT_TRUE(read.has_value()) << payload;
        EXPECT_FALSE(read->has_value()) << payload;
    }
}

TEST(Decisions, that_are_damaged_are_refused) {
    const std::string whole = encode(HoldDecision{"case-7", "0123abcd", "root", {5}});
    for (std::size_t size = std::string_view("{\"type\":\"hold\"").size(); size < whole.size();
         ++size) {
        EXPECT_FALSE(decode_decision(whole.substr(0, size)).has_value()) << size;
    }
    EXPECT_FALSE(decode_decision("{\"type\":\"hold\",\"name\":\"../x\",\"text\":\"a\",\"by\":\"\","
                                 "\"at\":1}")
                     .has_value())
        << "names are parts of paths";
    EXPECT_FALSE(decode_decision("{\"type\":\"retention\",\"at\":1,\"findings_before\":0,"
                                 "\"inbox_before\":0,\"cuts\":[{\"data_set\":\"a\"}]}")
                     .has_value());
}

}  // namespace
}  // namespace vedette::engine
