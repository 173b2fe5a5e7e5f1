// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "base/counters.h"
#include "base/result.h"
#include "store/block.h"
#include "store/client.h"

namespace vedette::store {

/// Tells threads that wait to give up.
class StopSignal {
  public:
    void raise();
    bool is_raised() const;
    /// Waits; true if it was raised meanwhile.
    bool wait_ms(int milliseconds);

  private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool is_raised_ = false;
};

/// A row that the store refuses for what is in it. The record as it came is worth keeping
/// elsewhere.
struct RefusedRow {
    event::EventId id;
    std::string raw;
    base::Error why;
};

/// Puts one block after the other into the store, each exactly once.
///
/// An insert that fails for want of the store is tried again for ever. Before that the store is
/// asked whether it is there after all: one insert is whole or not, so its first row speaks for it.
/// The first sending may also still be running (after a time-out): then the token, which is the
/// same for the same rows, makes the engine drop the second. An insert that is refused for its rows
/// is tried on a table that keeps nothing, by halves, until the bad rows are known; they are handed
/// to `refused` and the others go in as one insert. If the rows pass there and only the real table
/// refuses, whole chunks are tried one by one, because rows of one chunk must never be in two
/// inserts. Threads: one at a time; the callback may be called by several inserters at once.
class Inserter {
  public:
    using Refused = std::function<void(RefusedRow)>;
    Inserter(ClientOptions store, std::uint16_t node, Refused refused,
             base::StageCounters& counters, StopSignal& stop)
        : client_(std::move(store)),
          node_(node),
          refused_(std::move(refused)),
          counters_(counters),
          stop_(stop) {}

    /// Whether the index of words is built with the insert, or left to the merges.
    enum class Words { indexed_at_once, indexed_by_merges };

    /// Returns when the block is durable or its bad rows were handed on; false if stopped before.
    bool insert(const Block& block, Words words);

  private:
    enum class Outcome { done, refused, stopped };
    /// Sends until it is in, refused, or we are stopped. `last_error_` tells why it was refused.
    Outcome send(std::string_view table, const Block& block);
    base::Result<bool> is_there(const Block& block);
    bool leave_out_bad_rows(const Block& block);
    bool insert_chunk_by_chunk(const Block& block);
    /// Marks the bad rows among [first, last).
    Outcome find_bad_rows(const Block& block, std::size_t first, std::size_t last,
                          std::vector<base::Error>& errors, std::vector<bool>& is_bad);
    void give_up(const Block& block, std::size_t row, const base::Error& why);
    bool pause(int& pause_ms);

    Client client_;
    std::uint16_t node_;
    Refused refused_;
    base::StageCounters& counters_;
    StopSignal& stop_;
    base::Error last_error_;
    Words words_ = Words::indexed_at_once;
};

}  // namespace vedette::store
