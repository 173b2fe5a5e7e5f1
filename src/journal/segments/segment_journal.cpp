// SPDX-License-Identifier: Apache-2.0
#include "journal/segments/segment_journal.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <utility>

#include "base/bytes.h"
#include "base/log.h"

namespace vedette::journal {

namespace {

namespace log = base::log;
using base::ErrorCode;

constexpr std::string_view kSegmentSuffix = ".seg";
constexpr std::string_view kNewSuffix = ".seg.new";  // a rewriting that was cut off
constexpr std::string_view kTornSuffix = ".seg.torn";
constexpr std::string_view kControlLogName = "control.log";
constexpr std::size_t kCursorsMax = 16;  // a pipeline, a store feed, a few exports
/// A reader's working memory that is kept: two blocks and a record of usual size.
constexpr std::size_t kSpareBufferBytesMax = 4u << 20;

std::string segment_name(Offset first) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%020llu.seg", static_cast<unsigned long long>(first));
    return buffer;
}

std::string segment_head(Offset first) {
    std::string head(kSegmentMagic);
    base::put(head, first);
    return head;
}

}  // namespace

SegmentJournal::SegmentJournal(base::Files& files, SegmentJournalOptions options,
                               base::CounterRegistry& counters)
    : files_(files),
      options_(std::move(options)),
      counters_(counters),
      stage_(counters.stage("journal")) {}

base::Result<std::unique_ptr<SegmentJournal>> SegmentJournal::open(
    base::Files& files, SegmentJournalOptions options, base::CounterRegistry& counters) {
    std::unique_ptr<SegmentJournal> journal(
        new SegmentJournal(files, std::move(options), counters));
    VD_TRY_DO(files.make_folders(journal->options_.folder));
    VD_TRY_DO(journal->take_lock());
    VD_TRY_DO(journal->recover());
    journal->thread_ = std::thread([raw = journal.get()] { raw->run(); });
    return journal;
}

SegmentJournal::~SegmentJournal() { close(); }

base::Result<void> SegmentJournal::take_lock() {
    const std::string path = options_.folder + "/lock";
    lock_ = base::OwnedFd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
    if (!lock_.is_open()) return base::fail_errno("cannot open the lock", path);
    if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
        return base::fail(ErrorCode::unavailable, "another process has this journal open", path,
                          "stop the other vedette, or give this one a data folder of its own");
    }
    return {};
}

base::Result<void> SegmentJournal::recover() {
    VD_TRY(const std::vector<std::string> names, files_.list(options_.folder));
    for (const std::string& name : names) {
        if (name.ends_with(kNewSuffix)) VD_TRY_DO(files_.remove(options_.folder + "/" + name));
        if (!name.ends_with(kSegmentSuffix)) continue;
        Segment segment;
        segment.path = options_.folder + "/" + name;
        segment.first = std::strtoull(name.c_str(), nullptr, 10);
        VD_TRY(segment.size_bytes, files_.size_bytes(segment.path));
        segments_.push_back(std::move(segment));
    }
    while (!segments_.empty()) {
        Segment& last = segments_.back();
        durable_end_ = last.first - 1;
        VD_TRY(const std::string head, files_.read(last.path, 0, kSegmentHeadBytes));
        if (head.size() < kSegmentHeadBytes) {
            // Killed while the segment was being made: nothing in it was ever acknowledged.
            VD_TRY_DO(files_.remove(last.path));
            segments_.pop_back();
            continue;
        }
        if (head != segment_head(last.first)) {
            return base::fail(ErrorCode::corrupt, "this is not a segment of ours", last.path,
                              "move the file away to go on without its records");
        }
        std::string buffer;
        VD_TRY(const WalkResult walk,
               walk_segment(files_, last.path, kSegmentHeadBytes, last.size_bytes, buffer,
                            [](const Decoded&, std::uint64_t) { return true; }));
        if (walk.last_offset != 0) durable_end_ = walk.last_offset;
        VD_TRY_DO(cut_tail(last, walk));
        note_damage(walk.damage);
        VD_TRY(file_, files_.open_append(last.path));
        return {};
    }
    return {};
}

base::Result<void> SegmentJournal::cut_tail(Segment& segment, const WalkResult& walk) {
    if (walk.damage.empty() || !walk.damage.back().is_tail) return {};
    VD_TRY(const std::string torn, files_.read(segment.path, walk.valid_end_bytes,
                                               segment.size_bytes - walk.valid_end_bytes));
    const std::string beside = segment.path + ".torn";
    const auto kept = files_.replace(beside, torn);
    log::warn("journal.torn_tail",
              {{"segment", segment.path},
               {"bytes", torn.size()},
               {"kept_as", kept ? beside : "nothing: " + kept.error().message()}});
    VD_TRY(auto file, files_.open_append(segment.path));
    VD_TRY_DO(file->truncate(walk.valid_end_bytes));
    VD_TRY_DO(file->sync());
    segment.size_bytes = walk.valid_end_bytes;
    return {};
}

void SegmentJournal::note_damage(const std::vector<Damage>& damage) {
    for (const Damage& place : damage) {
        if (place.is_tail) continue;  // a write that never finished: nobody was told it is there
        counters_.number("vedette_journal_damaged_bytes_total") += place.size_bytes;
        const bool is_known = std::any_of(damage_.begin(), damage_.end(), [&](const Damage& known) {
            return known.path == place.path && known.position_bytes == place.position_bytes;
        });
        if (is_known) continue;
        log::error("journal.damaged", {{"segment", place.path},
                                       {"position", place.position_bytes},
                                       {"bytes", place.size_bytes}});
        if (damage_.size() < kDamageKept) damage_.push_back(place);
    }
}

base::Result<void> SegmentJournal::append(RecordKind kind, std::string payload, Done done) {
    if (payload.size() > kRecordBytesMax) {
        return base::fail(ErrorCode::limit, "the record is larger than a journal record may be");
    }
    const std::lock_guard lock(mutex_);
    if (is_closing_) return base::fail(ErrorCode::unavailable, "the journal is closing");
    if (pending_bytes_ + payload.size() > kPendingBytesMax && pending_bytes_ > 0) {
        return base::fail(ErrorCode::unavailable, "the disk is slower than what comes in");
    }
    std::uint64_t total = pending_bytes_ + payload.size();
    for (const Segment& segment : segments_) total += segment.size_bytes;
    const bool can_free = segments_.size() > 1 && segments_[1].first - 1 <= released_;
    if (total > options_.quota_bytes && !can_free) {
        return base::fail(ErrorCode::limit, "the journal's quota is used up", options_.folder,
                          "raise journal.quota_mb, or see why its readers are behind");
    }
    stage_.received += 1;
    stage_.bytes += payload.size();
    pending_bytes_ += payload.size();
    pending_.push_back({kind, std::move(payload), std::move(done)});
    has_work_.notify_one();
    return {};
}

void SegmentJournal::run() {
    for (;;) {
        std::vector<Pending> group;
        decltype(roll_waiters_) rolls;
        {
            std::unique_lock lock(mutex_);
            has_work_.wait(
                lock, [&] { return is_closing_ || !pending_.empty() || !roll_waiters_.empty(); });
            rolls.swap(roll_waiters_);
            if (pending_.empty() && rolls.empty()) return;
            if (options_.group_wait_us > 0 && !is_closing_) {
                lock.unlock();
                std::this_thread::sleep_for(std::chrono::microseconds(options_.group_wait_us));
                lock.lock();
            }
            group.swap(pending_);
        }
        if (!group.empty()) commit(std::move(group));
        for (const auto& waiter : rolls) waiter->set_value(roll_if_used());
        stage_.cpu_ns = base::thread_cpu_ns();
    }
}

void SegmentJournal::commit(std::vector<Pending> group) {
    Offset first_offset = 0;
    {
        const std::lock_guard lock(mutex_);
        first_offset = durable_end_ + 1;
    }
    std::string bytes;
    std::uint64_t payload_bytes = 0;
    for (std::size_t i = 0; i < group.size(); ++i) {
        append_record(bytes, group[i].kind, first_offset + i, group[i].payload);
        payload_bytes += group[i].payload.size();
    }
    const base::Result<void> written = write_group(bytes, first_offset);
    {
        const std::lock_guard lock(mutex_);
        pending_bytes_ -= payload_bytes;
        if (written) {
            durable_end_ += group.size();
            segments_.back().size_bytes += bytes.size();
            has_records_.notify_all();
        }
    }
    if (written) {
        stage_.sent += group.size();
    } else {
        stage_.errors += 1;
        log::error("journal.write_failed", {{"reason", written.error().message()}});
    }
    for (std::size_t i = 0; i < group.size(); ++i) {
        if (group[i].done) group[i].done(written.has_value(), written ? first_offset + i : 0);
    }
    if (!written) {
        static_cast<void>(finish_cut());
        // A full disk does not empty faster when it is asked more often.
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    remove_released();
}

base::Result<void> SegmentJournal::write_group(std::string_view bytes, Offset first_offset) {
    std::uint64_t size_bytes = 0;
    bool has_segment = false;
    {
        const std::lock_guard lock(mutex_);
        has_segment = !segments_.empty();
        if (has_segment) size_bytes = segments_.back().size_bytes;
    }
    VD_TRY_DO(finish_cut());
    const bool is_full = has_segment && size_bytes > kSegmentHeadBytes &&
                         size_bytes + bytes.size() > options_.segment_bytes;
    if (!file_ || is_full) {
        VD_TRY_DO(roll(first_offset));
        size_bytes = kSegmentHeadBytes;
    }
    if (auto appended = file_->append(bytes); !appended) {
        plan_cut(size_bytes);
        return appended;
    }
    if (auto synced = file_->sync(); !synced) {
        // The kernel forgets the failure once told: what is in this file past size_bytes can not be
        // trusted any more, whatever a second sync would say.
        plan_cut(size_bytes);
        file_.reset();
        return synced;
    }
    return {};
}

void SegmentJournal::plan_cut(std::uint64_t size_bytes) {
    const std::lock_guard lock(mutex_);
    cut_ = Cut{segments_.back().path, size_bytes};
}

base::Result<void> SegmentJournal::finish_cut() {
    if (!cut_) return {};
    VD_TRY(auto file, files_.open_append(cut_->path));
    VD_TRY_DO(file->truncate(cut_->size_bytes));
    VD_TRY_DO(file->sync());
    cut_.reset();
    return {};
}

base::Result<void> SegmentJournal::roll(Offset first_offset) {
    Segment segment;
    segment.path = options_.folder + "/" + segment_name(first_offset);
    segment.first = first_offset;
    segment.size_bytes = kSegmentHeadBytes;
    // A segment of this name can only be the remains of a failed attempt: nothing in it counts.
    if (files_.size_bytes(segment.path)) VD_TRY_DO(files_.remove(segment.path));
    VD_TRY(auto file, files_.open_append(segment.path));
    const auto headed = file->append(segment_head(first_offset));
    auto listed = headed ? files_.sync_folder(options_.folder) : headed;
    if (!listed) {
        static_cast<void>(files_.remove(segment.path));
        return listed;
    }
    file_ = std::move(file);
    const std::lock_guard lock(mutex_);
    if (!segments_.empty() && segments_.back().first == first_offset) segments_.pop_back();
    segments_.push_back(std::move(segment));
    return {};
}

Offset SegmentJournal::durable_end() const {
    const std::lock_guard lock(mutex_);
    return durable_end_;
}

Offset SegmentJournal::first() const {
    const std::lock_guard lock(mutex_);
    return segments_.empty() ? durable_end_ + 1 : segments_.front().first;
}

base::Result<std::vector<Record>> SegmentJournal::read(Offset next, std::size_t bytes_max,
                                                       int wait_ms) {
    {
        std::unique_lock lock(mutex_);
        has_records_.wait_for(lock, std::chrono::milliseconds(wait_ms),
                              [&] { return is_closing_ || durable_end_ >= next; });
        if (durable_end_ < next) return std::vector<Record>{};
    }
    Segment segment;
    Offset last = 0;
    std::uint64_t segment_end = 0;
    std::shared_lock files_lock(files_mutex_);
    {
        const std::lock_guard lock(mutex_);
        if (segments_.empty() || next < segments_.front().first) {
            return base::fail(ErrorCode::not_found,
                              "record " + std::to_string(next) + " was already removed",
                              options_.folder);
        }
        auto found = std::upper_bound(
            segments_.begin(), segments_.end(), next,
            [](Offset wanted, const Segment& candidate) { return wanted < candidate.first; });
        const bool is_newest = found == segments_.end();
        --found;
        segment = *found;
        segment_end = segment.size_bytes;
        last = is_newest ? durable_end_ : std::next(found)->first - 1;
    }
    VD_TRY(auto records, read_from(segment, segment_end, next, last, bytes_max));
    files_lock.unlock();
    if (records.empty() && last < durable_end()) return read(last + 1, bytes_max, 0);
    return records;
}

base::Result<std::vector<Record>> SegmentJournal::read_from(const Segment& segment,
                                                            std::uint64_t segment_end, Offset next,
                                                            Offset last, std::size_t bytes_max) {
    std::uint64_t from_bytes = kSegmentHeadBytes;
    std::string buffer;
    {
        const std::lock_guard lock(mutex_);
        if (!spare_buffers_.empty()) {
            buffer = std::move(spare_buffers_.back());
            spare_buffers_.pop_back();
        }
        const auto cursor = cursors_.find(next);
        if (cursor != cursors_.end() && cursor->second.segment_first == segment.first) {
            from_bytes = cursor->second.position_bytes;
            cursors_.erase(cursor);
        }
    }
    std::vector<Record> records;
    std::size_t bytes = 0;
    const auto visit = [&](const Decoded& record, std::uint64_t) {
        if (record.offset < next) return true;
        const bool is_enough = !records.empty() && bytes + record.payload.size() > bytes_max;
        if (record.offset > last || is_enough) return false;
        bytes += record.payload.size();
        records.push_back({record.offset, record.kind, std::string(record.payload)});
        return true;
    };
    VD_TRY(const WalkResult walk,
           walk_segment(files_, segment.path, from_bytes, segment_end, buffer, visit));
    const std::lock_guard lock(mutex_);
    const bool is_worth_keeping = buffer.capacity() <= kSpareBufferBytesMax;
    if (is_worth_keeping && spare_buffers_.size() < kCursorsMax) {
        spare_buffers_.push_back(std::move(buffer));
    }
    note_damage(walk.damage);
    if (!records.empty()) {
        if (cursors_.size() >= kCursorsMax) cursors_.erase(cursors_.begin());
        cursors_[records.back().offset + 1] = {segment.first, walk.valid_end_bytes};
    }
    return records;
}

void SegmentJournal::release(Offset offset) {
    const std::lock_guard lock(mutex_);
    released_ = std::max(released_, offset);
}

void SegmentJournal::continue_behind(Offset offset) {
    const std::lock_guard lock(mutex_);
    if (offset <= durable_end_) return;
    durable_end_ = offset;
    file_.reset();
}

void SegmentJournal::keep_from(Offset offset) {
    const std::lock_guard lock(mutex_);
    released_ = std::min(released_, offset > 0 ? offset - 1 : 0);
}

void SegmentJournal::remove_released() {
    for (;;) {
        Segment oldest;
        {
            const std::lock_guard lock(mutex_);
            std::uint64_t total = pending_bytes_;
            for (const Segment& segment : segments_) total += segment.size_bytes;
            const bool is_over = total + options_.segment_bytes > options_.quota_bytes;
            if (!is_over || segments_.size() < 2 || segments_[1].first - 1 > released_) return;
            oldest = segments_.front();
        }
        auto removed = copy_controls(oldest);
        // Alone: a reader that has chosen this segment finds it to its end.
        const std::unique_lock files_lock(files_mutex_);
        if (removed) removed = files_.remove(oldest.path);
        if (!removed) {
            log::warn("journal.cannot_remove", {{"reason", removed.error().message()}});
            return;
        }
        const std::lock_guard lock(mutex_);
        segments_.pop_front();
    }
}

base::Result<void> SegmentJournal::roll_if_used() {
    Offset next = 0;
    {
        const std::lock_guard lock(mutex_);
        if (segments_.empty() || segments_.back().size_bytes <= kSegmentHeadBytes) return {};
        next = durable_end_ + 1;
    }
    VD_TRY_DO(finish_cut());
    return roll(next);
}

base::Result<void> SegmentJournal::close_open_segment() {
    auto waiter = std::make_shared<std::promise<base::Result<void>>>();
    auto rolled = waiter->get_future();
    {
        const std::lock_guard lock(mutex_);
        if (is_closing_) return base::fail(ErrorCode::unavailable, "the journal is closing");
        roll_waiters_.push_back(std::move(waiter));
        has_work_.notify_one();
    }
    return rolled.get();
}

base::Result<RewrittenSegment> SegmentJournal::rewrite_one(const Segment& segment,
                                                           const ChangeRecord& change) {
    const std::string new_path = segment.path + ".new";
    VD_TRY(const RewrittenSegment made, rewrite_segment(files_, segment.path, new_path,
                                                        segment.first, segment.size_bytes, change));
    if (made.changed == 0 && made.damaged_bytes == 0) return made;
    const std::unique_lock files_lock(files_mutex_);
    const std::lock_guard lock(mutex_);
    const auto listed = std::find_if(segments_.begin(), segments_.end(), [&](const Segment& other) {
        return other.first == segment.first;
    });
    if (listed == segments_.end()) {  // let go of meanwhile: so are its records
        VD_TRY_DO(files_.remove(new_path));
        return made;
    }
    VD_TRY_DO(files_.rename(new_path, segment.path));
    listed->size_bytes = made.size_bytes;
    std::erase_if(cursors_,
                  [&](const auto& entry) { return entry.second.segment_first == segment.first; });
    VD_TRY_DO(files_.sync_folder(options_.folder));
    return made;
}

base::Result<SegmentJournal::Rewritten> SegmentJournal::rewrite(const std::set<Offset>& offsets,
                                                                const ChangeRecord& change) {
    Rewritten total;
    if (offsets.empty()) return total;
    bool is_in_open = false;
    {
        const std::lock_guard lock(mutex_);
        is_in_open = !segments_.empty() && *offsets.rbegin() >= segments_.back().first;
    }
    if (is_in_open) VD_TRY_DO(close_open_segment());
    std::vector<Segment> holders;
    {
        const std::lock_guard lock(mutex_);
        for (std::size_t i = 0; i + 1 < segments_.size(); ++i) {
            const auto found = offsets.lower_bound(segments_[i].first);
            if (found != offsets.end() && *found < segments_[i + 1].first) {
                holders.push_back(segments_[i]);
            }
        }
    }
    const auto change_wanted = [&](Offset offset, std::string_view payload) {
        return offsets.contains(offset) ? change(offset, payload)
                                        : base::Result<std::optional<std::string>>(std::nullopt);
    };
    for (const Segment& segment : holders) {
        VD_TRY(const RewrittenSegment made, rewrite_one(segment, change_wanted));
        if (made.changed == 0 && made.damaged_bytes == 0) continue;
        total.segments += 1;
        total.records += made.changed;
        total.damaged_bytes += made.damaged_bytes;
        log::info("journal.rewritten", {{"segment", segment.path},
                                        {"records", made.changed},
                                        {"damaged_bytes_left_out", made.damaged_bytes}});
    }
    return total;
}

base::Result<std::uint64_t> SegmentJournal::remove_torn() {
    std::uint64_t count = 0;
    VD_TRY(const std::vector<std::string> names, files_.list(options_.folder));
    for (const std::string& name : names) {
        if (!name.ends_with(kTornSuffix)) continue;
        VD_TRY_DO(files_.remove(options_.folder + "/" + name));
        ++count;
    }
    if (count > 0) VD_TRY_DO(files_.sync_folder(options_.folder));
    return count;
}

base::Result<void> SegmentJournal::copy_controls(const Segment& segment) {
    std::string bytes;
    std::string buffer;
    VD_TRY_DO(walk_segment(files_, segment.path, kSegmentHeadBytes, segment.size_bytes, buffer,
                           [&](const Decoded& record, std::uint64_t) {
                               if (record.kind == RecordKind::control) {
                                   append_record(bytes, record.kind, record.offset, record.payload);
                               }
                               return true;
                           }));
    if (bytes.empty()) return {};
    VD_TRY(auto file, files_.open_append(options_.folder + "/" + std::string(kControlLogName)));
    VD_TRY_DO(file->append(bytes));
    return file->sync();
}

base::Result<std::vector<Record>> SegmentJournal::control_log() const {
    std::vector<Record> records;
    const std::string path = options_.folder + "/" + std::string(kControlLogName);
    const auto size = files_.size_bytes(path);
    if (!size) return records;
    // A kill between copying and removing copies a segment's records twice: offsets tell.
    std::string buffer;
    VD_TRY_DO(
        walk_segment(files_, path, 0, *size, buffer, [&](const Decoded& record, std::uint64_t) {
            if (records.empty() || record.offset > records.back().offset) {
                records.push_back({record.offset, record.kind, std::string(record.payload)});
            }
            return true;
        }));
    return records;
}

std::uint64_t SegmentJournal::size_bytes() const {
    const std::lock_guard lock(mutex_);
    std::uint64_t total = 0;
    for (const Segment& segment : segments_) total += segment.size_bytes;
    return total;
}

std::vector<Damage> SegmentJournal::damage() const {
    const std::lock_guard lock(mutex_);
    return damage_;
}

void SegmentJournal::close() {
    {
        const std::lock_guard lock(mutex_);
        is_closing_ = true;
        has_work_.notify_all();
        has_records_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
    if (auto cut = finish_cut(); !cut) {
        log::error("journal.refused_records_remain", {{"reason", cut.error().message()}});
    }
    lock_.reset();
}

}  // namespace vedette::journal
