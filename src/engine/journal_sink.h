// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "engine/key_window.h"
#include "journal/journal.h"
#include "source/source.h"

namespace vedette::engine {

/// Where all sources put chunks: gives each to the journal, remembers record keys, and tells the
/// source when its chunk is durable.
/// Threads: any.
class JournalSink final : public source::ChunkSink {
  public:
    /// Puts into an envelope what only the engine knows: the pinned name of its format, its clock.
    using Stamp = std::function<void(event::Envelope& envelope)>;

    /// Takes out of a chunk, keys included, what must not reach the disk.
    using Mask = std::function<void(event::Chunk& chunk)>;

    JournalSink(journal::Journal& journal, std::size_t remembered_keys, Stamp stamp = nullptr,
                Mask mask = nullptr)
        : journal_(journal),
          stamp_(std::move(stamp)),
          mask_(std::move(mask)),
          keys_(remembered_keys) {}

    base::Result<void> offer(event::Chunk chunk,
                             std::function<void(source::Acceptance)> done) override;
    std::vector<bool> seen(const std::vector<std::string>& keys) override;
    void forget(const std::vector<std::string>& keys) override;
    void when_durable(std::function<void(source::Acceptance)> done) override;

    /// From now on chunks name this as what their rows are enriched by; empty: nothing.
    void set_enrichment(std::string name);
    /// Returns once every chunk that got its names before this call is durable or refused: what
    /// comes from now on names only what is in force. Errors: timeout.
    base::Result<void> wait_for_offered(int timeout_ms);

    /// Puts back what a snapshot and the journal behind it know; before sources start.
    base::Result<void> restore_keys(std::string_view snapshot);
    void remember_keys(const std::vector<std::string>& keys, journal::Offset offset);
    /// The keys of chunks that are durable, and the offset up to which they are complete.
    std::pair<journal::Offset, std::string> save_keys() const;

  private:
    struct Waiter {
        std::uint64_t until = 0;  // sequence number of the last chunk it waits for
        bool has_refusal = false;
        std::function<void(source::Acceptance)> done;
    };

    void complete(std::uint64_t sequence, bool is_durable, journal::Offset offset,
                  const std::vector<std::string>& keys);
    void forget_locked(const std::vector<std::string>& keys);

    journal::Journal& journal_;
    const Stamp stamp_;
    const Mask mask_;
    /// Held shared from the naming of a chunk to its appending.
    std::shared_mutex offering_;
    mutable std::mutex mutex_;
    std::string enrichment_;
    KeyWindow keys_;
    // Claimed, but not durable yet: must not be in a snapshot, or a kill would lose their records.
    std::unordered_set<std::string> in_flight_;
    journal::Offset completed_offset_ = 0;
    std::uint64_t offered_ = 0;
    std::uint64_t completed_ = 0;  // the journal completes in order
    std::deque<Waiter> waiters_;
};

}  // namespace vedette::engine
