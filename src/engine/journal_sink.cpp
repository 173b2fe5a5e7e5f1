// SPDX-License-Identifier: Apache-2.0
#include "engine/journal_sink.h"

#include <utility>

namespace vedette::engine {

using source::Acceptance;

base::Result<void> JournalSink::offer(event::Chunk chunk, std::function<void(Acceptance)> done) {
    std::string payload = event::encode(chunk);
    std::vector<std::string> keys = std::move(chunk.keys);
    // One lock over numbering and appending: completions must come in the order of the numbers.
    const std::lock_guard lock(mutex_);
    const std::uint64_t sequence = offered_ + 1;
    auto on_commit = [this, sequence, keys, done = std::move(done)](bool is_durable,
                                                                    journal::Offset) {
        complete(sequence, is_durable, keys);
        done(is_durable ? Acceptance::durable : Acceptance::refused);
    };
    auto taken = journal_.append(journal::RecordKind::chunk, std::move(payload), on_commit);
    if (!taken) {
        for (const std::string& key : keys) {
            if (!key.empty()) keys_.forget(key);
        }
        return taken;
    }
    offered_ = sequence;
    return {};
}

void JournalSink::complete(std::uint64_t sequence, bool is_durable,
                           const std::vector<std::string>& keys) {
    std::vector<Waiter> ready;
    {
        const std::lock_guard lock(mutex_);
        completed_ = sequence;
        if (!is_durable) {
            for (const std::string& key : keys) {
                if (!key.empty()) keys_.forget(key);
            }
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

std::vector<bool> JournalSink::seen(const std::vector<std::string>& keys) {
    const std::lock_guard lock(mutex_);
    std::vector<bool> known(keys.size(), false);
    for (std::size_t i = 0; i < keys.size(); ++i) {
        known[i] = !keys[i].empty() && !keys_.claim(keys[i]);
    }
    return known;
}

void JournalSink::forget(const std::vector<std::string>& keys) {
    const std::lock_guard lock(mutex_);
    for (const std::string& key : keys) keys_.forget(key);
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

void JournalSink::remember_keys(const std::vector<std::string>& keys) {
    const std::lock_guard lock(mutex_);
    for (const std::string& key : keys) {
        if (!key.empty()) static_cast<void>(keys_.claim(key));
    }
}

std::string JournalSink::save_keys() const {
    const std::lock_guard lock(mutex_);
    return keys_.save();
}

}  // namespace vedette::engine
