// SPDX-License-Identifier: Apache-2.0
#include "source/file/follower.h"

#include <algorithm>

#include "base/log.h"

namespace vedette::source::file {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

void FateBox::put(const std::string& origin, Acceptance acceptance) {
    const std::lock_guard lock(mutex_);
    fates_.emplace_back(origin, acceptance);
    changed_.notify_all();
}

std::vector<std::pair<std::string, Acceptance>> FateBox::take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(fates_, {});
}

void FateBox::wait(milliseconds timeout) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, timeout, [&] { return is_woken_ || !fates_.empty(); });
}

void FateBox::wake() {
    const std::lock_guard lock(mutex_);
    is_woken_ = true;
    changed_.notify_all();
}

Follower::Follower(SourceContext context, FollowerSettings settings)
    : context_(std::move(context)),
      settings_(std::move(settings)),
      patterns_(settings_.paths, settings_.exclude),
      counters_(context_.counters.stage("source " + context_.name)) {
    load_positions();
}

bool Follower::work() {
    bool has_moved = take_fates();
    const SteadyTime now = steady_clock::now();
    for (const auto& file : files_) {
        if (file->is_busy && turn(*file, now)) has_moved = true;
    }
    counters_.queue_depth = in_flight_bytes_;
    return has_moved;
}

bool Follower::take_fates() {
    const auto fates = fates_->take();
    for (const auto& [path, acceptance] : fates) {
        Origin& origin = origins_.at(path);
        Followed& file = *std::exchange(origin.in_flight, nullptr);
        in_flight_bytes_ -= std::exchange(origin.in_flight_bytes, 0);
        file.is_busy = true;
        if (acceptance == Acceptance::durable) {
            origin.is_journalled = true;
            file.on_durable();
            touch_open(file);
        } else {
            ++counters_.errors;
            file.on_refused();
            // It seemed finished when its content went elsewhere, so nobody looked for it.
            const auto holder = by_identity_.find(file.offered().identity);
            const bool has_content = holder != by_identity_.end() && holder->second == &file;
            if (!has_content && !file.is_orphan) lose_content(file);
            retry_at_ = steady_clock::now() + milliseconds(kRetryMs);
        }
    }
    return !fates.empty();
}

bool Follower::is_over(const Followed& file, SteadyTime now) const {
    if (!file.is_away && !file.offered().is_compressed) return false;
    const milliseconds quiet(settings_.quiet_ms);
    // An old rotated file met at start need not be waited for.
    const std::int64_t age_ns = context_.clock.now().unix_ns - file.changed_ns;
    return now - file.quiet_since >= quiet ||
           (file.changed_ns != 0 && age_ns >= quiet.count() * base::kNsPerMs);
}

// One turn of one file: what is ready is offered, then the next chunk is made ready.
bool Follower::turn(Followed& file, SteadyTime now) {
    bool has_moved = false;
    std::size_t read_bytes = 0;
    while (read_bytes < kTurnBytes) {
        if (file.ready()) {
            if (!offer(file, now)) return has_moved;
            has_moved = true;
        }
        if (file.is_orphan || in_flight_bytes_ >= kInFlightBytesMax) return has_moved;
        const auto step = file.read_on(is_over(file, now));
        touch_open(file);
        if (step == Followed::Step::ready) {
            read_bytes += file.ready()->chunk.bytes.size();
            has_moved = true;
            continue;
        }
        file.is_busy = false;  // until the next look sees a change
        if (step == Followed::Step::truncated) lose_content(file);
        if (step == Followed::Step::idle) announce(file, now);
        if (file.is_skipped) {
            close_file(file);
            ++context_.counters.number("vedette_files_not_text_total",
                                       "source=\"" + context_.name + "\"");
            base::log::info("files.not_text", {{"path", file.path}});
        }
        if (file.is_damaged() && file.is_finished()) {
            base::log::warn("files.damaged_compression", {{"path", file.path}});
        }
        return has_moved;
    }
    return has_moved;
}

bool Follower::offer(Followed& file, SteadyTime now) {
    // The sink keeps what it is given even when it does not take it: it gets a copy.
    return send(file, file.ready()->chunk, file.state_after_ready(), now);
}

// Journals that an origin is followed, and from where, before its first record comes. What is
// rotated until then would look older than the first start after a restart.
void Follower::announce(Followed& file, SteadyTime now) {
    const Origin& origin = origins_.at(file.origin());
    if (origin.is_journalled || origin.in_flight != nullptr || file.is_skipped) return;
    event::Chunk nothing;
    nothing.envelope.format = file.offered().format;
    if (!send(file, std::move(nothing), file.offered(), now)) file.is_busy = true;
}

bool Follower::send(Followed& file, event::Chunk chunk, FileState after, SteadyTime now) {
    Origin& origin = origins_.at(file.origin());
    if (origin.in_flight != nullptr || now < retry_at_) return false;
    chunk.envelope.source = context_.name;
    chunk.envelope.origin = file.origin();
    chunk.envelope.arrival = context_.clock.now();
    chunk.position = position_of(origin, file, after);
    const std::size_t records = chunk.record_count(), bytes = chunk.bytes.size();
    const auto on_fate = [box = fates_, path = file.origin()](Acceptance acceptance) {
        box->put(path, acceptance);
    };
    if (!context_.sink.offer(std::move(chunk), on_fate)) {
        retry_at_ = now + milliseconds(kRetryMs);
        return false;
    }
    counters_.received += records;
    counters_.sent += records;
    counters_.bytes += bytes;
    origin.in_flight = &file;
    origin.in_flight_bytes = bytes;
    in_flight_bytes_ += bytes;
    file.on_offered(std::move(after));
    return true;
}

std::string Follower::position_of(const Origin& origin, const Followed& file,
                                  const FileState& after) const {
    std::vector<FileState> states;
    for (const Followed* other : origin.files) {
        // Those of which nothing was given yet as well: that they are followed must not be
        // forgotten if they are rotated before it is.
        states.push_back(other == &file ? after : other->offered());
    }
    if (states.size() > kRememberedPerOriginMax) {
        states.erase(states.begin(),
                     states.end() - static_cast<std::ptrdiff_t>(kRememberedPerOriginMax));
    }
    return encode_position(states);
}

void Follower::touch_open(Followed& file) {
    const auto known = open_places_.find(&file);
    if (known != open_places_.end()) {
        open_.erase(known->second);
        open_places_.erase(known);
    }
    if (!file.is_open()) return;
    open_places_[&file] = open_.insert(open_.end(), &file);
    if (open_.size() > kOpenFilesMax) close_file(*open_.front());
}

void Follower::close_file(Followed& file) {
    file.close();
    touch_open(file);
}

}  // namespace vedette::source::file
