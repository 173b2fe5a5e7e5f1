// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace vedette::journal {

/// Position of a record: 1, 2, 3, ... without gaps. 0 means "before the first".
using Offset = std::uint64_t;

enum class RecordKind : std::uint8_t {
    chunk = 1,  ///< raw input: event::Chunk
    tick = 2,   ///< a clock tick that detectors see: 8 bytes of unix nanoseconds
    control =
        3,  ///< a change of rules, configuration, verdicts, approvals: a JSON object; kept for ever
};

/// A record as read back.
struct Record {
    Offset offset = 0;
    RecordKind kind = RecordKind::chunk;
    std::string payload;
};

/// The log of record. Every change of what Vedette knows is appended here first; everything else is
/// a view that can be rebuilt by reading it again.
///
/// append() only hands over; the record is durable once `done(true)` was called (group commit, one
/// fsync for all that came meanwhile). Reading gives durable records only.
/// Threads: all members from any thread.
class Journal {
  public:
    virtual ~Journal() = default;

    using Done = std::function<void(bool is_durable, Offset offset)>;

    /// Errors: limit when the quota is reached, unavailable when too much waits for the disk or the
    /// disk does not take it; nothing was taken then and `done` is not called.
    virtual base::Result<void> append(RecordKind kind, std::string payload, Done done) = 0;

    /// Offset of the last durable record; 0 if there is none.
    virtual Offset durable_end() const = 0;
    /// Offset of the first record still there; durable_end() + 1 if there is none.
    virtual Offset first() const = 0;

    /// Reads on from `next`, at most `bytes_max` of payload but at least one record if there is
    /// one; waits up to `wait_ms` for the first. Empty when nothing came. Errors: corrupt with path
    /// and offset when a record in the middle is damaged; not_found when `next` was already
    /// removed.
    virtual base::Result<std::vector<Record>> read(Offset next, std::size_t bytes_max,
                                                   int wait_ms) = 0;

    /// Says that nobody needs records up to and including `offset` any more (every view has a
    /// snapshot past it); segments that lie before may go when the quota asks for it. Control
    /// records are copied to the control log first.
    virtual void release(Offset offset) = 0;

    /// Control records that were in segments already removed, oldest first: read before first().
    virtual base::Result<std::vector<Record>> control_log() const = 0;

    /// Bytes on disk, and the quota.
    virtual std::uint64_t size_bytes() const = 0;
    virtual std::uint64_t quota_bytes() const = 0;

    /// Waits until everything appended is durable or refused, then takes nothing more.
    virtual void close() = 0;
};

}  // namespace vedette::journal
