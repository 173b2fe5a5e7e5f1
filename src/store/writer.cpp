// SPDX-License-Identifier: Apache-2.0
#include "store/writer.h"

#include <algorithm>

#include "base/log.h"
#include "base/thread_priority.h"
#include "store/schema.h"

namespace vedette::store {

EventWriter::EventWriter(WriterOptions options, std::uint64_t mark, WriterCallbacks callbacks,
                         base::StageCounters& counters)
    : options_(std::move(options)),
      callbacks_(std::move(callbacks)),
      counters_(counters),
      queue_(1),
      asking_(options_.store),
      present_(options_.node, mark),
      mark_(mark),
      builder_(options_.node),
      last_ended_offset_(mark),
      completion_(mark) {
    for (std::size_t i = 0; i < options_.connections; ++i) {
        threads_.emplace_back([this] {
            base::stand_behind_senders();
            serve();
        });
    }
}

EventWriter::~EventWriter() { stop(); }

bool EventWriter::write(const event::Batch& batch) {
    const std::uint64_t cpu_begin = base::thread_cpu_ns();
    counters_.received.fetch_add(batch.row_count(), std::memory_order_relaxed);
    const auto rows = batch.rows();
    const std::lock_guard lock(gather_mutex_);
    // Runs of rows that go into the same block are added together: most chunks have few rows.
    std::size_t begin = 0;
    for (std::size_t at = 0; at < rows.size();) {
        const std::uint64_t offset = rows[at].id.offset;
        std::size_t end = at + 1;
        while (end < rows.size() && rows[end].id.offset == offset) ++end;
        bool is_there = false;
        if (!look_up(offset, is_there)) return false;
        const bool is_new_chunk = open_ == nullptr || offset != last_row_offset_;
        const std::int32_t day = rows[at].arrival.day();
        const bool must_close =
            !is_there && is_new_chunk && open_ != nullptr && (is_full() || day != open_->day());
        if (is_there || must_close) {
            if (!write_range(batch, begin, at)) return false;
            begin = is_there ? end : at;
        }
        if (must_close && !seal_and_push(offset - 1)) return false;
        if (!is_there) {
            if (open_ == nullptr) begin_block(rows[at].arrival);
            last_row_offset_ = offset;
        }
        at = end;
    }
    const bool is_taken = write_range(batch, begin, rows.size());
    counters_.cpu_ns.fetch_add(base::thread_cpu_ns() - cpu_begin, std::memory_order_relaxed);
    return is_taken;
}

bool EventWriter::write_range(const event::Batch& batch, std::size_t first, std::size_t last) {
    if (first == last) return !stop_.is_raised();
    builder_.add(batch, first, last);
    std::uint64_t bytes = 0;
    for (const event::Row& row : batch.rows().subspan(first, last - first)) bytes += row.raw.size();
    counters_.bytes.fetch_add(bytes, std::memory_order_relaxed);
    return !stop_.is_raised();
}

bool EventWriter::look_up(std::uint64_t offset, bool& is_there) {
    is_there = offset <= mark_;
    if (is_there) return true;
    if (offset != decided_offset_) {
        int pause_ms = kRetryPauseMsMin;
        for (;;) {
            const auto known = present_.contains(asking_, offset);
            if (known) {
                decided_is_there_ = *known;
                break;
            }
            base::log::warn("store.writer.wait", {{"why", known.error().message()}});
            if (stop_.wait_ms(pause_ms)) return false;
            pause_ms = std::min(pause_ms * 2, kRetryPauseMsMax);
        }
        decided_offset_ = offset;
    }
    is_there = decided_is_there_;
    return true;
}

bool EventWriter::is_full() const {
    return open_->row_count() >= options_.rows_max || open_->size_bytes() >= options_.bytes_max;
}

bool EventWriter::is_whole() const {
    return open_ != nullptr && open_->row_count() > 0 && last_ended_offset_ >= last_row_offset_;
}

void EventWriter::begin_block(base::Timestamp arrival) {
    open_ = take_block();
    builder_.begin(*open_, arrival.day());
    oldest_arrival_ = arrival;
    opened_at_ = std::chrono::steady_clock::now();
    const std::lock_guard lock(done_mutex_);
    completion_.rows_wait();
}

EventWriter::Sealed EventWriter::seal(std::uint64_t last_offset) {
    const std::lock_guard lock(done_mutex_);
    return {completion_.seal(last_offset), std::move(open_), oldest_arrival_};
}

bool EventWriter::seal_and_push(std::uint64_t last_offset) {
    auto sealed = std::make_unique<Sealed>(seal(last_offset));
    counters_.queue_depth.store(queue_.size() + 1, std::memory_order_relaxed);
    return queue_.push(std::move(sealed));
}

void EventWriter::chunk_ended(std::uint64_t offset) {
    const std::lock_guard lock(gather_mutex_);
    last_ended_offset_ = std::max(last_ended_offset_, offset);
    if (is_whole() && is_full()) {
        (void)seal_and_push(last_ended_offset_);  // false only after stop()
    }
    std::uint64_t complete = 0;
    {
        const std::lock_guard done_lock(done_mutex_);
        const std::uint64_t before = completion_.complete_up_to();
        completion_.chunk_ended(offset);
        complete = completion_.complete_up_to();
        if (complete == before) return;
        if (callbacks_.complete_up_to) callbacks_.complete_up_to(complete);
    }
}

bool EventWriter::take_old(Sealed& out) {
    const std::unique_lock lock(gather_mutex_, std::try_to_lock);
    if (!lock.owns_lock() || !is_whole()) return false;
    // While other inserts are on their way the store is the slow one: larger inserts help it more
    // than early ones help anybody.
    const int patience = in_flight_count_ > 0 ? kBusyPatience : 1;
    const auto age = std::chrono::steady_clock::now() - opened_at_;
    if (age < std::chrono::milliseconds(options_.age_ms * patience)) return false;
    out = seal(last_ended_offset_);
    return true;
}

bool EventWriter::flush() {
    {
        const std::lock_guard lock(gather_mutex_);
        if (is_whole() && !seal_and_push(last_ended_offset_)) return false;
    }
    std::unique_lock lock(done_mutex_);
    for (;;) {
        if (completion_.is_all_done()) return true;
        if (stop_.is_raised()) return false;
        done_changed_.wait_for(lock, std::chrono::milliseconds(kIdleLookMs));
    }
}

void EventWriter::stop() {
    stop_.raise();
    queue_.close();
    done_changed_.notify_all();
    for (std::thread& thread : threads_) {
        if (thread.joinable()) thread.join();
    }
}

std::uint64_t EventWriter::complete_up_to() const {
    const std::lock_guard lock(done_mutex_);
    return completion_.complete_up_to();
}

// While the store keeps up, words are found by index at once; one that lags catches up first. By
// the machine's clock, because it decides nothing but when the index is built.
bool EventWriter::is_late(base::Timestamp oldest_arrival) const {
    const auto behind_ns = base::SystemClock().now().unix_ns - oldest_arrival.unix_ns;
    return behind_ns > (options_.age_ms + kIndexedLagMsMax) * base::kNsPerMs;
}

void EventWriter::serve() {
    Inserter inserter(options_.store, options_.node, callbacks_.refused, counters_, stop_);
    while (!stop_.is_raised()) {
        const std::uint64_t cpu_begin = base::thread_cpu_ns();
        auto item = queue_.pop(std::chrono::milliseconds(kIdleLookMs));
        Sealed sealed;
        if (item) {
            sealed = std::move(**item);
            counters_.queue_depth.store(queue_.size(), std::memory_order_relaxed);
        } else if (!take_old(sealed)) {
            continue;
        }
        ++in_flight_count_;
        const bool is_in = inserter.insert(*sealed.block, is_late(sealed.oldest_arrival)
                                                              ? Inserter::Words::indexed_by_merges
                                                              : Inserter::Words::indexed_at_once);
        --in_flight_count_;
        if (!is_in) return;
        finish(std::move(sealed));
        counters_.cpu_ns.fetch_add(base::thread_cpu_ns() - cpu_begin, std::memory_order_relaxed);
    }
}

void EventWriter::finish(Sealed sealed) {
    sealed.block->clear();
    const std::lock_guard lock(done_mutex_);
    spare_.push_back(std::move(sealed.block));
    const std::uint64_t before = completion_.complete_up_to();
    completion_.finished(sealed.number);
    const std::uint64_t complete = completion_.complete_up_to();
    if (complete != before && callbacks_.complete_up_to) callbacks_.complete_up_to(complete);
    done_changed_.notify_all();
}

std::unique_ptr<Block> EventWriter::take_block() {
    const std::lock_guard lock(done_mutex_);
    if (spare_.empty()) return std::make_unique<Block>();
    auto block = std::move(spare_.back());
    spare_.pop_back();
    return block;
}

}  // namespace vedette::store
