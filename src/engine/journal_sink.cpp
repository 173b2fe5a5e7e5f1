// SPDX-License-Identifier: Apache-2.0
#include "engine/journal_sink.h"

#include <chrono>
#include <future>
#include <memory>
#include <utility>

namespace vedette::engine {

using source::Acceptance;

base::Result<void> JournalSink::offer(event::Chunk chunk, std::function<void(Acceptance)> done) {
    const std::shared_lock offering(offering_);
    if (stamp_) stamp_(chunk.envelope);
    {
        const std::lock_guard lock(mutex_);
        chunk.envelope.enrichment = enrichment_;
    }
    // The window knows keys as their sender does, by their hashes; the journal as they are masked.
    std::vector<std::string> keys;
    if (mask_) {
        keys = chunk.keys;
        mask_(chunk);
    }
    std::string payload = event::encode(chunk);
    if (!mask_) keys = std::move(chunk.keys);
    // One lock over numbering and appending: completions must come in the order of the numbers.
    const std::lock_guard lock(mutex_);
    const std::uint64_t sequence = offered_ + 1;
    auto on_commit = [this, sequence, keys, done = std::move(done)](bool is_durable,
                                                                    journal::Offset offset) {
        complete(sequence, is_durable, offset, keys);
        done(is_durable ? Acceptance::durable : Acceptance::refused);
    };
    auto taken = journal_.append(journal::RecordKind::chunk, std::move(payload), on_commit);
    if (!taken) {
        forget_locked(keys);
        return taken;
    }
    offered_ = sequence;
    return {};
}

void JournalSink::forget_locked(const std::vector<std::string>& keys) {
    for (const std::string& key : keys) {
        if (key.empty()) continue;
        keys_.forget(key);
        in_flight_.erase(key);
    }
}

void JournalSink::complete(std::uint64_t sequence, bool is_durable, journal::Offset offset,
                           const std::vector<std::string>& keys) {
    std::vector<Waiter> ready;
    {
        const std::lock_guard lock(mutex_);
        completed_ = sequence;
        if (is_durable) {
            completed_offset_ = offset;
            for (const std::string& key : keys) in_flight_.erase(key);
        } else {
            forget_locked(keys);
            for (Waiter& waiter : waiters_) {
                if (sequence <= waiter.until) waiter.has_refusal = true;
            }
        }
        while (!waiters_.empty() && waiters_.front().until <= completed_) {
            ready.push_back(std::move(waiters_.front()));
            waiters_.pop_front();
        }
    }
    for (Waiter& waiter : ready) {
        waiter.done(waiter.has_refusal ? Acceptance::refused : Acceptance::durable);
    }
}

void JournalSink::set_enrichment(std::string name) {
    const std::lock_guard lock(mutex_);
    enrichment_ = std::move(name);
}

base::Result<void> JournalSink::wait_for_offered(int timeout_ms) {
    { const std::unique_lock until_all_are_appended(offering_); }
    auto done = std::make_shared<std::promise<void>>();
    auto future = done->get_future();
    when_durable([done](Acceptance) { done->set_value(); });
    if (future.wait_for(std::chrono::milliseconds(timeout_ms)) == std::future_status::ready) {
        return {};
    }
    return base::fail(base::ErrorCode::timeout, "the journal does not take its records");
}

std::vector<bool> JournalSink::seen(const std::vector<std::string>& keys) {
    const std::lock_guard lock(mutex_);
    std::vector<bool> known(keys.size(), false);
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (keys[i].empty()) continue;
        known[i] = !keys_.claim(keys[i]);
        if (!known[i]) in_flight_.insert(keys[i]);
    }
    return known;
}

void JournalSink::forget(const std::vector<std::string>& keys) {
    const std::lock_guard lock(mutex_);
    forget_locked(keys);
}

void JournalSink::when_durable(std::function<void(Acceptance)> done) {
    {
        const std::lock_guard lock(mutex_);
        if (completed_ < offered_) {
            waiters_.push_back({offered_, false, std::move(done)});
            return;
        }
    }
    done(Acceptance::durable);
}

base::Result<void> JournalSink::restore_keys(std::string_view snapshot) {
    const std::lock_guard lock(mutex_);
    return keys_.restore(snapshot);
}

void JournalSink::remember_keys(const std::vector<std::string>& keys, journal::Offset offset) {
    const std::lock_guard lock(mutex_);
    completed_offset_ = offset;
    for (const std::string& key : keys) {
        if (!key.empty()) static_cast<void>(keys_.claim(key));
    }
}

std::pair<journal::Offset, std::string> JournalSink::save_keys() const {
    const std::lock_guard lock(mutex_);
    if (in_flight_.empty()) return {completed_offset_, keys_.save()};
    KeyWindow durable = keys_;
    for (const std::string& key : in_flight_) durable.forget(key);
    return {completed_offset_, durable.save()};
}

}  // namespace vedette::engine
