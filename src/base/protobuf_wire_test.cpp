// SPDX-License-Identifier: Apache-2.0
#include "base/protobuf_wire.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <vector>

namespace vedette::base {
namespace {

using Wire = ProtobufField::Wire;

bool is_message(std::string_view bytes) {
    ProtobufReader reader(bytes);
    ProtobufField field;
    while (reader.next(field)) {
    }
    return reader.is_good();
}

TEST(ProtobufWire, reads_every_kind_of_field) {
    // Written by hand from the specification: 1: varint 150, 2: "testing", 3: fixed32 1,
    // 4: fixed64 -1.
    const std::string bytes =
        "\x08\x96\x01"
        "\x12\x07testing" +
        std::string("\x1d\x01\0\0\0", 5) + "\x21\xff\xff\xff\xff\xff\xff\xff\xff";
    ProtobufReader reader(bytes);
    ProtobufField field;
    std::string again;
    ASSERT_TRUE(reader.next(field));
    EXPECT_EQ(field.number, 1u);
    EXPECT_EQ(field.value, 150u);
    again += field.whole;
    ASSERT_TRUE(reader.next(field));
    EXPECT_EQ(field.wire, Wire::bytes);
    EXPECT_EQ(field.bytes, "testing");
    again += field.whole;
    ASSERT_TRUE(reader.next(field));
    EXPECT_EQ(field.wire, Wire::fixed32);
    EXPECT_EQ(field.value, 1u);
    again += field.whole;
    ASSERT_TRUE(reader.next(field));
    EXPECT_EQ(field.value, ~std::uint64_t{0});
    again += field.whole;
    EXPECT_FALSE(reader.next(field));
    EXPECT_TRUE(reader.is_good());
    EXPECT_EQ(again, bytes) << "fields as they stood make the message again";
}

TEST(ProtobufWire, tells_damage_from_the_end) {
    for (const std::string& bytes :
         std::vector<std::string>{std::string("\0", 1), "\x08", "\x08\x80",
                                  "\x12\x05"
                                  "abc",
                                  "\x0b", "\x0c", "\x0f",
                                  "\x09"
                                  "1234567",
                                  "\x0d"
                                  "123",
                                  "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
                                  "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
                                  "\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"}) {
        EXPECT_FALSE(is_message(bytes)) << testing::PrintToString(bytes);
    }
    EXPECT_TRUE(is_message(""));
}

TEST(ProtobufWire, what_is_written_is_read) {
    rc::check([](std::uint64_t value, const std::string& text) {
        const auto number = *rc::gen::inRange<std::uint32_t>(1, (1u << 29) - 1);
        std::string bytes;
        append_protobuf_number(bytes, number, value);
        append_protobuf_bytes(bytes, number, text);
        ProtobufReader reader(bytes);
        ProtobufField field;
        RC_ASSERT(reader.next(field));
        RC_ASSERT(field.number == number && field.value == value);
        RC_ASSERT(reader.next(field));
        RC_ASSERT(field.number == number && field.bytes == text);
        RC_ASSERT(!reader.next(field) && reader.is_good());
    });
}

}  // namespace
}  // namespace vedette::base
