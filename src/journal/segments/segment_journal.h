// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/counters.h"
#include "base/files.h"
#include "journal/journal.h"
#include "journal/limits.h"
#include "journal/segments/segment_reader.h"
#include "journal/segments/segment_rewrite.h"

namespace vedette::journal {

struct SegmentJournalOptions {
    std::string folder;
    std::uint64_t quota_bytes = kQuotaBytes;
    std::uint64_t segment_bytes = kSegmentBytes;
    /// Waits this long after the first record of a group for others to join. 0: commit at once;
    /// what arrives during an fsync forms the next group anyway.
    int group_wait_us = 0;
};

/// The journal as files of one folder, embedded in the process.
///
/// Records are appended by one thread of its own: it writes everything that waits, syncs once, then
/// says done to each. Offsets are given while writing, so a failed write leaves no gap. A write
/// that failed is cut off again; after a failed sync, which the kernel reports only once, nothing
/// of the group counts as written and a new segment is begun (docs/decisions/0006). On open, an
/// unfinished tail is cut off and kept beside as *.torn; damage in the middle is passed over by
/// reads, counted and named. Does not promise: that two processes may open the same folder (a lock
/// file refuses the second).
///
/// rewrite() is the one way in which what was written changes: a person's data must go. A segment
/// is written anew beside the old one, synced and renamed over it, so that after a kill it is the
/// old or the new one whole.
class SegmentJournal final : public Journal {
  public:
    /// Errors: corrupt if the folder is not a journal, denied or io from the disk, unavailable if
    /// another process has it open.
    static base::Result<std::unique_ptr<SegmentJournal>> open(base::Files& files,
                                                              SegmentJournalOptions options,
                                                              base::CounterRegistry& counters);
    ~SegmentJournal() override;

    base::Result<void> append(RecordKind kind, std::string payload, Done done) override;
    Offset durable_end() const override;
    Offset first() const override;
    base::Result<std::vector<Record>> read(Offset next, std::size_t bytes_max,
                                           int wait_ms) override;
    void release(Offset offset) override;
    std::uint64_t size_bytes() const override;
    std::uint64_t quota_bytes() const override { return options_.quota_bytes; }
    void close() override;

    /// Control records of segments that are gone, oldest first.
    base::Result<std::vector<Record>> control_log() const override;
    /// Damage met since opening, newest last, at most kDamageKept.
    std::vector<Damage> damage() const;

    /// What rewrite() did.
    struct Rewritten {
        std::uint64_t segments = 0, records = 0, damaged_bytes = 0;
    };
    /// Gives the chunks at `offsets` the payloads that `change` makes of them, at the same offsets;
    /// those that are gone with their segment are passed over. Doing it again changes nothing more
    /// if `change` gives nothing for what it has changed before. Appending and reading go on
    /// meanwhile; the open segment is closed first if one of the offsets lies in it. Damage in a
    /// segment that holds one of the offsets is left out of it, be the record at the offset itself.
    /// Errors: those of the disk and of `change`; segments done before stay done. unavailable while
    /// closing.
    /// Threads: one at a time.   Cost: every segment that holds one of the offsets is copied.
    base::Result<Rewritten> rewrite(const std::set<Offset>& offsets, const ChangeRecord& change);

    /// Says that offsets up to this one were given before, though their records are gone: what is
    /// appended next lies behind them, in a segment of its own. Before the first append.
    void continue_behind(Offset offset);

    /// Takes release() back for what lies at `offset` and behind it: somebody needs it once more.
    void keep_from(Offset offset);

    /// Removes what was cut off segments' ends after kills (*.torn). Returns how many files went.
    base::Result<std::uint64_t> remove_torn();

  private:
    struct Pending {
        RecordKind kind;
        std::string payload;
        Done done;
    };
    struct Segment {
        std::string path;
        Offset first = 0;
        std::uint64_t size_bytes = 0;
    };
    /// What a refused group left behind in a segment, still to be cut off.
    struct Cut {
        std::string path;
        std::uint64_t size_bytes = 0;
    };
    struct Cursor {
        Offset segment_first = 0;
        std::uint64_t position_bytes = 0;
    };

    SegmentJournal(base::Files& files, SegmentJournalOptions options,
                   base::CounterRegistry& counters);
    base::Result<void> take_lock();
    base::Result<void> recover();
    base::Result<void> cut_tail(Segment& segment, const WalkResult& walk);
    void run();
    void commit(std::vector<Pending> group);
    base::Result<void> write_group(std::string_view bytes, Offset first_offset);
    base::Result<void> roll(Offset first_offset);
    void plan_cut(std::uint64_t size_bytes);
    base::Result<void> finish_cut();
    base::Result<void> close_open_segment();
    base::Result<void> roll_if_used();
    base::Result<RewrittenSegment> rewrite_one(const Segment& segment, const ChangeRecord& change);
    void remove_released();
    base::Result<void> copy_controls(const Segment& segment);
    base::Result<std::vector<Record>> read_from(const Segment& segment, std::uint64_t segment_end,
                                                Offset next, Offset last, std::size_t bytes_max);
    void note_damage(const std::vector<Damage>& damage);

    base::Files& files_;
    const SegmentJournalOptions options_;
    base::CounterRegistry& counters_;
    base::StageCounters& stage_;
    base::OwnedFd lock_;

    /// Held shared while a segment's file is read, alone while one is removed or takes another's
    /// place. Taken before mutex_.
    mutable std::shared_mutex files_mutex_;
    mutable std::mutex mutex_;
    std::condition_variable has_work_;
    std::condition_variable has_records_;
    std::vector<Pending> pending_;
    std::uint64_t pending_bytes_ = 0;
    std::vector<std::shared_ptr<std::promise<base::Result<void>>>> roll_waiters_;
    bool is_closing_ = false;
    std::deque<Segment> segments_;
    Offset durable_end_ = 0;
    Offset released_ = 0;
    std::map<Offset, Cursor> cursors_;
    std::vector<std::string> spare_buffers_;  // working memory of readers
    std::vector<Damage> damage_;

    // Touched by the committing thread alone.
    std::unique_ptr<base::AppendFile> file_;
    std::optional<Cut> cut_;

    std::thread thread_;
};

inline constexpr std::size_t kDamageKept = 100;

}  // namespace vedette::journal
