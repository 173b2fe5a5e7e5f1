// SPDX-License-Identifier: Apache-2.0
#include "sandbox/pool.h"

#include <algorithm>
#include <thread>

#include "base/log.h"

namespace vedette::sandbox {

using base::ErrorCode;
using base::Result;

Pool::Pool(PoolOptions options) : options_(std::move(options)) {
    if (options_.workers_max == 0) {
        options_.workers_max = std::max(1u, std::thread::hardware_concurrency());
    }
}

Result<Worker> Pool::take() {
    {
        std::unique_lock lock(mutex_);
        has_free_.wait(lock, [this] { return !idle_.empty() || busy_ < options_.workers_max; });
        ++busy_;
        if (!idle_.empty()) {
            Worker worker = std::move(idle_.back());
            idle_.pop_back();
            return worker;
        }
        ++status_.started;
    }
    auto worker = Worker::start(options_.worker);
    if (!worker) {
        const std::lock_guard lock(mutex_);
        --busy_;
        has_free_.notify_one();
    }
    return worker;
}

void Pool::give_back(Worker worker) {
    const bool is_kept = worker.is_usable() && worker.jobs_done() < kJobsPerWorkerMax;
    const std::lock_guard lock(mutex_);
    --busy_;
    if (is_kept) idle_.push_back(std::move(worker));
    has_free_.notify_one();
}

void Pool::count(const base::Error& error, bool is_usable) {
    const std::lock_guard lock(mutex_);
    if (is_usable) {
        ++status_.refused;
    } else if (error.code == ErrorCode::timeout) {
        ++status_.silent;
    } else if (error.code == ErrorCode::limit) {
        ++status_.bursts;
    } else if (error.code == ErrorCode::unavailable) {
        ++status_.died;
    }
}

Result<void> Pool::run_once(std::string_view job, const Input& input, const OutputSink& sink) {
    VD_TRY(Worker worker, take());
    auto done = worker.run(job, input, sink);
    if (!done) count(done.error(), worker.is_usable());
    give_back(std::move(worker));
    return done;
}

Result<void> Pool::run(std::string_view job, const Input& input, const OutputSink& sink) {
    {
        const std::lock_guard lock(mutex_);
        ++status_.jobs;
    }
    bool was_seen = false;
    const OutputSink watched = [&](std::string_view piece) {
        was_seen = true;
        return sink(piece);
    };
    auto done = run_once(job, input, watched);
    const bool has_died = !done && done.error().code == ErrorCode::unavailable;
    if (!has_died) return done;
    base::log::warn("sandbox.worker_died", {{"job", job}, {"how", done.error().text}});
    if (was_seen) return done;
    return run_once(job, input, watched);
}

Result<std::string> Pool::gather(std::string_view job, const Input& input) {
    {
        const std::lock_guard lock(mutex_);
        ++status_.jobs;
    }
    std::string out;
    const OutputSink sink = [&](std::string_view piece) -> Result<void> {
        if (out.size() + piece.size() > kGatheredBytesMax) {
            return base::fail(ErrorCode::limit, "more came out of it than memory is given for");
        }
        out += piece;
        return {};
    };
    for (int tries = 0;; ++tries) {
        out.clear();
        auto done = run_once(job, input, sink);
        if (done) return out;
        const bool has_died = done.error().code == ErrorCode::unavailable;
        if (has_died) {
            base::log::warn("sandbox.worker_died", {{"job", job}, {"how", done.error().text}});
        }
        if (!has_died || tries > 0) return tl::unexpected(std::move(done).error());
    }
}

PoolStatus Pool::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

}  // namespace vedette::sandbox
