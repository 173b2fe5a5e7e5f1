// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "source/source.h"

namespace vedette::source {

/// Held while keys are claimed and their chunks offered. Whoever then finds a key claimed knows
/// that its chunk was offered before, so that waiting for everything offered is waiting for that
/// record. One for the process, because all sources share the sink's keys.
std::mutex& claiming_mutex();

enum class Fate : std::uint8_t {
    not_taken,  ///< no room: never offered, or the offer was refused
    refused,    ///< taken, but the journal failed
    durable,
};

/// What became of one request's chunks. `earlier`: of what others had offered before, if asked for.
struct Fates {
    std::vector<Fate> chunks;
    Fate earlier = Fate::durable;
};

/// Offers the chunks of one request in order and tells once when the fate of all is known.
/// When the sink has no room the rest is not offered and its keys are forgotten.
class Delivery : public std::enable_shared_from_this<Delivery> {
  public:
    using Done = std::function<void(const Fates&)>;

    /// `done` is called exactly once, from whatever thread is last, after release().
    Delivery(ChunkSink& sink, Done done) : sink_(sink), done_(std::move(done)) {}

    /// Returns whether all were taken; what becomes of them is told by `done`.
    bool offer_all(std::vector<event::Chunk> chunks);
    /// Waits for everything offered before, too.
    void wait_for_earlier();
    /// The caller has let go of its locks: `done` may be called from now on.
    void release() { finish_one(); }

  private:
    void finish_one();

    ChunkSink& sink_;
    Done done_;
    Fates fates_;  // each element is written by one thread, before its finish_one()
    std::atomic<std::size_t> open_{1};
};

}  // namespace vedette::source
