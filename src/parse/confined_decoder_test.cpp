// SPDX-License-Identifier: Apache-2.0
// The workers here are vedette-worker, which the build puts beside this program.
#include "parse/confined_decoder.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "event/framer.h"
#include "parse/parser.h"
#include "parse/row_dump.h"
#include "tests/support/children.h"

namespace vedette::parse {
namespace {

namespace fs = std::filesystem;

/// Ends the workers, as somebody else might.
void kill_workers() {
    for (const pid_t worker : tests::children_named("vedette-worker")) ::kill(worker, SIGKILL);
}

class ConfinedDecoderTest : public ::testing::Test {
  protected:
    ConfinedDecoderTest() { register_all(registry_); }

    /// The blocks of the cases of evtx, some good, some damaged: records of one chunk.
    std::shared_ptr<event::Chunk> chunk_of_cases() const {
        auto chunk = std::make_shared<event::Chunk>();
        for (const char* name : {"basic", "damaged", "template_in_itself", "basic"}) {
            std::ifstream in(fs::path(VEDETTE_SOURCE_DIR) / "src/parse/evtx/evtx.seeds" / name,
                             std::ios::binary);
            chunk->add_record(std::string(std::istreambuf_iterator<char>(in), {}));
        }
        chunk->envelope.source = "test";
        chunk->envelope.format = "evtx";
        chunk->envelope.arrival = {1'800'000'000'000'000'000};
        return chunk;
    }

    /// The rows as text; those of workers, if there are some.
    std::vector<std::string> rows_of(const std::shared_ptr<const event::Chunk>& chunk,
                                     sandbox::Pool* workers) const {
        event::FieldDictionary fields;
        Parser parser(registry_, fields, workers);
        event::Batch batch(fields);
        std::vector<std::string> rows;
        const auto dump = [&](event::Batch& full) {
            full.verify();
            for (std::uint32_t row = 0; row < full.row_count(); ++row) {
                rows.push_back(dump_row(full, row));
            }
        };
        parser.parse(chunk, 7, batch, 3, dump);
        parser.finish(batch);
        dump(batch);
        return rows;
    }

    Registry registry_;
};

TEST_F(ConfinedDecoderTest, workers_give_the_rows_that_the_decoder_gives_here) {
    sandbox::Pool workers;
    const auto chunk = chunk_of_cases();
    const auto rows = rows_of(chunk, nullptr);
    EXPECT_GT(rows.size(), 8u);
    EXPECT_EQ(rows_of(chunk, &workers), rows);
    auto single = std::make_shared<event::Chunk>();
    single->envelope = chunk->envelope;
    single->add_record(chunk->record(0));
    EXPECT_EQ(rows_of(single, &workers), rows_of(single, nullptr));
    EXPECT_EQ(workers.status().jobs, 2u) << "a job a chunk";
}

TEST_F(ConfinedDecoderTest, other_formats_see_no_worker) {
    sandbox::PoolOptions options;
    options.worker.program = "/nonexistent/vedette-worker";
    sandbox::Pool workers(options);
    auto chunk = std::make_shared<event::Chunk>();
    chunk->envelope.format = "json";
    chunk->add_record(R"({"a":1})");
    EXPECT_EQ(rows_of(chunk, &workers), rows_of(chunk, nullptr));
}

TEST_F(ConfinedDecoderTest, workers_that_are_killed_at_any_time_cost_no_row) {
    sandbox::Pool workers;
    const auto chunk = chunk_of_cases();
    const auto expected = rows_of(chunk, nullptr);
    // One kill a round, so that no record meets two of them: after the second its input is at
    // fault.
    for (int round = 0; round < 12; ++round) {
        std::thread killer([round] {
            std::this_thread::sleep_for(std::chrono::microseconds(round * 271 % 3'000));
            kill_workers();
        });
        EXPECT_EQ(rows_of(chunk, &workers), expected) << round;
        killer.join();
    }
    EXPECT_GT(workers.status().started, 4u) << "they were killed";
}

TEST_F(ConfinedDecoderTest, a_record_that_no_worker_survives_is_kept_with_the_reason_alone) {
    const auto chunk = chunk_of_cases();
    sandbox::PoolOptions options;
    options.worker.output_bytes_max = 2'500;  // "basic" makes more, the others less
    sandbox::Pool workers(options);
    const auto rows = rows_of(chunk, &workers);
    std::vector<std::string> expected;
    std::size_t unread = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].find("a record cannot be read: ") == std::string::npos) {
            expected.push_back(rows[i]);
        } else {
            ++unread;
            EXPECT_NE(rows[i].find("not_decoded"), std::string::npos) << rows[i];
            EXPECT_NE(rows[i].find("error.message"), std::string::npos) << rows[i];
        }
    }
    EXPECT_EQ(unread, 2u);
    EXPECT_GT(expected.size(), 2u);
    EXPECT_GE(workers.status().bursts, 3u) << "the chunk, then each of the two records";
}

TEST_F(ConfinedDecoderTest, without_a_worker_program_every_record_is_kept_with_the_reason) {
    sandbox::PoolOptions options;
    options.worker.program = "/nonexistent/vedette-worker";
    sandbox::Pool workers(options);
    const auto chunk = chunk_of_cases();
    const auto rows = rows_of(chunk, &workers);
    EXPECT_EQ(rows.size(), chunk->record_count());
    for (const std::string& row : rows) {
        EXPECT_NE(row.find("not_decoded"), std::string::npos) << row;
    }
}

TEST_F(ConfinedDecoderTest, an_answer_that_breaks_off_keeps_what_came_and_the_record) {
    event::FieldDictionary fields;
    const auto chunk = chunk_of_cases();
    class Gather final : public sandbox::Output {
      public:
        base::Result<void> write(std::string_view bytes) override {
            text += bytes;
            return {};
        }
        std::string text;
    };
    Gather answer, again;
    RowWriter writer(fields, *chunk, answer);
    const auto decoder = registry_.find("evtx")->make(fields);
    for (std::size_t i = 0; i < chunk->record_count(); ++i) {
        writer.begin_record(i);
        decoder->decode(chunk->record(i), chunk->envelope, writer);
        ASSERT_TRUE(writer.end_record());
    }
    ASSERT_TRUE(writer.end());
    RowReader reader(fields);
    for (std::size_t size = 0; size < answer.text.size(); size += 101) {
        reader.begin(answer.text.substr(0, size));
        RowWriter sink(fields, *chunk, again);
        bool is_whole = true;
        for (std::size_t i = 0; i < chunk->record_count() && is_whole; ++i) {
            sink.begin_record(i);
            is_whole = reader.read_record(chunk->record(i), sink) == nullptr;
            sink.batch().verify();
            ASSERT_TRUE(sink.end_record());
        }
        EXPECT_FALSE(is_whole) << size;
    }
}

}  // namespace
}  // namespace vedette::parse
