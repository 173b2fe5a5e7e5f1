// SPDX-License-Identifier: Apache-2.0
#include "engine/search_runner.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/log.h"
#include "base/thread_priority.h"
#include "engine/limits.h"
#include "engine/search_findings.h"
#include "engine/store_feed.h"

namespace vedette::engine {

namespace {

namespace log = base::log;

/// Asking again can help; all others are what the query is.
bool may_pass(const base::Error& error) {
    return error.code == base::ErrorCode::unavailable || error.code == base::ErrorCode::io ||
           error.code == base::ErrorCode::cancelled;
}

}  // namespace

SearchRunner::SearchRunner(SearchRunnerParts parts)
    : parts_(std::move(parts)),
      runs_total_(parts_.counters.number("vedette_search_runs_total")),
      failed_total_(parts_.counters.number("vedette_search_runs_failed_total")) {}

SearchRunner::~SearchRunner() { stop(); }

void SearchRunner::start() {
    thread_ = std::thread([this] {
        base::stand_behind_senders();
        run();
    });
}

void SearchRunner::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    has_news_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void SearchRunner::offer(std::vector<DueSearch> due, journal::Offset tick) {
    {
        const std::lock_guard lock(mutex_);
        due_ = std::move(due);
        tick_ = tick;
    }
    has_news_.notify_all();
}

/// The oldest due run that is not done yet.
bool SearchRunner::take(DueSearch& due) {
    std::erase_if(due_, [this](const DueSearch& one) {
        const auto done = done_to_ns_.find(one.search.name);
        return done != done_to_ns_.end() && one.to.unix_ns <= done->second;
    });
    const auto oldest = std::min_element(due_.begin(), due_.end(),
                                         [](const auto& a, const auto& b) { return a.to < b.to; });
    if (oldest == due_.end()) return false;
    due = *oldest;
    return true;
}

bool SearchRunner::wait_until_stored(journal::Offset offset) {
    std::unique_lock lock(mutex_);
    while (!is_stopping_ && parts_.feed.complete_to() < offset) {
        has_news_.wait_for(lock, std::chrono::milliseconds(kReadWaitMs));
    }
    return !is_stopping_;
}

void SearchRunner::run() {
    for (;;) {
        DueSearch due;
        journal::Offset tick = 0;
        {
            std::unique_lock lock(mutex_);
            has_news_.wait(lock, [&] { return is_stopping_ || take(due); });
            if (is_stopping_) return;
            tick = tick_;
        }
        if (!wait_until_stored(tick)) return;
        finish(due);
    }
}

void SearchRunner::finish(const DueSearch& due) {
    auto done = run_search(parts_.store, parts_.lists(), due, &parts_.fields);
    if (!done && !may_pass(done.error())) {
        failed_total_ += 1;
        log::error("searches.failed",
                   {{"search", due.search.name}, {"reason", done.error().message()}});
        done = SearchRun{due.search.name, due.to, due.skipped, 0, done.error().message(), {}};
    }
    base::Result<void> journalled;
    if (done) {
        journalled = parts_.journal(search_run_control(*done));
    } else {
        journalled = tl::unexpected(done.error());
    }
    std::unique_lock lock(mutex_);
    if (journalled) {
        runs_total_ += 1;
        done_to_ns_[due.search.name] = due.to.unix_ns;
        return;
    }
    log::warn("searches.tried_again",
              {{"search", due.search.name}, {"reason", journalled.error().message()}});
    has_news_.wait_for(lock, std::chrono::milliseconds(kSearchRetryMs),
                       [this] { return is_stopping_; });
}

}  // namespace vedette::engine
