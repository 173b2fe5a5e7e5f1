// SPDX-License-Identifier: Apache-2.0
#include "source/journal_upload/upload.h"

#include <gtest/gtest.h>

#include <cstdio>

#include "event/limits.h"
#include "source/journal_upload/limits.h"
#include "source/registry.h"
#include "source/stream_listener.h"
#include "tests/sources_support/fake_sink.h"
#include "tests/sources_support/network_clients.h"

namespace vedette::source::journal_upload {
namespace {

using tests::FakeHouse;
using tests::TcpClient;
using tests::wait_until;

const std::string kHead =
    "POST /upload HTTP/1.1\r\nHost: x\r\nContent-Type: application/vnd.fdo.journal\r\n"
    "Transfer-Encoding: chunked\r\n\r\n";
const std::string kAccepted =
    "HTTP/1.1 202 Accepted\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nOK.\n";

std::string in_chunks(std::string_view body, std::size_t chunk_bytes) {
    std::string out;
    for (; !body.empty(); body.remove_prefix(std::min(body.size(), chunk_bytes))) {
        const std::string_view part = body.substr(0, chunk_bytes);
        char size[32];
        std::snprintf(size, sizeof size, "%zX\r\n", part.size());
        out.append(size).append(part).append("\r\n");
    }
    return out + "0\r\n\r\n";
}

std::string entry(int number) {
    const std::string text = std::to_string(number);
    return "__CURSOR=s=1;i=" + text + "\n__REALTIME_TIMESTAMP=1767323045000000\nMESSAGE\n" +
           std::string("\x04\0\0\0\0\0\0\0a\n\nb\n", 13) + "N=" + text + "\n\n";
}

/// Feeds in pieces, hands every chunk on as durable, and gives records and answers.
struct Heard {
    std::vector<std::string> records;
    std::string answers;
    bool operator==(const Heard&) const = default;
};

Heard talk(std::string_view bytes, std::size_t piece_bytes) {
    std::atomic<std::uint64_t> broken{0};
    Upload upload(broken);
    Heard heard;
    event::Chunk chunk;
    const auto hand_on = [&] {
        if (chunk.record_count() > 0) {
            for (std::size_t i = 0; i < chunk.record_count(); ++i) {
                heard.records.emplace_back(chunk.record(i));
            }
            chunk = {};
            upload.on_offered();
            EXPECT_EQ(upload.take_answers().find("202"), std::string::npos);
            upload.on_durable();
        }
        heard.answers += upload.take_answers();
    };
    while (!bytes.empty() && !upload.is_over()) {
        std::string_view piece = bytes.substr(0, piece_bytes);
        bytes.remove_prefix(piece.size());
        while (!piece.empty() && !upload.is_over()) {
            piece.remove_prefix(upload.feed(piece, chunk));
            hand_on();
        }
    }
    hand_on();
    EXPECT_TRUE(upload.finish(chunk));
    return heard;
}

std::string entries(int from, int to) {
    std::string out;
    for (int i = from; i < to; ++i) out += entry(i);
    return out;
}

TEST(JournalUpload, gives_the_same_entries_however_the_bytes_come) {
    const std::string bytes = kHead + in_chunks(entries(0, 20), 33) + kHead +
                              in_chunks(entries(20, 40), 1'000) + kHead + "0\r\n\r\n";
    const Heard whole = talk(bytes, bytes.size());
    ASSERT_EQ(whole.records.size(), 40u);
    EXPECT_NE(whole.records[0].find("i=0\n"), std::string::npos);
    EXPECT_NE(whole.records[39].find("N=39"), std::string::npos);
    EXPECT_EQ(whole.answers, kAccepted + kAccepted + kAccepted);
    for (const std::size_t piece : {1u, 2u, 3u, 7u, 64u, 4'096u}) {
        EXPECT_EQ(talk(bytes, piece), whole) << piece;
    }
}

TEST(JournalUpload, gives_an_entry_that_ends_with_the_request) {
    std::string last = entry(1);
    last.pop_back();
    EXPECT_EQ(talk(kHead + in_chunks(last, 10), 5).records.size(), 1u);
}

TEST(JournalUpload, fills_chunks_and_goes_on_behind_them) {
    const int count = static_cast<int>(event::kChunkRecordsMax) * 2 + 1;
    const Heard heard = talk(kHead + in_chunks(entries(0, count), 16'384), 65'536);
    EXPECT_EQ(heard.records.size(), static_cast<std::size_t>(count));
    EXPECT_EQ(heard.answers, kAccepted);
}

TEST(JournalUpload, says_go_on_to_who_asks) {
    std::string head = kHead;
    head.insert(head.size() - 2, "Expect: 100-continue\r\n");
    EXPECT_EQ(talk(head, 10).answers, "HTTP/1.1 100 Continue\r\n\r\n");
}

TEST(JournalUpload, refuses_what_it_does_not_take) {
    const auto status = [](std::string bytes) {
        const std::string answers = talk(bytes, 100).answers;
        EXPECT_NE(answers.find("Connection: close"), std::string::npos) << bytes;
        return answers.substr(0, std::string("HTTP/1.1 400").size()).substr(9);
    };
    const auto changed = [](std::string from, std::string to) {
        std::string head = kHead;
        return head.replace(head.find(from), from.size(), to);
    };
    EXPECT_EQ(status(changed("/upload", "/other")), "404");
    EXPECT_EQ(status(changed("POST", "GET")), "405");
    EXPECT_EQ(status(changed("Transfer-Encoding: chunked", "Content-Length: 3")), "411");
    EXPECT_EQ(status(changed("application/vnd.fdo.journal", "text/plain")), "415");
    EXPECT_EQ(status(changed("Host: x", "Content-Encoding: zstd")), "415");
    EXPECT_EQ(status("nonsense\r\n"), "400");
    EXPECT_EQ(status(changed("Host: x", "no header")), "400");
    EXPECT_EQ(status(kHead + "x\r\n"), "400");
    EXPECT_EQ(status(kHead + "\r\n"), "400");
    EXPECT_EQ(status(kHead + "ffffffffffffffff\r\n"), "400");
    EXPECT_EQ(status(kHead + "2\r\nabc\r\n"), "400");
    EXPECT_EQ(status("GET " + std::string(kLineBytesMax, '/')), "431");
    std::string many = "POST /upload HTTP/1.1\r\n";
    while (many.size() < kHeadBytesMax + 100) many += "X: " + std::string(1'000, 'x') + "\r\n";
    EXPECT_EQ(status(many), "431");
}

TEST(JournalUpload, is_silent_between_entries_for_as_long_as_it_likes) {
    std::atomic<std::uint64_t> broken{0};
    Upload upload(broken);
    event::Chunk chunk;
    const auto feed = [&](std::string_view bytes) {
        EXPECT_EQ(upload.feed(bytes, chunk), bytes.size());
    };
    EXPECT_FALSE(upload.has_unfinished());
    feed(kHead.substr(0, 30));
    EXPECT_TRUE(upload.has_unfinished());
    feed(kHead.substr(30));
    const std::string body = in_chunks(entry(1), 1'000);
    feed(body.substr(0, 20));
    EXPECT_TRUE(upload.has_unfinished());
    feed(body.substr(20, body.size() - 25));
    EXPECT_FALSE(upload.has_unfinished());
    EXPECT_EQ(chunk.record_count(), 1u) << "handed on before the request ends";
}

event::FormatDeclarations formats_with_journal() {
    event::FormatDeclarations formats = tests::fake_formats();
    formats.emplace_back();
    formats.back().name = "journald_export";
    formats.back().version = 4;
    return formats;
}

TEST(JournalUploadSource, answers_when_all_entries_are_durable) {
    FakeHouse house;
    house.formats = formats_with_journal();
    house.sink.hold(true);
    std::atomic<std::uint64_t> broken{0};
    StreamListener listener({.listen = "127.0.0.1:0"}, house.context("journal"),
                            std::make_shared<SenderFormats>(house.formats, "journald_export"),
                            [&] { return std::make_unique<Upload>(broken); });
    ASSERT_TRUE(listener.start());
    TcpClient client(listener.port());
    client.send(kHead + in_chunks(entries(0, 3), 50));
    pollfd wait{client.fd(), POLLIN, 0};
    EXPECT_EQ(::poll(&wait, 1, 200), 0);
    house.sink.hold(false);
    EXPECT_EQ(client.receive(kAccepted.size()), kAccepted);
    EXPECT_EQ(house.sink.record_count(), 3u);
    EXPECT_EQ(house.sink.chunks()[0].envelope.format, "journald_export");
    EXPECT_EQ(house.sink.chunks()[0].envelope.format_version, 4);
    client.send(kHead + in_chunks(entry(7), 1'000).substr(0, 60));
    client.close();
    listener.stop();
    EXPECT_EQ(house.sink.record_count(), 3u) << "half an entry was not answered: it comes again";
}

TEST(JournalUploadSource, wants_settings_that_make_sense) {
    FakeHouse house;
    Registry registry;
    register_all(registry);
    const auto make = [&](std::multimap<std::string, std::string> values) {
        return registry.find("journal_upload")
            ->make({"journal_upload", "vedette.yml:9", std::move(values)},
                   house.context("journal"));
    };
    EXPECT_FALSE(make({})) << "without the format";
    house.formats = formats_with_journal();
    EXPECT_TRUE(make({{"listen", "127.0.0.1:0"}}));
    EXPECT_FALSE(make({{"listen", "0.0.0.0:19532"}})) << "nobody said who may send";
    EXPECT_TRUE(make({{"listen", "0.0.0.0:19532"}, {"allow", "10.0.0.0/8"}}));
}

}  // namespace
}  // namespace vedette::source::journal_upload
