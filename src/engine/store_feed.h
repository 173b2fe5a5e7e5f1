// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "base/counters.h"
#include "engine/step.h"
#include "store/client.h"
#include "store/state/rows.h"
#include "store/writer.h"

namespace vedette::engine {

struct StoreFeedParts {
    journal::Journal& journal;
    const parse::Registry& formats;
    BatchPool& pool;
    sandbox::Pool& workers;  ///< decode what is risky to read
    KeptLists& lists;        ///< that rows are looked up in
    base::CounterRegistry& counters;
    store::ClientOptions client;
    std::uint16_t node;
    int writers;
    std::uint64_t insert_rows;
    int insert_age_ms;
};

/// Brings everything that is in the journal into the store, in order, each record once.
///
/// It takes the steps the pipeline has already decoded while it can keep up. What it has no room
/// for it drops and reads again from the journal by itself, so that a store that is slow, being
/// merged or dead never holds up judging. Threads: offer() from the pipeline's; one thread of its
/// own.
class StoreFeed {
  public:
    explicit StoreFeed(StoreFeedParts parts);
    ~StoreFeed();

    /// Goes on behind `stored_to`, which is known to be in the store.
    /// Errors: those of the store's schema.
    base::Result<void> start(journal::Offset stored_to);
    void stop();

    /// Takes a step over, or lets go of it. Never waits.
    void offer(Step step);

    /// Everything up to this offset is durably in the store.
    journal::Offset complete_to() const;

    /// Rows up to `offset` that the store refused for what is in them, once, in order of their ids.
    std::vector<store::InboxRow> take_refused(journal::Offset offset);

  private:
    void run();
    /// The next step in order: a waiting one, or one read from the journal.
    base::Result<std::optional<Step>> next_step(journal::Offset next);
    std::optional<Step> waiting_step(journal::Offset next, bool& must_read);
    void write(Step step);
    void keep_refused(const store::RefusedRow& row);

    StoreFeedParts parts_;
    base::StageCounters& stage_;
    StepReader reader_;
    std::unique_ptr<store::EventWriter> writer_;

    std::mutex mutex_;
    std::condition_variable has_steps_;
    std::deque<Step> waiting_;
    bool is_stopping_ = false;
    std::map<event::EventId, store::InboxRow> refused_;
    journal::Offset fed_to_ = 0;
    std::thread thread_;
};

}  // namespace vedette::engine
