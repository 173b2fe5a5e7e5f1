// SPDX-License-Identifier: Apache-2.0
#include "source/relp/frame_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <optional>
#include <vector>

namespace vedette::source::relp {
namespace {

struct Frame {
    std::uint32_t transaction;
    std::string command, data;
    bool operator==(const Frame&) const = default;
};

struct Read {
    std::vector<Frame> frames;
    std::string broken_reason;
    bool is_between = false;
};

Read read(std::string_view bytes, std::size_t piece_bytes, std::size_t data_bytes_max = 1000) {
    Read out;
    FrameReader reader;
    std::string data;
    for (std::size_t at = 0; at < bytes.size(); at += piece_bytes) {
        std::string_view piece = bytes.substr(at, piece_bytes);
        while (!piece.empty()) {
            switch (reader.next(piece, data_bytes_max)) {
                case FrameReader::Event::more: break;
                case FrameReader::Event::head: data.clear(); break;
                case FrameReader::Event::data: data += reader.data(); break;
                case FrameReader::Event::end:
                    EXPECT_EQ(data.size(), reader.head().data_bytes);
                    out.frames.push_back({reader.head().transaction, reader.head().command, data});
                    break;
                case FrameReader::Event::broken:
                    out.broken_reason = reader.broken_reason();
                    return out;
            }
        }
    }
    out.is_between = reader.is_between_frames();
    return out;
}

TEST(RelpFrameReader, reads_frames_with_and_without_data_in_any_pieces) {
    const std::string bytes =
        "1 open 14 relp_version=0\n2 syslog 9 <1>a\nb\n c\n3 close 0\n4 x 0 \n999999999 y 1 \n\n";
    const std::vector<Frame> wanted = {{1, "open", "relp_version=0"},
                                       {2, "syslog", "<1>a\nb\n c"},
                                       {3, "close", ""},
                                       {4, "x", ""},
                                       {999'999'999, "y", "\n"}};
    for (const std::size_t piece_bytes : {1ul, 2ul, 5ul, bytes.size()}) {
        for (const std::size_t data_bytes_max : {1, 3, 1000}) {
            const Read found = read(bytes, piece_bytes, data_bytes_max);
            EXPECT_EQ(found.frames, wanted);
            EXPECT_TRUE(found.is_between);
        }
    }
}

TEST(RelpFrameReader, knows_that_a_frame_is_not_whole) {
    for (const std::string bytes :
         {"1", "1 ", "1 open", "1 open 3", "1 open 3 ab", "1 open 3 abc"}) {
        const Read found = read(bytes, 1);
        EXPECT_TRUE(found.frames.empty());
        EXPECT_EQ(found.broken_reason, "");
        EXPECT_FALSE(found.is_between) << bytes;
    }
}

TEST(RelpFrameReader, stops_at_what_is_no_frame) {
    for (const std::string bytes :
         {"<13>Nov 28 10:00:00 web1 a\n", "GET / HTTP/1.1\r\n", "1 open 3 abcd\n", "1 open 3\n",
          "1  3 abc\n", " open 3 abc\n", "1 open  abc\n", "1234567890 open 0\n",
          "1 open 1234567890\n", "-1 open 0\n", "1 op-en 0\n", "1 open -1\n", "\n",
          "1 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 0\n"}) {
        EXPECT_NE(read(bytes, 1).broken_reason, "") << bytes;
        EXPECT_TRUE(read(bytes, bytes.size()).frames.empty()) << bytes;
    }
}

TEST(RelpFrameReader, reads_nothing_more_once_it_is_broken) {
    FrameReader reader;
    std::string_view bytes = "x1 open 0\n";
    EXPECT_EQ(reader.next(bytes, 10), FrameReader::Event::broken);
    EXPECT_EQ(reader.next(bytes, 10), FrameReader::Event::broken);
}

RC_GTEST_PROP(RelpFrameReader, reads_what_was_written, ()) {
    const auto texts = *rc::gen::container<std::vector<std::string>>(
        rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
    std::string bytes;
    std::vector<Frame> sent;
    for (const std::string& text : texts) {
        const auto transaction = *rc::gen::inRange<std::uint32_t>(0, 999'999'999);
        bytes += std::to_string(transaction) + " syslog " + std::to_string(text.size()) +
                 (text.empty() ? "" : " " + text) + "\n";
        sent.push_back({transaction, "syslog", text});
    }
    RC_ASSERT(read(bytes, *rc::gen::inRange<std::size_t>(1, 40)).frames == sent);
}

}  // namespace
}  // namespace vedette::source::relp
