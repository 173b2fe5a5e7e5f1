// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"

namespace vedette::engine {

/// What the configuration says of the clocks of some sources: an entry of `clocks:`.
struct ClockSettings {
    std::string source = "*";  ///< pattern of the source's name (* and ?)
    std::string origin = "*";  ///< pattern of the file or peer
    std::string zone;          ///< `Europe/Berlin` or `+02:00`; empty: not told
    std::optional<int> year;
    std::int64_t ahead_ms = 0;
    std::string where;  ///< in the configuration, for messages
};

/// The clocks of sources as they go into the envelopes of chunks.
///
/// The first entry that fits a chunk's source and origin counts. Files of the machine's zone
/// database are kept beside the journal by their hash before any chunk names one, so that a replay
/// on another machine, or after an update, gives the same times.
/// Threads: any, once it is made.
class Clocks {
  public:
    Clocks() = default;
    /// Reads the zones that are named, keeps their files in `kept_folder` and remembers all that
    /// are kept there. Without a folder nothing is kept (scan).
    /// Errors: bad_input with the place for a zone that this machine does not know; io.
    static base::Result<Clocks> make(const std::vector<ClockSettings>& settings, base::Files& files,
                                     const std::string& kept_folder);

    /// Empty if nothing is told.
    std::string of(const std::string& source, const std::string& origin) const;

  private:
    struct Entry {
        std::string source, origin, clock;
    };
    std::vector<Entry> entries_;
};

}  // namespace vedette::engine
