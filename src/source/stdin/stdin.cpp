// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/files.h"
#include "base/log.h"
#include "source/framed_input.h"
#include "source/limits.h"
#include "source/registry.h"
#include "source/text_probe.h"

namespace vedette::source {

namespace stdin_source {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;

/// Lines that wait for more company; also how quickly stop() is noticed.
constexpr int kQuietMs = 100;
constexpr int kRetryMs = 50;
/// Chunks on their way to the journal.
constexpr std::size_t kInFlightMax = 8;

using SharedChunk = std::shared_ptr<const event::Chunk>;

/// Chunks on their way, and those the journal failed: a pipe cannot be read again. Shared with the
/// callbacks, which may outlive the source.
class InFlight {
  public:
    /// False if there are too many even after a while.
    bool enter() {
        std::unique_lock lock(mutex_);
        const bool has_room = changed_.wait_for(lock, std::chrono::milliseconds(kQuietMs),
                                                [&] { return count_ < kInFlightMax; });
        if (has_room) ++count_;
        return has_room;
    }
    void leave() {
        const std::lock_guard lock(mutex_);
        --count_;
        changed_.notify_all();
    }
    void refuse(SharedChunk chunk) {
        const std::lock_guard lock(mutex_);
        --count_;
        again_.push_back(std::move(chunk));
        changed_.notify_all();
    }
    SharedChunk take_refused() {
        const std::lock_guard lock(mutex_);
        if (again_.empty()) return nullptr;
        SharedChunk out = std::move(again_.front());
        again_.pop_front();
        return out;
    }
    bool is_empty() const {
        const std::lock_guard lock(mutex_);
        return count_ == 0 && again_.empty();
    }

  private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t count_ = 0;
    std::deque<SharedChunk> again_;
};

class StdinSource final : public Source {
  public:
    StdinSource(SourceContext context, const std::string& format)
        : context_(std::move(context)),
          counters_(context_.counters.stage("source " + context_.name)),
          input_(context_.formats, FramedInputStart{format}) {}
    ~StdinSource() override { stop(); }

    Result<void> start() override {
        fd_ = base::OwnedFd(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
        if (!fd_.is_open()) return base::fail_errno("cannot read", "standard input");
        thread_ = std::thread([this] { run(); });
        return {};
    }

    void stop() override {
        must_stop_ = true;
        if (thread_.joinable()) thread_.join();
    }

    bool is_finished() const override { return is_read_ && in_flight_->is_empty(); }

  private:
    void run() {
        std::string block(kReadBytes, '\0');
        while (!must_stop_) {
            pollfd wait{fd_.get(), POLLIN, 0};
            const int ready = ::poll(&wait, 1, kQuietMs);
            if (ready < 0 && errno != EINTR) break;
            if (ready <= 0) {
                if (!check(input_.settle())) break;
                give(true);
                continue;
            }
            const ssize_t got = ::read(fd_.get(), block.data(), block.size());
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) break;
            if (!take(std::string_view(block).substr(0, static_cast<std::size_t>(got)))) break;
        }
        finish();
        counters_.cpu_ns = base::thread_cpu_ns();
        is_read_ = !must_stop_;
    }

    bool take(std::string_view bytes) {
        while (!bytes.empty() && !must_stop_) {
            const auto taken = input_.feed(bytes);
            if (!taken) return check(tl::unexpected(taken.error()));
            bytes.remove_prefix(*taken);
            give(false);
        }
        return true;
    }

    void finish() {
        for (bool is_done = false; !is_done && !must_stop_;) {
            const auto done = input_.finish();
            if (!done) static_cast<void>(check(tl::unexpected(done.error())));
            is_done = !done || *done;
            give(true);
        }
        while (!in_flight_->is_empty() && !must_stop_) {
            give_refused();
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }

    bool check(const Result<void>& result) {
        if (!result) {
            base::log::error("stdin.unreadable", {{"reason", result.error().message()}});
            ++counters_.errors;
        }
        return result.has_value();
    }

    void give(bool also_partial) {
        give_refused();
        while (auto ready = input_.take(also_partial)) {
            ready->chunk.envelope.source = context_.name;
            ready->chunk.envelope.origin = "-";
            ready->chunk.envelope.arrival = context_.clock.now();
            counters_.received += ready->chunk.record_count();
            counters_.bytes += ready->chunk.bytes.size();
            if (!offer(std::make_shared<const event::Chunk>(std::move(ready->chunk)))) return;
        }
    }

    void give_refused() {
        while (const SharedChunk chunk = in_flight_->take_refused()) {
            ++counters_.errors;
            if (!offer(chunk)) return;
        }
    }

    // Keeps offering until it is taken. False when told to stop.
    bool offer(const SharedChunk& chunk) {
        while (!in_flight_->enter()) {
            if (must_stop_) return false;
        }
        const auto on_fate = [box = in_flight_, chunk](Acceptance acceptance) {
            acceptance == Acceptance::durable ? box->leave() : box->refuse(chunk);
        };
        while (!context_.sink.offer(*chunk, on_fate)) {
            if (must_stop_) {
                in_flight_->leave();
                return false;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(kRetryMs));
        }
        counters_.sent += chunk->record_count();
        return true;
    }

    SourceContext context_;
    base::StageCounters& counters_;
    FramedInput input_;
    base::OwnedFd fd_;
    std::shared_ptr<InFlight> in_flight_ = std::make_shared<InFlight>();
    std::atomic<bool> must_stop_{false}, is_read_{false};
    std::thread thread_;
};

Result<std::unique_ptr<Source>> make_stdin(const SourceSettings& settings, SourceContext context) {
    const std::string format = settings.get("format").value_or("");
    if (!format.empty() && find_format(context.formats, format) == nullptr) {
        return fail(ErrorCode::bad_input, "there is no format named " + format, settings.where,
                    "`vedette formats` lists them");
    }
    return std::make_unique<StdinSource>(std::move(context), format);
}

}  // namespace
}  // namespace stdin_source

void register_stdin(Registry& registry);
void register_stdin(Registry& registry) {
    registry.add({"stdin", stdin_source::make_stdin, {"format"}});
}

}  // namespace vedette::source
