// SPDX-License-Identifier: Apache-2.0
#include "source/file/followed.h"

#include <fcntl.h>

#include <algorithm>

#include "source/file/content.h"
#include "source/file/limits.h"
#include "source/limits.h"
#include "source/text_probe.h"

namespace vedette::source::file {

namespace {

constexpr std::size_t kCompressionMarkBytes = 4;

/// Whether a file this short may still become a compressed one (gzip 1F 8B, zstd 28 B5 2F FD).
bool may_become_compressed(std::string_view start) {
    const auto begins = [&](std::string_view mark) {
        return start.size() < mark.size() && mark.substr(0, start.size()) == start;
    };
    return begins("\x1F\x8B\x08") || begins("\x28\xB5\x2F\xFD");
}

}  // namespace

Followed::Followed(const event::FormatDeclarations& formats, std::string format_override,
                   std::string origin, FileState state)
    : formats_(formats),
      format_override_(std::move(format_override)),
      origin_(std::move(origin)),
      offered_(std::move(state)),
      durable_(offered_) {
    if (!offered_.is_compressed) read_at_ = offered_.framer.position;
}

Followed::Step Followed::open() {
    if (fd_.is_open()) return Step::idle;
    if (path.empty()) return Step::lost;
    base::OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!fd.is_open()) return Step::lost;
    const auto seen = look_at_open(fd.get());
    if (!seen || seen->identity != offered_.identity) return Step::lost;  // renamed since the look
    fd_ = std::move(fd);
    return Step::idle;
}

// Makes the input from the offered state. False: too little is there to begin.
bool Followed::begin() {
    if (input_) return true;
    FramedInputStart start;
    if (offered_.framer.position == 0 && offered_.framer.record_count == 0) {
        const std::string start_bytes = read_at(fd_.get(), 0, kCompressionMarkBytes);
        if (start_bytes.empty() || (may_become_compressed(start_bytes) && !is_away)) return false;
        offered_.is_compressed = is_compressed_file(fd_.get());
        start.format = format_override_;
    } else {
        // A format that is no longer built in leaves its lines to the plainest one.
        const bool is_known = find_format(formats_, offered_.format) != nullptr;
        start.format = !format_override_.empty() ? format_override_
                       : is_known                ? offered_.format
                                                 : event::recognise(formats_, {}).name;
    }
    start.state = offered_.framer;
    start.may_be_compressed = offered_.is_compressed;
    read_at_ = offered_.is_compressed ? 0 : offered_.framer.position;
    last_bytes_ = read_at(fd_.get(), read_at_ - std::min<std::uint64_t>(read_at_, kTailBytes),
                          std::min<std::uint64_t>(read_at_, kTailBytes));
    input_ = std::make_unique<FramedInput>(formats_, std::move(start));
    return true;
}

void Followed::rewind() {
    input_.reset();
    ready_.reset();
    rest_.clear();
    is_input_ended_ = false;
    read_at_ = offered_.is_compressed ? 0 : offered_.framer.position;
    is_busy = true;
}

void Followed::on_refused() {
    const FileIdentity identity = offered_.identity;
    offered_ = durable_;
    offered_.identity = identity;  // it may have moved to a copy meanwhile
    rewind();
}

void Followed::adopt(const Seen& copy) {
    fd_.reset();
    offered_.identity = durable_.identity = copy.identity;
    path = copy.path;
    size_bytes = copy.size_bytes;
    changed_ns = copy.changed_ns;
    is_orphan = false;
    base::OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    // Positions count opened bytes: a compressed copy of a plain file is read from its beginning
    // on.
    if (fd.is_open())
        offered_.is_compressed = durable_.is_compressed = is_compressed_file(fd.get());
    offered_.is_finished = durable_.is_finished = false;
    rewind();
}

FileState Followed::state_after_ready() const {
    FileState state = offered_;
    state.framer = ready_->after;
    state.format = ready_->chunk.envelope.format;
    if (state.is_compressed) state.fingerprint.tail_bytes = 0;  // of an earlier, plain life
    if (!state.is_compressed && fd_.is_open()) {
        state.fingerprint = fingerprint_of(fd_.get(), state.framer.position);
    } else if (state.is_compressed && state.fingerprint.head_bytes < kHeadBytes) {
        const std::string head =
            opened_head(fd_.get(), std::min<std::uint64_t>(kHeadBytes, state.framer.position));
        state.fingerprint = {static_cast<std::uint32_t>(head.size()), base::hash128(head), 0, 0};
    }
    return state;
}

bool Followed::take_ready(bool also_partial) {
    if (!ready_ && input_) ready_ = input_->take(also_partial);
    return ready_.has_value();
}

Followed::Step Followed::read_on(bool is_over) {
    if (ready_) return Step::ready;
    if (is_skipped || is_finished()) return Step::idle;
    if (const Step opened = open(); opened != Step::idle) return opened;
    if (!begin()) return Step::idle;
    for (;;) {
        if (take_ready(false)) return Step::ready;
        const Step step = is_input_ended_ ? Step::idle : read_block();
        if (step == Step::truncated || is_skipped) return step;
        if (step == Step::idle) return at_end(is_over);
    }
}

// One block into the input. ready: go on; idle: nothing more is there.
Followed::Step Followed::read_block() {
    if (rest_.empty()) {
        std::string block =
            read_at(fd_.get(), read_at_ - last_bytes_.size(), last_bytes_.size() + kReadBytes);
        // What we read before comes along again: a file that was truncated and has grown past our
        // place looks like one that was written to, but not in these bytes.
        if (block.size() < last_bytes_.size() ||
            block.compare(0, last_bytes_.size(), last_bytes_) != 0) {
            return Step::truncated;
        }
        if (block.size() == last_bytes_.size()) return Step::idle;
        read_at_ += block.size() - last_bytes_.size();
        rest_ = block.substr(last_bytes_.size());
        last_bytes_ = block.substr(block.size() - std::min(block.size(), kTailBytes));
    }
    const auto taken = input_->feed(rest_);
    if (!taken) {
        is_skipped = taken.error().code == base::ErrorCode::unsupported;
        is_damaged_ = is_input_ended_ = !is_skipped;
        rest_.clear();
        return Step::ready;
    }
    rest_.erase(0, *taken);
    return Step::ready;
}

Followed::Step Followed::at_end(bool is_over) {
    if (!input_->settle()) {
        is_skipped = true;
        return Step::idle;
    }
    const bool is_whole = input_->format() != nullptr &&
                          input_->format()->framing.kind == event::Framing::Kind::whole;
    if (is_over || (offered_.is_compressed && !is_input_ended_)) {
        if (offered_.is_compressed && !is_input_ended_) {
            // It may still be in writing, and cannot be fed after its end: only a quiet one ends.
            if (!is_over) return take_ready(true) ? Step::ready : Step::idle;
            is_damaged_ = !input_->finish();
            is_input_ended_ = true;
        } else if (!is_input_ended_ && !input_->finish()) {
            is_skipped = true;
            return Step::idle;
        }
        static_cast<void>(input_->finish_record());
        if (take_ready(true)) return Step::ready;
        offered_.is_finished = durable_.is_finished = true;
        // What ends a file without being a record (a blank line, a closing mark) is read as well.
        if (!offered_.is_compressed && input_->state().position != offered_.framer.position) {
            offered_.framer = input_->state();
            offered_.fingerprint = fingerprint_of(fd_.get(), offered_.framer.position);
        }
        input_.reset();
        fd_.reset();
        return Step::idle;
    }
    if (is_whole &&
        std::chrono::steady_clock::now() - quiet_since > std::chrono::milliseconds(kQuietMs)) {
        static_cast<void>(input_->finish_record());
    }
    return take_ready(true) ? Step::ready : Step::idle;
}

}  // namespace vedette::source::file
