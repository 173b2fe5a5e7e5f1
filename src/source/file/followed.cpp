// SPDX-License-Identifier: Apache-2.0
#include "source/file/followed.h"

#include <algorithm>

#include "source/file/content.h"
#include "source/file/limits.h"
#include "source/limits.h"
#include "source/text_probe.h"

namespace vedette::source::file {

namespace {

/// The longest mark: bzip2's.
constexpr std::size_t kCompressionMarkBytes = 10;

/// Whether a file this short may still become a compressed one. A log may begin with an "x" as zlib
/// does, which has no files of its own.
bool may_become_compressed(std::string_view start) {
    return !start.starts_with("x") && !base::detect_compression(start, false);
}

}  // namespace

Followed::Followed(const event::FormatDeclarations& formats, std::string format_override,
                   int quiet_ms, std::string origin, FileState state)
    : formats_(formats),
      format_override_(std::move(format_override)),
      quiet_(quiet_ms),
      origin_(std::move(origin)),
      offered_(std::move(state)),
      durable_(offered_) {
    if (!offered_.is_compressed) read_at_ = offered_.framer.position;
}

Followed::Step Followed::open() {
    if (fd_.is_open()) return Step::idle;
    if (path.empty()) return Step::lost;
    Seen wanted;
    wanted.path = path;
    wanted.identity = offered_.identity;
    base::OwnedFd fd = open_seen(wanted);
    if (!fd.is_open()) return Step::lost;
    fd_ = std::move(fd);
    return Step::idle;
}

// Makes the input from the offered state. ready: it is there; idle: too little is there to begin.
Followed::Step Followed::begin() {
    if (input_) return Step::ready;
    FramedInputStart start;
    if (offered_.framer == event::FramerState{}) {
        const std::string start_bytes = read_at(fd_.get(), 0, kCompressionMarkBytes);
        if (start_bytes.empty() || (may_become_compressed(start_bytes) && !is_away)) {
            return Step::idle;
        }
        offered_.is_compressed = is_compressed_file(fd_.get());
        start.format = format_override_;
        read_at_ = 0;
        memory_.reset(0, {}, {});
    } else {
        if (const Step step = go_on_at_position(); step != Step::ready) return step;
        // A format that is no longer built in leaves its lines to the plainest one.
        const bool is_known = find_format(formats_, offered_.format) != nullptr;
        start.is_format_guessed = format_override_.empty();
        start.format = !format_override_.empty() ? format_override_
                       : is_known                ? offered_.format
                                                 : event::recognise(formats_, {}).name;
    }
    start.state = offered_.framer;
    start.may_be_compressed = offered_.is_compressed;
    input_ = std::make_unique<FramedInput>(formats_, std::move(start));
    return Step::ready;
}

// The bytes before our place must be those we read in an earlier life or before the journal
// refused.
Followed::Step Followed::go_on_at_position() {
    read_at_ = offered_.is_compressed ? 0 : offered_.framer.position;
    if (offered_.is_compressed) {
        memory_.reset(0, {}, {});
        return Step::ready;
    }
    const Fingerprint& wanted = offered_.fingerprint;
    std::string head = read_at(fd_.get(), 0, wanted.head_bytes);
    std::string tail = read_at(fd_.get(), read_at_ - wanted.tail_bytes, wanted.tail_bytes);
    const bool is_same = head.size() == wanted.head_bytes && tail.size() == wanted.tail_bytes &&
                         base::hash128(head) == wanted.head && base::hash64(tail) == wanted.tail;
    if (!is_same) return Step::truncated;
    memory_.reset(read_at_, std::move(head), std::move(tail));
    return Step::ready;
}

void Followed::rewind() {
    input_.reset();
    ready_.reset();
    rest_.clear();
    memory_.reset(0, {}, {});
    is_input_ended_ = false;
    read_at_ = offered_.is_compressed ? 0 : offered_.framer.position;
    is_busy = true;
}

void Followed::on_offered(FileState state) {
    offered_ = std::move(state);
    ready_.reset();
    is_in_flight_ = true;
}

void Followed::on_durable() {
    is_in_flight_ = false;
    durable_ = offered_;
    if (is_finished()) fd_.reset();
}

void Followed::on_refused() {
    is_in_flight_ = false;
    const FileIdentity identity = offered_.identity;
    offered_ = durable_;
    offered_.identity = identity;  // it may have moved to a copy meanwhile
    rewind();
}

void Followed::adopt(const Seen& copy, bool is_compressed) {
    fd_.reset();
    offered_.identity = durable_.identity = copy.identity;
    path = copy.path;
    size_bytes = copy.size_bytes;
    changed_ns = copy.changed_ns;
    is_orphan = false;
    // Positions count opened bytes: a compressed copy of a plain file is read from its first byte
    // on.
    offered_.is_compressed = durable_.is_compressed = is_compressed;
    offered_.is_finished = durable_.is_finished = false;
    rewind();
}

std::string Followed::first_bytes() const {
    if (!offered_.is_compressed && !memory_.head().empty()) return std::string(memory_.head());
    if (fd_.is_open()) return opened_head(fd_.get(), kHeadBytes);
    Seen wanted;
    wanted.path = path;
    wanted.identity = offered_.identity;
    const base::OwnedFd fd = open_seen(wanted);
    return fd.is_open() ? opened_head(fd.get(), kHeadBytes) : std::string();
}

FileState Followed::state_after_ready() const {
    FileState state = offered_;
    state.framer = ready_->after;
    state.format = ready_->chunk.envelope.format;
    state.fingerprint = ready_fingerprint_;
    return state;
}

bool Followed::take_ready(bool also_partial) {
    if (ready_ || !input_) return ready_.has_value();
    ready_ = input_->take(also_partial);
    if (!ready_) return false;
    if (!offered_.is_compressed) {
        ready_fingerprint_ = memory_.at(ready_->after.position);
        return true;
    }
    // What was opened is not kept; a compressed file is not changed in its middle.
    memory_.reset(read_at_, {}, std::string(memory_.last()));
    ready_fingerprint_ = offered_.fingerprint;
    ready_fingerprint_.tail_bytes = 0;
    if (ready_fingerprint_.head_bytes < kHeadBytes) {
        const std::string head =
            opened_head(fd_.get(), std::min<std::uint64_t>(kHeadBytes, ready_->after.position));
        ready_fingerprint_.head_bytes = static_cast<std::uint32_t>(head.size());
        ready_fingerprint_.head = base::hash128(head);
    }
    return true;
}

Followed::Step Followed::read_on(bool is_over) {
    if (ready_) return Step::ready;
    if (is_skipped || is_finished()) return Step::idle;
    if (const Step opened = open(); opened != Step::idle) return opened;
    if (const Step begun = begin(); begun != Step::ready) return begun;
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
        const std::string_view last = memory_.last();
        const std::string block =
            read_at(fd_.get(), read_at_ - last.size(), last.size() + kReadBytes);
        // What we read before comes along again: a file that was truncated and has grown past our
        // place looks like one that was written to, but not in these bytes. Lines that end alike
        // are told apart by the first bytes, which are read after the block they answer for.
        if (std::string_view(block).substr(0, last.size()) != last) return Step::truncated;
        if (!offered_.is_compressed &&
            read_at(fd_.get(), 0, memory_.head().size()) != memory_.head()) {
            return Step::truncated;
        }
        rest_ = block.substr(last.size());
        if (rest_.empty()) return Step::idle;
        read_at_ += rest_.size();
        memory_.add(rest_);
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

// Everything was given out. A chunk on its way may yet be refused: then the file is not finished
// after all, and is needed again even if it was deleted meanwhile.
void Followed::finish() {
    offered_.is_finished = true;
    // What ends a file without being a record (a blank line, a closing mark) is read as well.
    if (!offered_.is_compressed && input_->state().position != offered_.framer.position) {
        offered_.framer = input_->state();
        offered_.fingerprint = memory_.at(offered_.framer.position);
    }
    input_.reset();
    if (is_in_flight_) return;
    durable_ = offered_;
    fd_.reset();
}

// A record whose end only what follows would show is over when nothing follows.
bool Followed::ends_by_quiet() const {
    const event::FormatDeclaration* const format = input_ ? input_->format() : nullptr;
    return format != nullptr && (format->framing.kind == event::Framing::Kind::whole ||
                                 static_cast<bool>(format->framing.continues));
}

bool Followed::has_quiet_end(SteadyTime now) const {
    return !offered_.is_compressed && offered_.framer.position < read_at_ && ends_by_quiet() &&
           now - quiet_since > quiet_;
}

Followed::Step Followed::at_end(bool is_over) {
    if (!input_->settle()) {
        is_skipped = true;
        return Step::idle;
    }
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
        finish();
        return Step::idle;
    }
    if (ends_by_quiet() && std::chrono::steady_clock::now() - quiet_since > quiet_) {
        static_cast<void>(input_->finish_record());
    }
    return take_ready(true) ? Step::ready : Step::idle;
}

}  // namespace vedette::source::file
