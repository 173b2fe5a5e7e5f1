// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "source/file/content.h"
#include "source/file/followed.h"
#include "source/file/limits.h"
#include "source/file/path_patterns.h"
#include "source/source.h"

namespace vedette::source::file {

struct FollowerSettings {
    std::vector<std::string> paths;
    std::vector<std::string> exclude = {};
    std::string format = {};  ///< empty: recognised, file by file
    bool from_end = false;    ///< files there at the very first start: only what comes
    int quiet_ms = kQuietMs;
    int orphan_ms = kOrphanMs;
};

/// What the sink says later, from its threads. Shared with the callbacks, which may outlive the
/// source.
class FateBox {
  public:
    void put(const std::string& origin, Acceptance acceptance);
    std::vector<std::pair<std::string, Acceptance>> take();
    /// Waits for something to come, or for wake().
    void wait(std::chrono::milliseconds timeout);
    void wake();

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::pair<std::string, Acceptance>> fates_;
    bool is_woken_ = false;
};

/// Follows all files of one source: finds them, tells rotated from new ones, reads them in turn and
/// offers their records with positions from which a restart goes on exactly.
///
/// A content has one origin for its whole life: the path under which it was found first. Its bytes
/// are found again by inode (rotation by rename), or by content (a copy, compressed or not) once
/// its inode was truncated or is gone. Of each origin one chunk is on its way to the journal at a
/// time, so that no position can overtake a chunk that the journal refused. Threads: one.
class Follower {
  public:
    Follower(SourceContext context, FollowerSettings settings);

    /// Looks what is there now: new, renamed, grown, truncated, gone.
    void look();
    /// Reads and offers a little of every file that has something. False: nothing could be done.
    bool work();
    FateBox& fates() { return *fates_; }

    std::size_t file_count() const { return files_.size(); }
    std::size_t open_count() const { return open_.size(); }

  private:
    struct Origin {
        std::vector<Followed*> files;  // in order of their appearance
        std::int64_t since_ns = 0;     // first followed; files written before it are not missed
        bool was_loaded = false;       // known from an earlier life
        bool is_journalled = false;    // so that a later life will know it
        Followed* in_flight = nullptr;
        std::size_t in_flight_bytes = 0;
    };
    enum class Kind { new_file, copy, wait };
    /// A file that may be a copy in the making, which grows; a quiet one is waited for a while.
    struct Undecided {
        std::uint64_t size_bytes = 0;
        std::int64_t changed_ns = 0;
        SteadyTime quiet_since;
    };

    // follower_look.cpp: which file is which.
    void load_positions();
    void check_loaded(const std::map<FileIdentity, const Seen*>& present);
    void update_known(const std::map<FileIdentity, const Seen*>& present, SteadyTime now);
    void refresh(Followed& file, const Seen* seen, SteadyTime now);
    void adopt_orphans(const std::vector<Seen>& seen);
    void take_new(const std::vector<Seen>& seen, SteadyTime now);
    Kind classify(const Seen& seen, int fd, SteadyTime now);
    bool is_worth_reading(const Seen& seen, int fd);
    bool is_in_progress(const Followed& file) const;
    bool may_be_copy_of_unread(const Followed& file, const Seen& seen, int fd);
    const std::string& head_of_seen(const Seen& seen, int fd);
    ContentMatch compare(const Seen& seen, int fd, const FileState& wanted);
    bool may_adopt(const Followed& file, const Seen& seen) const;
    void forget_old(const std::map<FileIdentity, const Seen*>& present, SteadyTime now);
    const std::set<std::string>& relatives(const std::string& path) const;
    void follow_new(const Seen& seen, SteadyTime now);
    Followed& add(const std::string& origin, FileState state);
    void lose_content(Followed& file);
    void mark_orphan(Followed& file);
    void remove(Followed& file);
    void note_denied(const std::string& path);

    // follower.cpp: reading and offering.
    bool take_fates();
    bool turn(Followed& file, SteadyTime now);
    bool offer(Followed& file, SteadyTime now);
    void announce(Followed& file, SteadyTime now);
    bool send(Followed& file, event::Chunk chunk, FileState after, SteadyTime now);
    bool is_over(const Followed& file, SteadyTime now) const;
    std::string position_of(const Origin& origin, const Followed& file,
                            const FileState& after) const;
    void touch_open(Followed& file);
    void close_file(Followed& file);

    SourceContext context_;
    FollowerSettings settings_;
    PathPatterns patterns_;
    base::StageCounters& counters_;
    std::shared_ptr<FateBox> fates_ = std::make_shared<FateBox>();

    std::list<std::unique_ptr<Followed>> files_;
    std::map<std::string, Origin> origins_;
    std::map<std::string, std::set<std::string>> families_;  // origins by family_of
    std::map<FileIdentity, Followed*> by_identity_;          // whose bytes an inode holds now
    std::set<FileIdentity> copies_;                  // hold what another file gave or will give
    std::map<FileIdentity, base::Hash128> ignored_;  // rotated before we came, not asked for; heads
    std::map<FileIdentity, Undecided> undecided_;
    // First bytes, opened, as this look found them: of files not followed, and of followed ones.
    std::map<FileIdentity, std::string> seen_heads_;
    std::map<const Followed*, std::string> unread_heads_;
    std::set<std::string> denied_;
    std::list<Followed*> open_;  // least recently read first
    std::unordered_map<Followed*, std::list<Followed*>::iterator> open_places_;
    bool is_first_look_ = true;
    bool is_full_said_ = false;
    std::size_t in_flight_bytes_ = 0;
    SteadyTime retry_at_{};
};

}  // namespace vedette::source::file
