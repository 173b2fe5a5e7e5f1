// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/counters.h"
#include "base/files.h"
#include "base/time.h"
#include "engine/intel/feed_state.h"
#include "engine/intel/intel_config.h"
#include "engine/intel/kept_indicators.h"

namespace vedette::engine::intel {

struct FeedsParts {
    base::Files& files;
    const base::Clock& clock;
    base::CounterRegistry& counters;
    KeptIndicators& kept;
    IntelConfig config;
    std::string data_folder;
    /// Puts a control record into the journal and waits until it is durable.
    std::function<base::Result<journal::Offset>(std::string payload)> journal;
    std::function<journal::Offset()> journal_first;
    /// Is told when a set has come into force.
    std::function<void()> in_force;
    /// Versions of feeds that somebody still compares with.
    std::function<std::vector<std::string>()> wanted;
};

/// How a feed stands, for people.
struct FeedStatus {
    std::string name, from, version, error, left_out;
    std::uint64_t indicators = 0, refused = 0, kept_out = 0;
    std::int64_t good_s = 0, tried_s = 0;
    std::uint64_t tries = 0;
    bool is_waiting = false;  ///< somebody asked, and it is not done yet
};

/// Gets feeds on their schedule, reads them, and puts what changed in force: kept as files, then
/// journalled. A feed that cannot be got or read, is broken off, or has suddenly nothing, a tenth
/// or a hundred times as much, stays as it was; status, log and counters tell.
///
/// When to look is the only thing here that knows the wall clock; what detectors see is the
/// journalled set. Threads: one of its own; all members from any.
class Feeds {
  public:
    explicit Feeds(FeedsParts parts);
    ~Feeds();
    void start();
    void stop();

    /// Looks at a feed now, at all if the name is empty; `accepts`: whatever its size.
    /// Returns at once.   Errors: not_found.
    base::Result<void> ask(const std::string& name, bool accepts);
    std::vector<FeedStatus> status() const;

  private:
    struct Feed {
        FeedConfig config;
        FeedState state;
        KeptIndicators::Feed set;
        FeedStatus status;
        int failures = 0;
        std::chrono::steady_clock::time_point due;
        bool is_asked = false, is_looked_at = false, accepts = false;
    };

    void run();
    base::Result<void> load();
    base::Result<void> keep_as_it_was(Feed& feed,
                                      const std::vector<KeptIndicators::Member>& members);
    base::Result<void> load_feed(Feed& feed, const std::vector<KeptIndicators::Member>& members);
    void look(Feed& feed);
    /// Whether there is something new at `path`, and what it is like then.
    base::Result<bool> get(Feed& feed, std::string& path, FeedState& next);
    base::Result<bool> fetch(Feed& feed, std::string& path, FeedState& next);
    base::Result<void> take(Feed& feed, const std::string& path, FeedState next, bool accepts);
    base::Result<void> put_in_force();
    base::Result<void> save(const Feed& feed);
    std::string file_of(const Feed& feed, std::string_view ending) const;
    std::string settings_hash(const FeedConfig& config) const;
    void tell(Feed& feed, const base::Result<void>& done);

    FeedsParts parts_;
    std::atomic<std::uint64_t>& pulls_total_;
    std::atomic<std::uint64_t>& failed_total_;
    std::atomic<std::uint64_t>& indicators_;
    rule::intel::WarningLists warnings_;
    mutable std::mutex mutex_;
    std::condition_variable has_work_;
    std::vector<Feed> feeds_;  // the thread's; status, is_asked and accepts under the mutex
    std::atomic<bool> is_stopping_{false};
    std::thread thread_;
};

}  // namespace vedette::engine::intel
