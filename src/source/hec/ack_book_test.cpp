// SPDX-License-Identifier: Apache-2.0
#include "source/hec/ack_book.h"

#include <gtest/gtest.h>

#include "source/hec/limits.h"

namespace vedette::source::hec {
namespace {

base::Timestamp at(std::int64_t seconds) { return {seconds * base::kNsPerSecond}; }

using Bools = std::vector<bool>;

TEST(AckBook, tells_what_is_durable_and_goes_on_telling_it) {
    AckBook book(1'000);
    const auto first = book.open("a", at(1)), second = book.open("a", at(1));
    EXPECT_EQ(first, 1'000u);
    EXPECT_NE(first, second);
    book.set_durable("a", second);
    EXPECT_EQ(book.are_durable("a", {first, second, 7}, at(2)), (Bools{false, true, false}));
    EXPECT_EQ(book.are_durable("a", {second}, at(3)), Bools{true}) << "the first answer was lost";
    book.set_durable("a", first);
    EXPECT_EQ(book.are_durable("a", {first}, at(3)), Bools{true});
}

TEST(AckBook, keeps_channels_apart) {
    AckBook book(1);
    const auto of_a = book.open("a", at(1)), of_b = book.open("b", at(1));
    EXPECT_NE(of_a, of_b) << "an id that strays to another channel must not be true there";
    book.set_durable("a", of_a);
    book.set_durable("b", of_a);
    book.set_durable("c", of_a);
    EXPECT_EQ(book.are_durable("b", {of_a, of_b}, at(1)), (Bools{false, false}));
    EXPECT_EQ(book.are_durable("nobody", {of_a}, at(1)), Bools{false});
    EXPECT_EQ(book.channel_count(), 2u);
}

TEST(AckBook, forgets_the_oldest_when_there_are_too_many) {
    AckBook book(1);
    const auto first = book.open("a", at(1));
    book.set_durable("a", first);
    const auto second = book.open("a", at(1));
    book.set_durable("a", second);
    EXPECT_EQ(book.are_durable("a", {first}, at(1)), Bools{true});
    for (std::size_t i = 0; i < kAcksMax; ++i) book.open("b", at(1));
    EXPECT_EQ(book.are_durable("a", {first, second}, at(1)), (Bools{false, false}));
    EXPECT_EQ(book.forgotten_count(), 1u) << "the first had been told";
}

TEST(AckBook, forgets_channels_that_nobody_uses) {
    AckBook book(1);
    const auto idle = book.open("idle", at(1'000));
    book.set_durable("idle", idle);
    book.open("busy", at(1'000));
    book.are_durable("busy", {}, at(1'000 + kAckIdleSeconds));
    book.open("new", at(1'001 + kAckIdleSeconds));
    EXPECT_EQ(book.channel_count(), 2u);
    EXPECT_EQ(book.are_durable("idle", {idle}, at(1'001 + kAckIdleSeconds)), Bools{false});
    EXPECT_EQ(book.forgotten_count(), 1u);
}

TEST(AckBook, gives_up_the_channel_that_was_used_longest_ago_when_there_are_too_many) {
    AckBook book(1);
    for (std::size_t i = 0; i < kAckChannelsMax; ++i) {
        book.open("c" + std::to_string(i), at(i == 5 ? 1 : 2));
    }
    book.open("one more", at(3));
    EXPECT_EQ(book.channel_count(), kAckChannelsMax);
    const auto again = book.open("c5", at(3));
    book.set_durable("c5", again);
    EXPECT_EQ(book.are_durable("c5", {again}, at(3)), Bools{true});
}

}  // namespace
}  // namespace vedette::source::hec
