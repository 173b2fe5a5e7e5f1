// SPDX-License-Identifier: Apache-2.0
#include "rule/sigma/network.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace vedette::rule::sigma {
namespace {

Address random_address(int size_bytes) {
    Address address;
    address.size_bytes = size_bytes;
    for (int i = 0; i < size_bytes; ++i) {
        // Few different bytes, so that long common prefixes come up.
        address.bytes[static_cast<std::size_t>(i)] =
            *rc::gen::element<std::uint8_t>(0, 1, 0x80, 0xFE, 0xFF);
    }
    return address;
}

bool bit(const Address& address, int index) {
    return (address.bytes[static_cast<std::size_t>(index / 8)] >> (7 - index % 8) & 1) != 0;
}

RC_GTEST_PROP(Network, contains_what_agrees_bit_by_bit, ()) {
    const int size_bytes = *rc::gen::element(4, 16);
    const int prefix_bits = *rc::gen::inRange(0, size_bytes * 8 + 1);
    const Network network{random_address(size_bytes), prefix_bits};
    const Address address = random_address(size_bytes);
    bool agrees = true;
    for (int i = 0; i < prefix_bits; ++i)
        agrees = agrees && bit(network.address, i) == bit(address, i);
    RC_ASSERT(network.contains(address) == agrees);
}

bool is_in(const char* network, const char* address) {
    return Network::parse(network)->contains(*parse_address(address));
}

TEST(Network, knows_both_families_and_keeps_them_apart) {
    EXPECT_TRUE(is_in("10.0.0.0/8", "10.255.0.1"));
    EXPECT_FALSE(is_in("10.0.0.0/8", "11.0.0.1"));
    EXPECT_TRUE(is_in("20.0.0.0/11", "20.31.255.255"));
    EXPECT_FALSE(is_in("20.0.0.0/11", "20.32.0.0"));
    EXPECT_TRUE(is_in("fe80::/10", "fe80::1%eth0"));
    EXPECT_TRUE(is_in("::1", "0:0:0:0:0:0:0:1"));
    EXPECT_FALSE(is_in("::/0", "10.0.0.1"));
    EXPECT_TRUE(is_in("0.0.0.0/0", "255.255.255.255"));
}

TEST(Network, takes_an_address_mapped_into_ipv6_as_the_ipv4_address_it_is) {
    EXPECT_TRUE(is_in("10.0.0.0/8", "::ffff:10.0.0.7"));
    EXPECT_TRUE(is_in("::ffff:10.0.0.0/104", "10.0.0.7"));
    EXPECT_FALSE(is_in("::ffff:10.0.0.0/104", "11.0.0.7"));
}

TEST(Network, refuses_what_is_not_one) {
    for (const char* text :
         {"", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0/8", "fe80::/129", "x/8",
          "10.0.0.0/8 ", "fe80::1%eth0/64", "::ffff:10.0.0.0/8"}) {
        EXPECT_FALSE(Network::parse(text)) << text;
    }
    EXPECT_FALSE(parse_address("-"));
    EXPECT_FALSE(parse_address(std::string(5'000, '1')));
}

}  // namespace
}  // namespace vedette::rule::sigma
