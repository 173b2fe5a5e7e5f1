// SPDX-License-Identifier: Apache-2.0
#include "journal/segments/segment_journal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <future>
#include <thread>

#include "tests/support/faulty_files.h"
#include "tests/support/temporary_folder.h"

namespace vedette::journal {
namespace {

using tests::FaultyFiles;
using tests::TemporaryFolder;

std::unique_ptr<SegmentJournal> open_in(const std::string& folder, base::Files& files,
                                        base::CounterRegistry& counters,
                                        std::uint64_t segment_bytes = kSegmentBytes,
                                        std::uint64_t quota_bytes = kQuotaBytes) {
    SegmentJournalOptions options;
    options.folder = folder;
    options.segment_bytes = segment_bytes;
    options.quota_bytes = quota_bytes;
    auto journal = SegmentJournal::open(files, options, counters);
    EXPECT_TRUE(journal.has_value()) << (journal ? "" : journal.error().message());
    return journal ? std::move(*journal) : nullptr;
}

/// Appends and waits; the offset, or 0 if it was refused.
Offset put(Journal& journal, std::string payload, RecordKind kind = RecordKind::chunk) {
    std::promise<Offset> promise;
    auto future = promise.get_future();
    const auto taken = journal.append(
        kind, std::move(payload),
        [&](bool is_durable, Offset offset) { promise.set_value(is_durable ? offset : 0); });
    return taken ? future.get() : 0;
}

std::vector<std::string> everything(Journal& journal, std::size_t bytes_max = 1 << 20) {
    std::vector<std::string> payloads;
    Offset next = journal.first();
    for (;;) {
        const auto records = journal.read(next, bytes_max, 0);
        EXPECT_TRUE(records.has_value()) << (records ? "" : records.error().message());
        if (!records || records->empty()) return payloads;
        for (const Record& record : *records) payloads.push_back(record.payload);
        next = records->back().offset + 1;
    }
}

class SegmentJournalTest : public ::testing::Test {
  protected:
    TemporaryFolder folder_;
    base::SystemFiles files_;
    base::CounterRegistry counters_;
};

TEST_F(SegmentJournalTest, reads_back_what_it_said_is_durable) {
    auto journal = open_in(folder_.path(), files_, counters_);
    EXPECT_EQ(put(*journal, "one"), 1u);
    EXPECT_EQ(put(*journal, ""), 2u);
    EXPECT_EQ(put(*journal, std::string(3 << 20, 'x')), 3u);
    const std::vector<std::string> read = everything(*journal);
    ASSERT_EQ(read.size(), 3u);
    EXPECT_EQ(read[0] + "," + read[1], "one,");
    EXPECT_TRUE(read[2] == std::string(3 << 20, 'x')) << read[2].size();
}

TEST_F(SegmentJournalTest, goes_on_after_reopening) {
    for (int round = 0; round < 3; ++round) {
        auto journal = open_in(folder_.path(), files_, counters_);
        EXPECT_EQ(put(*journal, std::to_string(round)), static_cast<Offset>(round + 1));
    }
    auto journal = open_in(folder_.path(), files_, counters_);
    EXPECT_EQ(everything(*journal), (std::vector<std::string>{"0", "1", "2"}));
}

TEST_F(SegmentJournalTest, keeps_order_over_many_segments_and_any_read_size) {
    auto journal = open_in(folder_.path(), files_, counters_, 1'000);
    std::vector<std::string> expected;
    for (int i = 0; i < 200; ++i) {
        expected.push_back(std::string(static_cast<std::size_t>(i), 'a'));
        put(*journal, expected.back());
    }
    for (const std::size_t bytes_max : {std::size_t{1}, std::size_t{500}, std::size_t{1} << 20}) {
        EXPECT_EQ(everything(*journal, bytes_max), expected);
    }
    EXPECT_EQ(journal->read(150, 1, 0)->front().payload.size(), 149u);
}

TEST_F(SegmentJournalTest, commits_what_many_threads_append_each_in_its_order) {
    auto journal = open_in(folder_.path(), files_, counters_);
    std::vector<std::thread> threads;
    std::atomic<int> done = 0;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 200; ++i) {
                ASSERT_TRUE(journal->append(RecordKind::chunk,
                                            std::to_string(t) + ":" + std::to_string(i),
                                            [&](bool ok, Offset) { done += ok ? 1 : 0; }));
            }
        });
    }
    for (auto& thread : threads) thread.join();
    journal->close();
    EXPECT_EQ(done, 800);
    journal = open_in(folder_.path(), files_, counters_);
    EXPECT_EQ(journal->durable_end(), 800u);
    int next[4] = {};
    for (const std::string& payload : everything(*journal)) {
        EXPECT_EQ(payload.substr(2), std::to_string(next[payload[0] - '0']++));
    }
}

TEST_F(SegmentJournalTest, cuts_a_torn_tail_at_any_byte_and_keeps_all_before) {
    {
        auto journal = open_in(folder_.path(), files_, counters_);
        put(*journal, "first");
        put(*journal, "second");
    }
    const std::string path = folder_ / "00000000000000000001.seg";
    const std::string whole = *base::read_file(path, 1 << 20);
    const std::size_t second_begins = whole.size() - kRecordHeadBytes - 6;
    for (std::size_t size = second_begins; size < whole.size(); ++size) {
        std::ofstream(path, std::ios::binary | std::ios::trunc)
            .write(whole.data(), static_cast<std::streamsize>(size));
        auto journal = open_in(folder_.path(), files_, counters_);
        EXPECT_EQ(journal->durable_end(), 1u);
        EXPECT_EQ(put(*journal, "again"), 2u);
        EXPECT_EQ(everything(*journal), (std::vector<std::string>{"first", "again"}));
    }
}

TEST_F(SegmentJournalTest, passes_over_damage_in_the_middle_and_names_it) {
    {
        auto journal = open_in(folder_.path(), files_, counters_);
        for (const char* text : {"first", "second", "third", "fourth"}) put(*journal, text);
    }
    const std::string path = folder_ / "00000000000000000001.seg";
    {
        std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
        file.seekp(static_cast<std::streamoff>(kSegmentHeadBytes + kRecordHeadBytes + 5 +
                                               kRecordHeadBytes + 2));
        file.put('X');
    }
    auto journal = open_in(folder_.path(), files_, counters_);
    EXPECT_EQ(everything(*journal), (std::vector<std::string>{"first", "third", "fourth"}));
    EXPECT_EQ(journal->durable_end(), 4u);
    ASSERT_EQ(journal->damage().size(), 1u);
    EXPECT_EQ(journal->damage()[0].size_bytes, kRecordHeadBytes + 6);
}

TEST_F(SegmentJournalTest, loses_nothing_it_called_durable_whichever_disk_call_fails) {
    for (int fail_at = 0; fail_at < 60; ++fail_at) {
        const TemporaryFolder folder;
        std::vector<std::string> durable;
        {
            FaultyFiles faulty;
            auto journal = open_in(folder.path(), faulty, counters_, 300);
            ASSERT_NE(journal, nullptr);
            faulty.fail_from(fail_at, 2, fail_at % 2 == 0 ? ENOSPC : EIO);
            for (int i = 0; i < 20; ++i) {
                const std::string payload = "record " + std::to_string(i);
                if (put(*journal, payload) != 0) durable.push_back(payload);
            }
        }
        auto journal = open_in(folder.path(), files_, counters_);
        ASSERT_NE(journal, nullptr) << fail_at;
        EXPECT_EQ(everything(*journal), durable) << fail_at;
        EXPECT_GE(durable.size(), 18u) << "it goes on once the disk does";
    }
}

TEST_F(SegmentJournalTest, says_no_at_its_quota_and_goes_on_after_release) {
    auto journal = open_in(folder_.path(), files_, counters_, 1'000, 5'000);
    const std::string payload(400, 'x');
    Offset last = 0;
    while (const Offset offset = put(*journal, payload)) last = offset;
    EXPECT_GE(last, 8u);
    EXPECT_EQ(journal->first(), 1u);
    journal->release(last);
    EXPECT_EQ(put(*journal, payload), last + 1);
    EXPECT_EQ(put(*journal, payload), last + 2) << "segments go between two groups";
    EXPECT_GT(journal->first(), 1u);
    EXPECT_LE(journal->size_bytes(), 5'000u);
    EXPECT_FALSE(journal->read(1, 1, 0).has_value()) << "what was removed is said to be";
}

TEST_F(SegmentJournalTest, keeps_control_records_of_removed_segments_for_ever) {
    auto journal = open_in(folder_.path(), files_, counters_, 1'000, 5'000);
    put(*journal, "rules of monday", RecordKind::control);
    for (int i = 0; i < 100; ++i) {
        const Offset offset = put(*journal, std::string(400, 'x'));
        journal->release(offset);
    }
    EXPECT_GT(journal->first(), 1u);
    const auto controls = journal->control_log();
    ASSERT_TRUE(controls.has_value());
    ASSERT_EQ(controls->size(), 1u);
    EXPECT_EQ(controls->front().payload, "rules of monday");
    EXPECT_EQ(controls->front().offset, 1u);
}

TEST_F(SegmentJournalTest, refuses_a_second_process_and_a_foreign_file) {
    auto journal = open_in(folder_.path(), files_, counters_);
    SegmentJournalOptions options;
    options.folder = folder_.path();
    const auto second = SegmentJournal::open(files_, options, counters_);
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().code, base::ErrorCode::unavailable);
    journal.reset();
    std::ofstream(folder_ / "00000000000000000009.seg") << "this is a text file of somebody else";
    const auto foreign = SegmentJournal::open(files_, options, counters_);
    ASSERT_FALSE(foreign.has_value());
    EXPECT_EQ(foreign.error().code, base::ErrorCode::corrupt);
}

TEST_F(SegmentJournalTest, wakes_a_waiting_reader) {
    auto journal = open_in(folder_.path(), files_, counters_);
    auto reader = std::async(std::launch::async, [&] { return journal->read(1, 100, 10'000); });
    put(*journal, "news");
    EXPECT_EQ(reader.get()->front().payload, "news");
}

}  // namespace
}  // namespace vedette::journal
