// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace vedette::base {

/// The only way work passes between threads: first in, first out, never more than `capacity` items,
/// so that a slow stage slows the one before it instead of filling memory.
template <typename T>
class BoundedQueue {
  public:
    explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

    /// Waits for room. False once the queue is closed; the item is then dropped.
    bool push(T item) {
        std::unique_lock lock(mutex_);
        has_room_.wait(lock, [&] { return is_closed_ || items_.size() < capacity_; });
        if (is_closed_) return false;
        items_.push_back(std::move(item));
        has_items_.notify_one();
        return true;
    }

    /// Never waits. False when full or closed; `item` is then untouched.
    bool try_push(T& item) {
        const std::lock_guard lock(mutex_);
        if (is_closed_ || items_.size() >= capacity_) return false;
        items_.push_back(std::move(item));
        has_items_.notify_one();
        return true;
    }

    /// Waits for an item up to `timeout`. Nothing on time-out, or when closed and empty.
    std::optional<T> pop(std::chrono::milliseconds timeout) {
        std::unique_lock lock(mutex_);
        has_items_.wait_for(lock, timeout, [&] { return is_closed_ || !items_.empty(); });
        if (items_.empty()) return std::nullopt;
        std::optional<T> item(std::move(items_.front()));
        items_.pop_front();
        has_room_.notify_one();
        return item;
    }

    /// Wakes everybody; what is inside can still be popped.
    void close() {
        const std::lock_guard lock(mutex_);
        is_closed_ = true;
        has_room_.notify_all();
        has_items_.notify_all();
    }

    bool is_closed() const {
        const std::lock_guard lock(mutex_);
        return is_closed_;
    }

    std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return items_.size();
    }

  private:
    const std::size_t capacity_;
    mutable std::mutex mutex_;
    std::condition_variable has_room_;
    std::condition_variable has_items_;
    std::deque<T> items_;
    bool is_closed_ = false;
};

}  // namespace vedette::base
