// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/counters.h"
#include "base/queue.h"
#include "base/result.h"
#include "event/batch.h"
#include "store/block.h"
#include "store/client.h"
#include "store/completion.h"
#include "store/encoder.h"
#include "store/inserter.h"
#include "store/limits.h"
#include "store/present_offsets.h"

namespace vedette::store {

struct WriterOptions {
    ClientOptions store;
    std::uint16_t node = 0;
    std::size_t connections = 2;
    /// An insert is closed at the first chunk that begins past one of these.
    std::size_t rows_max = kInsertRowsMax;
    std::size_t bytes_max = kInsertBytesMax;
    /// How old gathered rows may get; kBusyPatience times that while other inserts are on their
    /// way.
    int age_ms = 1'000;
};

struct WriterCallbacks {
    /// Every chunk up to `offset` is durable in the store: commit it as the mark. Grows from call
    /// to call; called by one thread at a time.
    std::function<void(std::uint64_t offset)> complete_up_to;
    /// A row that the store will not have; called before its chunk counts as complete, and again if
    /// the process dies in between. By any of the writer's threads.
    std::function<void(RefusedRow)> refused;
};

/// Turns batches into large inserts, each chunk exactly once, whatever dies when.
///
/// Chunks come in the order of their offsets, each chunk's rows in order and in one or several
/// batches, then chunk_ended(). Rows are gathered into a block of one arrival day (that of the
/// chunk's first row), closed at a chunk's border when it is large or old enough, and put in by a
/// few threads with a connection each (see Inserter). A new insert is formed while others are on
/// their way. Doing a range again changes nothing: chunks up to the mark and chunks that are in the
/// store are passed over. Threads: write(), chunk_ended() and flush() from one; the others from
/// any. Has a thread for each connection.   Cost: memory of connections + 2 blocks of bytes_max.
class EventWriter {
  public:
    /// `mark`: every chunk up to here was complete when the last writer ended.
    EventWriter(WriterOptions options, std::uint64_t mark, WriterCallbacks callbacks,
                base::StageCounters& counters);
    ~EventWriter();
    EventWriter(const EventWriter&) = delete;
    EventWriter& operator=(const EventWriter&) = delete;

    /// Takes the rows of a batch, which may be cleared afterwards. Waits while too much is on its
    /// way, for ever if the store is away. False only after stop().
    bool write(const event::Batch& batch);
    /// Says that no more rows of this chunk follow, also when it had none.
    void chunk_ended(std::uint64_t offset);
    /// Closes what was gathered (whole chunks only) and waits until all of it is durable.
    /// False if stop() came first.
    bool flush();
    /// Gives up waiting; what is not durable is done again after the next start. Ends the threads.
    void stop();

    std::uint64_t complete_up_to() const;

  private:
    struct Sealed {
        std::uint64_t number = 0;
        std::unique_ptr<Block> block;
        base::Timestamp oldest_arrival = {};
    };

    bool write_range(const event::Batch& batch, std::size_t first, std::size_t last);
    /// Whether a chunk's rows are in the store already; waits until the store tells. False on
    /// stop().
    bool look_up(std::uint64_t offset, bool& is_there);
    bool is_full() const;
    bool is_whole() const;
    /// Closes the open block.
    Sealed seal(std::uint64_t last_offset);
    bool seal_and_push(std::uint64_t last_offset);
    void begin_block(base::Timestamp arrival);
    /// The open block, if it is whole and old; for threads that have nothing else to do.
    bool take_old(Sealed& out);

    bool is_late(base::Timestamp oldest_arrival) const;
    void serve();
    void finish(Sealed sealed);
    std::unique_ptr<Block> take_block();

    const WriterOptions options_;
    const WriterCallbacks callbacks_;
    base::StageCounters& counters_;
    StopSignal stop_;
    base::BoundedQueue<std::unique_ptr<Sealed>> queue_;

    // Gathering.
    std::mutex gather_mutex_;
    Client asking_;
    PresentOffsets present_;
    const std::uint64_t mark_;
    BlockBuilder builder_;
    std::unique_ptr<Block> open_;
    std::chrono::steady_clock::time_point opened_at_;
    base::Timestamp oldest_arrival_;       // in the open block
    std::uint64_t last_row_offset_ = 0;    // of the open block
    std::uint64_t last_ended_offset_ = 0;  // what chunk_ended() said last
    std::uint64_t decided_offset_ = 0;     // the chunk that was looked up last
    bool decided_is_there_ = false;

    // Completion; taken after gather_mutex_ where both are held.
    mutable std::mutex done_mutex_;
    std::condition_variable done_changed_;
    CompletionLog completion_;
    std::vector<std::unique_ptr<Block>> spare_;

    std::atomic<int> in_flight_count_{0};

    std::vector<std::thread> threads_;
};

}  // namespace vedette::store
