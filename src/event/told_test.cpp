// SPDX-License-Identifier: Apache-2.0
#include "event/told.h"

#include <gtest/gtest.h>

#include "event/told_limits.h"

namespace vedette::event {
namespace {

constexpr std::size_t kRecords = 3;

Told sample_told() {
    return {{"kafka.topic", "kafka.key"},
            {"orders", "", "orders", "k2", "orders", "k2"},
            {1'700'000'000'000'000'000, 0, INT64_MIN}};
}

TEST(Told, comes_back_with_the_context_behind_it) {
    for (const char* const rest : {"", "#fields\tts"}) {
        for (const bool has_times : {true, false}) {
            Told told = sample_told();
            if (!has_times) told.times_ns.clear();
            const std::string context = with_told(told, rest);
            const auto split = split_told(context, kRecords);
            ASSERT_TRUE(split);
            EXPECT_EQ(split->told, told);
            EXPECT_EQ(split->context, rest);
        }
    }
}

TEST(Told, costs_a_byte_for_what_is_repeated) {
    Told longer = sample_told();
    longer.values.insert(longer.values.end(), {"orders", "k2"});
    longer.times_ns.push_back(INT64_MIN);
    EXPECT_EQ(with_told(longer, "").size(), with_told(sample_told(), "").size() + 3);
}

TEST(Told, is_context_alone_where_nothing_is_told_or_it_is_damaged) {
    EXPECT_FALSE(split_told("", kRecords));
    EXPECT_FALSE(split_told("#fields\tts", kRecords));
    const std::string context = with_told(sample_told(), "");
    for (std::size_t size = 0; size < context.size(); ++size) {
        EXPECT_FALSE(split_told(context.substr(0, size), kRecords)) << size;
    }
    EXPECT_FALSE(split_told(context, kRecords + 1));
    EXPECT_FALSE(split_told(context, kRecords - 1));
}

TEST(Told, is_refused_beyond_its_bounds) {
    Told told;
    told.names = {"n"};
    told.values.assign(kRecords, std::string(kToldBytesMax / 2, 'x'));
    const std::string large = with_told(told, "");
    EXPECT_LT(large.size(), kToldBytesMax) << "a few bytes must not become gigabytes";
    EXPECT_FALSE(split_told(large, kRecords));
    told.names.assign(kToldNamesMax + 1, "n");
    told.values.assign(kRecords * told.names.size(), "");
    EXPECT_FALSE(split_told(with_told(told, ""), kRecords));
}

}  // namespace
}  // namespace vedette::event
