// SPDX-License-Identifier: Apache-2.0
#include "store/writer.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <random>
#include <set>

#include "event/schema.h"
#include "store/test_store.h"

namespace vedette::store {
namespace {

constexpr std::int64_t kArrival = 20'000 * base::kNsPerDay;

/// Hands chunks to a writer as the engine does: each with its number of rows, cut at `batch_rows`.
class Feeder {
  public:
    explicit Feeder(event::FieldDictionary& fields) : batch_(fields) {}

    /// The rows of a chunk are "<offset>.<row> padding".
    void feed(EventWriter& writer, std::uint64_t offset, std::uint32_t row_count,
              std::size_t batch_rows, std::int64_t arrival_ns = kArrival) {
        batch_.clear();
        texts_.clear();
        for (std::uint32_t row = 0; row < row_count; ++row) {
            texts_.push_back(std::to_string(offset) + "." + std::to_string(row) + " " +
                             std::string(200, 'x'));
            event::Row& to = batch_.add_row();
            to.id = {offset, row};
            to.arrival.unix_ns = arrival_ns;
            to.raw = texts_.back();
            to.origin = batch_.origin_index({"test", "feeder"});
            to.dataset = batch_.dataset_index("test");
            batch_.add(event::ecs::kUserName, "user" + std::to_string(row % 7));
            if (batch_.row_count() == batch_rows) hand_over(writer);
        }
        hand_over(writer);
        writer.chunk_ended(offset);
    }

  private:
    void hand_over(EventWriter& writer) {
        if (batch_.is_empty()) return;
        ASSERT_TRUE(writer.write(batch_));
        batch_.clear();
        texts_.clear();
    }
    event::Batch batch_;
    std::deque<std::string> texts_;
};

class StoreWriter : public StoreTest {
  protected:
    WriterOptions options(std::size_t rows_max = 5'000) {
        WriterOptions out;
        out.store.endpoint = store_.supervisor().endpoint();
        out.rows_max = rows_max;
        out.age_ms = 50;
        return out;
    }
    /// Rows, different ids, chunks that are not whole (row numbers must be 0 .. count-1).
    std::string census() {
        return ask(
            "SELECT sum(rows), sum(different), countIf(rows != last + 1) FROM (SELECT offset, "
            "count() AS rows, uniqExact(row) AS different, max(row) AS last FROM events "
            "GROUP BY offset)");
    }
    event::FieldDictionary fields_;
    base::StageCounters counters_;
};

std::uint32_t rows_of(std::uint64_t offset) { return offset % 7 == 0 ? 0 : 1 + offset * 37 % 900; }

TEST_F(StoreWriter, puts_every_chunk_in_once_and_says_how_far_it_is) {
    std::vector<std::uint64_t> told;
    WriterCallbacks callbacks;
    callbacks.complete_up_to = [&told](std::uint64_t offset) { told.push_back(offset); };
    EventWriter writer(options(), 0, callbacks, counters_);
    Feeder feeder(fields_);
    std::uint64_t rows = 0;
    for (std::uint64_t offset = 1; offset <= 100; ++offset) {
        feeder.feed(writer, offset, rows_of(offset), 256);
        rows += rows_of(offset);
    }
    ASSERT_TRUE(writer.flush());
    EXPECT_EQ(writer.complete_up_to(), 100u);
    ASSERT_FALSE(told.empty());
    EXPECT_EQ(told.back(), 100u);
    EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
    EXPECT_EQ(census(), std::to_string(rows) + "\t" + std::to_string(rows) + "\t0\n");
    EXPECT_EQ(counters_.sent.load(), rows);
}

TEST_F(StoreWriter, doing_a_range_again_changes_nothing) {
    Feeder feeder(fields_);
    std::uint64_t rows = 0;
    for (int pass = 0; pass < 3; ++pass) {
        // The mark is lost, in the last pass it is half of the way.
        EventWriter writer(options(1'000), pass == 2 ? 15 : 0, {}, counters_);
        for (std::uint64_t offset = 1; offset <= 30; ++offset) {
            feeder.feed(writer, offset, rows_of(offset), pass == 1 ? 1 : 4'096);
            if (pass == 0) rows += rows_of(offset);
        }
        ASSERT_TRUE(writer.flush());
        EXPECT_EQ(writer.complete_up_to(), 30u);
    }
    EXPECT_EQ(census(), std::to_string(rows) + "\t" + std::to_string(rows) + "\t0\n");
}

TEST_F(StoreWriter, writes_what_waits_when_nothing_more_comes) {
    EventWriter writer(options(), 0, {}, counters_);
    Feeder feeder(fields_);
    feeder.feed(writer, 1, 10, 100);
    for (int i = 0; i < 200 && writer.complete_up_to() == 0; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    EXPECT_EQ(writer.complete_up_to(), 1u);
    feeder.feed(writer, 2, 0, 100);
    EXPECT_EQ(writer.complete_up_to(), 2u) << "a chunk without rows is complete at once";
}

TEST_F(StoreWriter, an_insert_holds_one_arrival_day) {
    EventWriter writer(options(100'000), 0, {}, counters_);
    Feeder feeder(fields_);
    for (std::uint64_t offset = 1; offset <= 40; ++offset) {
        feeder.feed(writer, offset, 5, 3,
                    kArrival + static_cast<std::int64_t>(offset / 4) * base::kNsPerDay);
    }
    ASSERT_TRUE(writer.flush());
    EXPECT_EQ(ask("SELECT uniqExact(arrival_day), count() FROM events"), "11\t200\n");
}

TEST_F(StoreWriter, a_row_that_the_store_refuses_is_handed_on_and_the_others_go_in) {
    Client client = store_.client();
    ASSERT_TRUE(client.execute("ALTER TABLE events ADD CONSTRAINT c CHECK NOT raw LIKE '%.13 %'"));
    ASSERT_TRUE(client.execute("DROP TABLE events_check"));
    ASSERT_TRUE(client.execute("CREATE TABLE events_check AS events ENGINE = Null"));
    std::mutex mutex;
    std::vector<RefusedRow> refused;
    WriterCallbacks callbacks;
    callbacks.refused = [&](RefusedRow row) {
        const std::lock_guard lock(mutex);
        refused.push_back(std::move(row));
    };
    EventWriter writer(options(), 0, callbacks, counters_);
    Feeder feeder(fields_);
    for (std::uint64_t offset = 1; offset <= 4; ++offset) feeder.feed(writer, offset, 20, 100);
    ASSERT_TRUE(writer.flush());
    EXPECT_EQ(writer.complete_up_to(), 4u);
    ASSERT_EQ(refused.size(), 4u);
    EXPECT_EQ(refused[0].id.row, 13u);
    EXPECT_TRUE(refused[0].raw.find(".13 ") != std::string::npos);
    EXPECT_EQ(exception_code(refused[0].why), 469) << refused[0].why.message();
    EXPECT_EQ(ask("SELECT count(), countIf(row = 13) FROM events"), "76\t0\n");
}

TEST_F(StoreWriter, a_chunk_that_only_the_real_table_refuses_is_given_up_whole) {
    Client client = store_.client();
    ASSERT_TRUE(client.execute("ALTER TABLE events ADD CONSTRAINT c CHECK NOT raw LIKE '2.13 %'"));
    std::atomic<int> refused_count{0};
    WriterCallbacks callbacks;
    callbacks.refused = [&](RefusedRow) { ++refused_count; };
    EventWriter writer(options(), 0, callbacks, counters_);
    Feeder feeder(fields_);
    for (std::uint64_t offset = 1; offset <= 4; ++offset) feeder.feed(writer, offset, 20, 100);
    ASSERT_TRUE(writer.flush());
    EXPECT_EQ(refused_count.load(), 20);
    EXPECT_EQ(ask("SELECT groupArray(DISTINCT offset), count() FROM events"), "[1,3,4]\t60\n");
}

TEST_F(StoreWriter, loses_and_doubles_nothing_when_the_child_is_killed_at_random) {
    std::atomic<std::uint64_t> mark{0};
    WriterCallbacks callbacks;
    callbacks.complete_up_to = [&mark](std::uint64_t offset) { mark = offset; };
    std::atomic<bool> is_over{false};
    std::atomic<int> kill_count{0};
    std::thread killer([&] {
        std::mt19937 random(42);
        while (!is_over && kill_count < 20) {
            std::this_thread::sleep_for(std::chrono::milliseconds(50 + random() % 700));
            if (store_.supervisor().state() != StoreState::ready || is_over) continue;
            const pid_t pid = store_.supervisor().child_pid();
            if (pid != 0 && ::kill(pid, SIGKILL) == 0) ++kill_count;
        }
    });
    Feeder feeder(fields_);
    std::uint64_t rows = 0;
    std::uint64_t offset = 1;
    // The writer goes down, too, every now and then, and starts again at a mark that may be old.
    for (int life = 0; life < 4; ++life) {
        const std::uint64_t begin = life % 2 == 0 ? mark.load() : mark.load() / 2;
        EventWriter writer(options(3'000), begin, callbacks, counters_);
        for (std::uint64_t again = begin + 1; again < offset; ++again) {
            feeder.feed(writer, again, rows_of(again), 512);
        }
        for (int i = 0; i < 150; ++i, ++offset) {
            feeder.feed(writer, offset, rows_of(offset), 512);
            rows += rows_of(offset);
        }
        if (life == 3) {
            ASSERT_TRUE(writer.flush());
        }
        writer.stop();
    }
    is_over = true;
    killer.join();
    EXPECT_EQ(mark.load(), offset - 1);
    EXPECT_GT(kill_count.load(), 3);
    Client client = store_.client();
    for (int i = 0; i < 500 && !client.ping(); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    EXPECT_EQ(census(), std::to_string(rows) + "\t" + std::to_string(rows) + "\t0\n")
        << "after " << kill_count << " kills";
}

TEST(CompletionLog, tells_the_longest_run_that_is_done) {
    CompletionLog log(10);
    EXPECT_EQ(log.complete_up_to(), 10u);
    log.chunk_ended(11);
    EXPECT_EQ(log.complete_up_to(), 11u);
    log.rows_wait();
    log.chunk_ended(12);
    EXPECT_EQ(log.complete_up_to(), 11u) << "12 waits in the open block";
    const auto first = log.seal(12);
    log.rows_wait();
    const auto second = log.seal(15);
    log.chunk_ended(16);
    log.finished(second);
    EXPECT_EQ(log.complete_up_to(), 11u);
    log.finished(first);
    EXPECT_EQ(log.complete_up_to(), 16u);
    EXPECT_TRUE(log.is_all_done());
}

}  // namespace
}  // namespace vedette::store
