// SPDX-License-Identifier: Apache-2.0
#include "engine/store_feed.h"

#include <chrono>
#include <utility>

#include "base/log.h"
#include "base/thread_priority.h"
#include "engine/limits.h"
#include "store/schema.h"

namespace vedette::engine {

namespace {

namespace log = base::log;
constexpr int kRetryMs = 500;

void give_back(BatchPool& pool, Step& step) {
    for (StepItem& item : step.items) {
        auto* batch = std::get_if<std::unique_ptr<event::Batch>>(&item);
        if (batch != nullptr) pool.give_back(std::move(*batch));
    }
}

}  // namespace

StoreFeed::StoreFeed(StoreFeedParts parts)
    : parts_(std::move(parts)),
      stage_(parts_.counters.stage("store_feed")),
      reader_(parts_.journal, parts_.formats, parts_.pool, parts_.workers, parts_.lists,
              event::kBatchRowsMax) {}

StoreFeed::~StoreFeed() { stop(); }

base::Result<void> StoreFeed::start(journal::Offset stored_to) {
    // What a removed segment held was in the store before the segment was let go.
    fed_to_ = std::max(stored_to, parts_.journal.first() - 1);
    store::Client client(parts_.client);
    VD_TRY_DO(store::open_schema(client));
    store::WriterOptions options;
    options.store = parts_.client;
    options.node = parts_.node;
    options.connections = static_cast<std::size_t>(parts_.writers);
    options.rows_max = parts_.insert_rows;
    options.age_ms = parts_.insert_age_ms;
    store::WriterCallbacks callbacks;
    callbacks.complete_up_to = [](journal::Offset) {};
    callbacks.refused = [this](const store::RefusedRow& row) { keep_refused(row); };
    writer_ = std::make_unique<store::EventWriter>(options, fed_to_, callbacks,
                                                   parts_.counters.stage("store"));
    thread_ = std::thread([this] {
        base::stand_behind_senders();
        run();
    });
    return {};
}

void StoreFeed::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
        has_steps_.notify_all();
    }
    if (writer_) writer_->stop();
    if (thread_.joinable()) thread_.join();
}

void StoreFeed::offer(Step step) {
    {
        const std::lock_guard lock(mutex_);
        const bool has_room = waiting_.size() < kStepsWaitingMax && !is_stopping_;
        if (has_room && thread_.joinable()) {
            waiting_.push_back(std::move(step));
            stage_.queue_depth = waiting_.size();
            has_steps_.notify_all();
            return;
        }
    }
    give_back(parts_.pool, step);
}

journal::Offset StoreFeed::complete_to() const { return writer_ ? writer_->complete_up_to() : 0; }

void StoreFeed::keep_refused(const store::RefusedRow& row) {
    const std::lock_guard lock(mutex_);
    refused_[row.id] = {"store", row.id.offset, row.id.row, "", "", row.why.text, row.raw, 0};
}

std::vector<store::InboxRow> StoreFeed::take_refused(journal::Offset offset) {
    std::vector<store::InboxRow> rows;
    const std::lock_guard lock(mutex_);
    while (!refused_.empty() && refused_.begin()->first.offset <= offset) {
        rows.push_back(std::move(refused_.begin()->second));
        refused_.erase(refused_.begin());
    }
    return rows;
}

std::optional<Step> StoreFeed::waiting_step(journal::Offset next, bool& must_read) {
    std::unique_lock lock(mutex_);
    has_steps_.wait_for(lock, std::chrono::milliseconds(kReadWaitMs),
                        [&] { return is_stopping_ || !waiting_.empty(); });
    while (!waiting_.empty() && waiting_.front().to < next) {
        give_back(parts_.pool, waiting_.front());
        waiting_.pop_front();
    }
    stage_.queue_depth = waiting_.size();
    if (!waiting_.empty() && waiting_.front().from == next) {
        Step step = std::move(waiting_.front());
        waiting_.pop_front();
        return step;
    }
    // Either the pipeline is behind us (nothing waits, all is fed), or something was let go.
    must_read = true;
    return std::nullopt;
}

base::Result<std::optional<Step>> StoreFeed::next_step(journal::Offset next) {
    bool must_read = false;
    if (auto step = waiting_step(next, must_read)) return step;
    return reader_.read(next, kStepBytesMax, 0);
}

void StoreFeed::run() {
    for (;;) {
        {
            const std::lock_guard lock(mutex_);
            if (is_stopping_) return;
        }
        auto step = next_step(fed_to_ + 1);
        if (!step) {
            stage_.errors += 1;
            log::error("store_feed.cannot_read", {{"reason", step.error().message()}});
            std::this_thread::sleep_for(std::chrono::milliseconds(kRetryMs));
            continue;
        }
        if (step->has_value()) write(std::move(**step));
        stage_.cpu_ns = base::thread_cpu_ns();
    }
}

void StoreFeed::write(Step step) {
    stage_.received += step.rows;
    for (StepItem& item : step.items) {
        const auto* batch = std::get_if<std::unique_ptr<event::Batch>>(&item);
        if (batch == nullptr) continue;
        if (!writer_->write(**batch)) return;  // stopping: what is not stored is read again
    }
    writer_->chunk_ended(step.to);
    fed_to_ = step.to;
    stage_.sent += step.rows;
    give_back(parts_.pool, step);
}

}  // namespace vedette::engine
