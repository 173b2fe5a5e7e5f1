// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/counters.h"
#include "engine/search_schedule.h"
#include "event/lookup_set.h"
#include "journal/journal.h"
#include "store/client.h"

namespace vedette::engine {

class FieldPromotion;
class StoreFeed;

struct SearchRunnerParts {
    store::ClientOptions store;
    const StoreFeed& feed;
    base::CounterRegistry& counters;
    std::function<std::shared_ptr<const event::LookupSet>()> lists;
    FieldPromotion& fields;
    /// Puts a control record into the journal and waits until it is durable.
    std::function<base::Result<void>(std::string payload)> journal;
};

/// Runs scheduled searches beside everything else: what is due is told by the pipeline with each
/// tick, what came of it goes into the journal, where the pipeline finds it. So a slow search holds
/// up nobody, and a replay, which reads the results, needs neither the store nor this.
///
/// A run waits until the store has everything up to the tick that made it due. One that the store
/// cannot answer now is tried again; one whose query is wrong, or asks too much, is journalled as
/// failed, counted and told in the log.
/// Threads: offer() from the pipeline's; one of its own.
class SearchRunner {
  public:
    explicit SearchRunner(SearchRunnerParts parts);
    ~SearchRunner();
    void start();
    void stop();

    /// What is due at a tick with this offset; replaces what was said before. Never waits.
    void offer(std::vector<DueSearch> due, journal::Offset tick);

  private:
    void run();
    bool take(DueSearch& due);
    void finish(const DueSearch& due);
    bool wait_until_stored(journal::Offset offset);

    SearchRunnerParts parts_;
    std::atomic<std::uint64_t>& runs_total_;
    std::atomic<std::uint64_t>& failed_total_;
    std::mutex mutex_;
    std::condition_variable has_news_;
    std::vector<DueSearch> due_;
    journal::Offset tick_ = 0;
    std::map<std::string, std::int64_t>
        done_to_ns_;  // journalled, maybe not yet seen by the schedule
    bool is_stopping_ = false;
    std::thread thread_;
};

}  // namespace vedette::engine
