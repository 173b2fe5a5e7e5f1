// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>

namespace vedette::store {

/// Knows up to which offset everything is durable while inserts finish in any order.
/// Threads: one at a time.
class CompletionLog {
  public:
    explicit CompletionLog(std::uint64_t mark = 0) : complete_(mark), last_chunk_(mark) {}

    /// A chunk, and with it every earlier one, has been handed over whole; chunks without rows too.
    void chunk_ended(std::uint64_t offset);
    /// Rows wait in a block that is still open: nothing past what is sealed may count as complete.
    void rows_wait() { has_open_rows_ = true; }
    /// The open block was closed and holds everything up to `last_offset`. Gives its number.
    std::uint64_t seal(std::uint64_t last_offset);
    /// A sealed block is durable.
    void finished(std::uint64_t number);

    /// Every chunk up to here is durable.
    std::uint64_t complete_up_to() const { return complete_; }
    bool is_all_done() const { return sealed_.empty() && !has_open_rows_; }

  private:
    struct Sealed {
        std::uint64_t last_offset;
        bool is_done;
    };
    void advance();

    std::uint64_t complete_;
    std::uint64_t last_chunk_;
    bool has_open_rows_ = false;
    std::uint64_t first_number_ = 0;
    std::deque<Sealed> sealed_;
};

}  // namespace vedette::store
