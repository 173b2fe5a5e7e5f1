// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "base/counters.h"
#include "base/time.h"
#include "engine/files/file_watch_config.h"
#include "engine/files/named_files.h"

namespace vedette::engine::files {

struct FileWatchParts {
    const base::Clock& clock;
    base::CounterRegistry& counters;
    event::FieldDictionary& fields;
    FileWatchConfig config;
    ThisMachine machine;
    /// Makes a control record durable.
    std::function<base::Result<void>(std::string payload)> journal;
};

/// Holds files of this machine that events name against the rules for files, beside everything
/// else.
///
/// The pipeline offers what it judges; files wait in a bounded queue, and what it has no room for
/// is dropped and counted. One thread opens them (safe_open.h), has them judged in the confined
/// worker, and journals what was found; the pipeline takes it from the journal into the state, at a
/// replay too. What waits is saved with the pipeline's checkpoints and goes on after a kill; a file
/// may be judged twice then, and is the same finding. A file is judged again only if it, or the
/// rules, changed. Does not promise: files of events older than kAgeMaxS when they were offered (a
/// rebuild, a long outage): they are others by now; to see a file that is gone before its turn.
/// Threads: offer, save, restore from the pipeline's; start and stop from one.
class FileWatch {
  public:
    explicit FileWatch(FileWatchParts parts);
    ~FileWatch();

    void offer(const event::Batch& batch, std::shared_ptr<const detect::FileJudge> judge);
    /// What judges files from here on; nullptr: nothing, and what waits waits.
    void use(std::shared_ptr<const detect::FileJudge> judge);
    /// What waits.
    std::string save() const;
    base::Result<void> restore(std::string_view bytes);

    void start();
    void stop();
    /// Nothing waits and nothing is looked at.
    bool is_idle() const;

  private:
    /// Which content a name stood for.
    struct Identity {
        std::uint64_t device = 0, inode = 0, size = 0;
        std::int64_t modified_ns = 0, changed_ns = 0;
        std::string rules;
        bool operator==(const Identity&) const = default;
    };

    void run();
    bool wait_for_turn(std::unique_lock<std::mutex>& lock);
    base::Result<void> look_at(const NamedFile& file, const detect::FileJudge& judge);
    bool is_known(const std::string& path, const Identity& identity);
    void remember(const std::string& path, Identity identity);

    FileWatchParts parts_;
    NamedFiles named_;
    std::atomic<std::uint64_t>&judged_, &matched_, &dropped_, &repeated_, &unreachable_, &refused_,
        &failed_, &old_, &waiting_gauge_;
    mutable std::mutex mutex_;
    std::condition_variable has_changed_;
    std::deque<NamedFile> waiting_;  // the first is being looked at while is_busy_
    std::unordered_set<std::string> waiting_paths_;
    std::shared_ptr<const detect::FileJudge> judge_;
    bool is_busy_ = false, is_stopping_ = false;
    // Of the thread alone.
    std::unordered_map<std::string, Identity> known_;
    std::deque<std::string> known_order_;
    std::thread thread_;
};

}  // namespace vedette::engine::files
