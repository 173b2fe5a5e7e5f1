// SPDX-License-Identifier: Apache-2.0
#include "store/inserter.h"

#include <algorithm>

#include "base/log.h"
#include "store/limits.h"
#include "store/schema.h"

namespace vedette::store {

void StopSignal::raise() {
    const std::lock_guard lock(mutex_);
    is_raised_ = true;
    changed_.notify_all();
}

bool StopSignal::is_raised() const {
    const std::lock_guard lock(mutex_);
    return is_raised_;
}

bool StopSignal::wait_ms(int milliseconds) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::milliseconds(milliseconds),
                             [this] { return is_raised_; });
}

namespace {

/// The same rows give the same token, other rows another one.
std::string token_of(const Block& block, std::uint16_t node) {
    const event::EventId first = block.id(0);
    const event::EventId last = block.id(block.row_count() - 1);
    return std::to_string(node) + ":" + std::to_string(first.offset) + "." +
           std::to_string(first.row) + "-" + std::to_string(last.offset) + "." +
           std::to_string(last.row) + ":" + std::to_string(block.row_count());
}

}  // namespace

bool Inserter::pause(int& pause_ms) {
    if (stop_.wait_ms(pause_ms)) return false;
    pause_ms = std::min(pause_ms * 2, kRetryPauseMsMax);
    return true;
}

base::Result<bool> Inserter::is_there(const Block& block) {
    const event::EventId first = block.id(0);
    VD_TRY(const std::string answer,
           client_.query("SELECT count() FROM events WHERE node = {node:UInt16} AND "
                         "offset = {offset:UInt64} AND row = {row:UInt32}",
                         {{"node", std::to_string(node_)},
                          {"offset", std::to_string(first.offset)},
                          {"row", std::to_string(first.row)}}));
    return !answer.starts_with('0');
}

Inserter::Outcome Inserter::send(std::string_view table, const Block& block) {
    const NativeBytes bytes = block.native();
    const bool is_kept = table == kEventsTable;
    // Merges build the index of words anyway: built for each insert as well it is a third of the
    // engine's work. Without it a search for a word reads 200,000 rows a second.
    Values settings = {
        {"async_insert", "0"},
        {"materialize_skip_indexes_on_insert", words_ == Words::indexed_at_once ? "1" : "0"}};
    if (is_kept) settings.emplace_back("insert_deduplication_token", token_of(block, node_));
    int pause_ms = kRetryPauseMsMin;
    int broken_count = 0;
    for (bool is_first = true;; is_first = false) {
        if (!is_first) {
            if (!pause(pause_ms)) return Outcome::stopped;
            const auto known = is_kept ? is_there(block) : base::Result<bool>(false);
            if (!known) continue;  // the store is away; ask again
            if (*known) return Outcome::done;
            ++broken_count;
        }
        auto sent = client_.insert(table, "Native", bytes.parts, settings);
        if (sent) return Outcome::done;
        counters_.errors.fetch_add(1, std::memory_order_relaxed);
        last_error_ = std::move(sent).error();
        if (is_data_refusal(last_error_)) return Outcome::refused;
        // Rows that bring the engine down each time look like an engine that is down; it answered
        // the question before each sending.
        const bool is_broken = exception_code(last_error_) == 0;
        if (is_broken && broken_count >= kBrokenSendingsMax) return Outcome::refused;
        base::log::warn(
            "store.insert.retry",
            {{"rows", block.row_count()}, {"why", last_error_.message()}, {"pause_ms", pause_ms}});
    }
}

bool Inserter::insert(const Block& block, Words words) {
    if (block.row_count() == 0) return true;
    words_ = words;
    const Outcome outcome = send(kEventsTable, block);
    if (outcome == Outcome::refused) return leave_out_bad_rows(block);
    if (outcome == Outcome::done) {
        counters_.sent.fetch_add(block.row_count(), std::memory_order_relaxed);
    }
    return outcome == Outcome::done;
}

void Inserter::give_up(const Block& block, std::size_t row, const base::Error& why) {
    counters_.dropped.fetch_add(1, std::memory_order_relaxed);
    refused_({block.id(row), std::string(block.raw(row)), why});
}

Inserter::Outcome Inserter::find_bad_rows(const Block& block, std::size_t first, std::size_t last,
                                          std::vector<base::Error>& errors,
                                          std::vector<bool>& is_bad) {
    std::vector<bool> keep(block.row_count(), false);
    std::fill(keep.begin() + static_cast<std::ptrdiff_t>(first),
              keep.begin() + static_cast<std::ptrdiff_t>(last), true);
    const Outcome outcome = send(kEventsCheckTable, block.keep_rows(keep));
    if (outcome != Outcome::refused) return outcome;
    if (last - first == 1) {
        is_bad[first] = true;
        errors.push_back(last_error_);
        return Outcome::done;
    }
    const std::size_t middle = first + (last - first) / 2;
    if (find_bad_rows(block, first, middle, errors, is_bad) == Outcome::stopped) {
        return Outcome::stopped;
    }
    return find_bad_rows(block, middle, last, errors, is_bad);
}

bool Inserter::leave_out_bad_rows(const Block& block) {
    const base::Error refusal = last_error_;
    base::log::warn("store.insert.refused",
                    {{"rows", block.row_count()}, {"why", refusal.message()}});
    std::vector<bool> is_bad(block.row_count(), false);
    std::vector<base::Error> errors;  // of the bad rows in order
    const Outcome outcome = find_bad_rows(block, 0, block.row_count(), errors, is_bad);
    if (outcome == Outcome::stopped) return false;
    if (errors.empty()) {
        last_error_ = refusal;
        return insert_chunk_by_chunk(block);
    }
    std::size_t next_error = 0;
    for (std::size_t row = 0; row < is_bad.size(); ++row) {
        if (is_bad[row]) give_up(block, row, errors[next_error++]);
    }
    is_bad.flip();
    return insert(block.keep_rows(is_bad), words_);
}

bool Inserter::insert_chunk_by_chunk(const Block& block) {
    for (std::size_t first = 0; first < block.row_count();) {
        const std::uint64_t offset = block.id(first).offset;
        std::size_t last = first;
        while (last < block.row_count() && block.id(last).offset == offset) ++last;
        std::vector<bool> keep(block.row_count(), false);
        std::fill(keep.begin() + static_cast<std::ptrdiff_t>(first),
                  keep.begin() + static_cast<std::ptrdiff_t>(last), true);
        const Outcome outcome = send(kEventsTable, block.keep_rows(keep));
        if (outcome == Outcome::stopped) return false;
        for (std::size_t row = first; row < last; ++row) {
            if (outcome == Outcome::refused) give_up(block, row, last_error_);
        }
        if (outcome == Outcome::done) {
            counters_.sent.fetch_add(last - first, std::memory_order_relaxed);
        }
        first = last;
    }
    return true;
}

}  // namespace vedette::store
