// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/counters.h"
#include "base/files.h"
#include "base/time.h"
#include "engine/intel/kept_indicators.h"
#include "store/client.h"

namespace vedette::engine::intel {

struct HunterParts {
    base::Files& files;
    const base::Clock& clock;
    base::CounterRegistry& counters;
    KeptIndicators& kept;
    store::ClientOptions store;
    std::string data_folder;
    int history_days = 30;
    std::function<journal::Offset()> stored_to;
    std::function<base::Result<journal::Offset>(std::string payload)> journal;
};

/// Holds what is new in each feed against the history, by itself, beside everything else.
///
/// Of each feed it remembers the version that was hunted for last (a file, written when the results
/// are durable); what the version in force has beyond it is new. So each indicator is looked for
/// once, a start that was cut off goes on, and a hunt that is done twice finds the same: its
/// findings have ids that say what they are about. Results are journalled and come into the state
/// through the pipeline, as those of scheduled searches do.
/// A hunt waits until the store has everything of before the indicators came into force.
/// Threads: one of its own; notify and wanted from any.
class Hunter {
  public:
    explicit Hunter(HunterParts parts);
    ~Hunter();
    /// Does what a run before left undone.
    void start();
    void ask_to_stop();
    /// Waits for a question to the store that is being answered: stop the store first.
    void stop();
    /// A set came into force.
    void notify();
    /// Versions of feeds that are compared with.
    std::vector<std::string> wanted() const;

  private:
    void run();
    base::Result<void> finish();
    bool wait_until_stored(journal::Offset offset);
    base::Result<KeptIndicators::Index> fresh(const std::vector<KeptIndicators::Member>& members);
    base::Result<std::map<std::string, std::string>> hunted() const;
    base::Result<void> note(const std::vector<KeptIndicators::Member>& members);

    HunterParts parts_;
    std::atomic<std::uint64_t>& hunts_total_;
    std::atomic<std::uint64_t>& failed_total_;
    mutable std::mutex mutex_;
    std::condition_variable has_news_;
    bool has_news_now_ = false;
    bool is_stopping_ = false;
    std::thread thread_;
};

}  // namespace vedette::engine::intel
