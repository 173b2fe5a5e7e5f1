// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/time.h"
#include "source/source.h"

namespace vedette::tests {

/// A journal for tests of sources: keeps what it took, answers later from a thread of its own, and
/// can be told to have no room or to fail.
class FakeSink final : public source::ChunkSink {
  public:
    FakeSink() : thread_([this] { run(); }) {}
    ~FakeSink() override {
        {
            const std::lock_guard lock(mutex_);
            is_ending_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }

    /// Percent of offers that find no room, and of taken chunks that the journal then fails.
    void fail(int no_room_percent, int refused_percent) {
        const std::lock_guard lock(mutex_);
        no_room_percent_ = no_room_percent;
        refused_percent_ = refused_percent;
    }
    /// While held, nothing becomes durable.
    void hold(bool is_held) {
        const std::lock_guard lock(mutex_);
        is_held_ = is_held;
        changed_.notify_all();
    }
    /// The next n offers are taken, then there is no room until told again.
    void take_only(std::optional<int> n) {
        const std::lock_guard lock(mutex_);
        offers_left_ = n;
    }

    base::Result<void> offer(event::Chunk chunk,
                             std::function<void(source::Acceptance)> done) override {
        const std::lock_guard lock(mutex_);
        ++offers_;
        const bool is_over = offers_left_ && (*offers_left_)-- <= 0;
        if (is_over || is_drawn(no_room_percent_)) {
            for (const std::string& key : chunk.keys) keys_.erase(key);
            return base::fail(base::ErrorCode::limit, "no room");
        }
        waiting_.push_back({std::move(chunk), std::move(done)});
        ++offered_;
        changed_.notify_all();
        return {};
    }

    std::vector<bool> seen(const std::vector<std::string>& keys) override {
        const std::lock_guard lock(mutex_);
        std::vector<bool> out;
        for (const std::string& key : keys)
            out.push_back(!key.empty() && !keys_.insert(key).second);
        return out;
    }

    void forget(const std::vector<std::string>& keys) override {
        const std::lock_guard lock(mutex_);
        for (const std::string& key : keys) keys_.erase(key);
    }

    void when_durable(std::function<void(source::Acceptance)> done) override {
        {
            const std::lock_guard lock(mutex_);
            if (completed_ < offered_) {
                waiters_.push_back({offered_, false, std::move(done)});
                return;
            }
        }
        done(source::Acceptance::durable);
    }

    /// Copies of the durable chunks so far, in order.
    std::vector<event::Chunk> chunks() const {
        const std::lock_guard lock(mutex_);
        return durable_;
    }
    std::vector<std::string> records() const {
        std::vector<std::string> out;
        for (const event::Chunk& chunk : chunks()) {
            for (std::size_t i = 0; i < chunk.record_count(); ++i)
                out.emplace_back(chunk.record(i));
        }
        return out;
    }
    std::size_t record_count() const {
        const std::lock_guard lock(mutex_);
        std::size_t count = 0;
        for (const event::Chunk& chunk : durable_) count += chunk.record_count();
        return count;
    }
    std::size_t offers() const {
        const std::lock_guard lock(mutex_);
        return offers_;
    }
    bool is_known(const std::string& key) const {
        const std::lock_guard lock(mutex_);
        return keys_.count(key) > 0;
    }

  private:
    struct Waiting {
        event::Chunk chunk;
        std::function<void(source::Acceptance)> done;
    };
    struct Waiter {
        std::uint64_t until;
        bool has_refusal;
        std::function<void(source::Acceptance)> done;
    };

    bool is_drawn(int percent) { return static_cast<int>(random_() % 100) < percent; }

    void run() {
        std::unique_lock lock(mutex_);
        for (;;) {
            changed_.wait(lock, [&] { return is_ending_ || (!is_held_ && !waiting_.empty()); });
            if (is_ending_ && waiting_.empty()) return;
            Waiting next = std::move(waiting_.front());
            waiting_.pop_front();
            const bool is_refused = is_drawn(refused_percent_);
            complete(std::move(next), is_refused, lock);
        }
    }

    void complete(Waiting next, bool is_refused, std::unique_lock<std::mutex>& lock) {
        ++completed_;
        if (is_refused) {
            for (const std::string& key : next.chunk.keys) keys_.erase(key);
        } else {
            durable_.push_back(std::move(next.chunk));
        }
        std::vector<Waiter> ready;
        for (Waiter& waiter : waiters_) waiter.has_refusal |= is_refused;
        while (!waiters_.empty() && waiters_.front().until <= completed_) {
            ready.push_back(std::move(waiters_.front()));
            waiters_.pop_front();
        }
        lock.unlock();
        using source::Acceptance;
        next.done(is_refused ? Acceptance::refused : Acceptance::durable);
        for (Waiter& waiter : ready) {
            waiter.done(waiter.has_refusal ? Acceptance::refused : Acceptance::durable);
        }
        lock.lock();
    }

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Waiting> waiting_;
    std::deque<Waiter> waiters_;
    std::vector<event::Chunk> durable_;
    std::set<std::string> keys_;
    std::mt19937 random_{42};
    int no_room_percent_ = 0, refused_percent_ = 0;
    std::optional<int> offers_left_;
    std::uint64_t offered_ = 0, completed_ = 0;
    std::size_t offers_ = 0;
    bool is_held_ = false, is_ending_ = false;
    std::thread thread_;  // last, so that all it needs is there
};

/// Formats like the house's: "json" for lines that begin with '{', "text" for the rest.
inline event::FormatDeclarations fake_formats() {
    event::FormatDeclarations formats(2);
    formats[0].name = "json";
    formats[0].version = 3;
    formats[0].recognise = [](const std::vector<std::string_view>& records) {
        return !records.empty() && !records.front().empty() && records.front().front() == '{' ? 90
                                                                                              : 0;
    };
    formats[1].name = "text";
    formats[1].recognise = [](const std::vector<std::string_view>&) { return 1; };
    return formats;
}

/// All that a source wants around it.
struct FakeHouse {
    event::FormatDeclarations formats = fake_formats();
    base::SystemClock clock;
    base::CounterRegistry counters;
    FakeSink sink;  // last: what it has yet to answer may touch the others

    source::SourceContext context(std::string name,
                                  std::map<std::string, std::string> positions = {}) {
        return {std::move(name), sink, formats, clock, counters, std::move(positions)};
    }
};

/// Waits until `is_true` says so, for as long as a loaded machine may need.
inline bool wait_until(const std::function<bool()>& is_true, int patience_ms = 30'000) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
    while (std::chrono::steady_clock::now() < end) {
        if (is_true()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return is_true();
}

}  // namespace vedette::tests
