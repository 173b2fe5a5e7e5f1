// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>

#include "base/files.h"
#include "source/archive_reader.h"

namespace vedette::source {

/// The end of a member: whole if `why_broken` is empty.
struct ArchiveMemberEnd {
    std::string why_broken;
};
using ArchivePart = std::variant<ArchiveMember, std::string, ArchiveMemberEnd>;

/// An archive for those who pull: a thread of its own reads it ahead, at most kArchiveAheadBytes.
/// Threads: one at a time. The destructor ends the reading.
class OpenedArchive {
  public:
    /// Lives: `pool` must outlive it.
    OpenedArchive(sandbox::Pool& pool, base::OwnedFd file);
    ~OpenedArchive();
    OpenedArchive(const OpenedArchive&) = delete;
    OpenedArchive& operator=(const OpenedArchive&) = delete;

    /// The next part: a member, its bytes in pieces, its end; nothing at the end of the archive.
    /// Errors: as read_archive(), after all parts.
    base::Result<std::optional<ArchivePart>> next();

  private:
    class Feeder;

    /// Waits for room. Errors: cancelled.
    base::Result<void> put(ArchivePart part);
    void read_all(sandbox::Pool& pool);

    base::OwnedFd file_;
    std::mutex mutex_;
    std::condition_variable has_changed_;
    std::deque<ArchivePart> parts_;
    std::size_t held_bytes_ = 0;
    std::optional<base::Result<void>> result_;  // of the whole reading, once it is over
    bool is_cancelled_ = false;
    std::thread reader_;  // last: it uses all of the above
};

}  // namespace vedette::source
