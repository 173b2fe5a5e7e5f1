// SPDX-License-Identifier: Apache-2.0
#include "journal/segments/segment_rewrite.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "journal/segments/segment_journal.h"
#include "tests/support/faulty_files.h"
#include "tests/support/temporary_folder.h"

namespace vedette::journal {
namespace {

using Lines = std::vector<std::pair<Offset, std::string>>;

std::unique_ptr<SegmentJournal> open_small(const std::string& folder, base::Files& files,
                                           base::CounterRegistry& counters) {
    auto journal = SegmentJournal::open(files, {folder, kQuotaBytes, 300}, counters);
    EXPECT_TRUE(journal.has_value()) << (journal ? "" : journal.error().message());
    return journal ? std::move(*journal) : nullptr;
}

Offset put_record(Journal& journal, std::string payload, RecordKind kind = RecordKind::chunk) {
    std::promise<Offset> promise;
    const auto taken = journal.append(
        kind, std::move(payload),
        [&](bool is_durable, Offset offset) { promise.set_value(is_durable ? offset : 0); });
    return taken ? promise.get_future().get() : 0;
}

Lines all_records(Journal& journal) {
    Lines lines;
    for (Offset next = journal.first();;) {
        const auto records = journal.read(next, 1 << 20, 0);
        EXPECT_TRUE(records.has_value()) << (records ? "" : records.error().message());
        if (!records || records->empty()) return lines;
        for (const Record& record : *records) lines.emplace_back(record.offset, record.payload);
        next = records->back().offset + 1;
    }
}

base::Result<std::optional<std::string>> to_gap(Offset, std::string_view payload) {
    if (payload == "gap") return std::nullopt;
    return std::optional<std::string>("gap");
}

std::string bytes_of_folder(const std::string& folder) {
    std::string all;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        all += *base::read_file(entry.path().string(), 1 << 20);
    }
    return all;
}

class SegmentRewriteTest : public ::testing::Test {
  protected:
    tests::TemporaryFolder folder_;
    base::SystemFiles files_;
    base::CounterRegistry counters_;
};

TEST_F(SegmentRewriteTest, changes_records_at_their_offsets_and_nothing_else) {
    auto journal = open_small(folder_.path(), files_, counters_);
    Lines wanted;
    std::set<Offset> offsets;
    for (int i = 1; i <= 40; ++i) {
        const bool goes = i % 7 == 0 || i == 40;
        const std::string payload = (goes ? "zebra " : "plain ") + std::to_string(i);
        const Offset offset = put_record(*journal, payload);
        if (goes) offsets.insert(offset);
        wanted.emplace_back(offset, goes ? "gap" : payload);
    }
    const auto done = journal->rewrite(offsets, to_gap);
    ASSERT_TRUE(done.has_value()) << done.error().message();
    EXPECT_EQ(done->records, offsets.size());
    EXPECT_EQ(all_records(*journal), wanted);
    EXPECT_EQ(bytes_of_folder(folder_.path()).find("zebra"), std::string::npos);
    EXPECT_EQ(put_record(*journal, "next"), 41u)
        << "the segment that was open is closed, and one follows";
    EXPECT_EQ(journal->rewrite(offsets, to_gap)->records, 0u) << "again changes nothing";
    wanted.emplace_back(41, "next");
    journal.reset();
    journal = open_small(folder_.path(), files_, counters_);
    EXPECT_EQ(all_records(*journal), wanted) << "checksums fit";
    EXPECT_TRUE(journal->damage().empty());
}

TEST_F(SegmentRewriteTest, goes_on_after_a_restart_with_an_empty_newest_segment) {
    {
        auto journal = open_small(folder_.path(), files_, counters_);
        put_record(*journal, "zebra");
        ASSERT_TRUE(journal->rewrite({1}, to_gap));
    }
    auto journal = open_small(folder_.path(), files_, counters_);
    EXPECT_EQ(journal->durable_end(), 1u);
    EXPECT_EQ(put_record(*journal, "second"), 2u);
    EXPECT_EQ(all_records(*journal), (Lines{{1, "gap"}, {2, "second"}}));
}

TEST_F(SegmentRewriteTest, leaves_controls_and_ticks_alone_and_passes_over_what_is_gone) {
    auto journal = open_small(folder_.path(), files_, counters_);
    put_record(*journal, "rules", RecordKind::control);
    put_record(*journal, "12345678", RecordKind::tick);
    ASSERT_TRUE(journal->rewrite({1, 2, 77}, to_gap));
    EXPECT_EQ(all_records(*journal), (Lines{{1, "rules"}, {2, "12345678"}}));
}

TEST_F(SegmentRewriteTest, gives_the_old_or_the_new_segment_whichever_disk_call_fails) {
    for (int fail_at = 0; fail_at < 40; ++fail_at) {
        const tests::TemporaryFolder folder;
        tests::FaultyFiles faulty;
        const Lines before = {{1, "one"}, {2, "zebra"}, {3, "three"}};
        const Lines after = {{1, "one"}, {2, "gap"}, {3, "three"}};
        bool is_done = false;
        {
            auto journal = open_small(folder.path(), faulty, counters_);
            for (const auto& [offset, payload] : before) put_record(*journal, payload);
            faulty.fail_from(fail_at, 1, EIO);
            is_done = journal->rewrite({2}, to_gap).has_value();
            const Lines now = all_records(*journal);
            EXPECT_TRUE(now == after || (!is_done && now == before)) << fail_at;
        }
        auto journal = open_small(folder.path(), files_, counters_);
        const Lines now = all_records(*journal);
        EXPECT_TRUE(now == after || (!is_done && now == before)) << fail_at;
        ASSERT_TRUE(journal->rewrite({2}, to_gap)) << "and again makes it whole";
        EXPECT_EQ(all_records(*journal), after);
        EXPECT_EQ(bytes_of_folder(folder.path()).find("zebra"), std::string::npos) << fail_at;
    }
}

TEST_F(SegmentRewriteTest, removes_what_a_kill_left_behind) {
    { put_record(*open_small(folder_.path(), files_, counters_), "one"); }
    std::ofstream(folder_ / "00000000000000000001.seg.new") << "half a segment";
    std::ofstream(folder_ / "00000000000000000001.seg.torn") << "never acknowledged";
    auto journal = open_small(folder_.path(), files_, counters_);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "00000000000000000001.seg.new"));
    EXPECT_EQ(*journal->remove_torn(), 1u);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "00000000000000000001.seg.torn"));
}

TEST_F(SegmentRewriteTest, readers_and_writers_go_on_meanwhile) {
    auto journal = open_small(folder_.path(), files_, counters_);
    std::set<Offset> offsets;
    for (int i = 0; i < 200; ++i)
        offsets.insert(put_record(*journal, "zebra " + std::to_string(i)));
    std::atomic<bool> is_over{false};
    auto reader = std::async(std::launch::async, [&] {
        std::size_t rounds = 0;
        while (!is_over) {
            const Lines lines = all_records(*journal);
            EXPECT_GE(lines.size(), 200u);
            for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(lines[i].first, i + 1);
            ++rounds;
        }
        return rounds;
    });
    auto writer = std::async(std::launch::async, [&] {
        while (!is_over) put_record(*journal, "more");
    });
    for (const Offset offset : offsets) ASSERT_TRUE(journal->rewrite({offset}, to_gap));
    is_over = true;
    EXPECT_GT(reader.get(), 0u);
    writer.get();
    EXPECT_TRUE(journal->damage().empty()) << "nobody read half of one and half of the other";
}

}  // namespace
}  // namespace vedette::journal
