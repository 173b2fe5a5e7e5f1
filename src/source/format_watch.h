// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "event/framing.h"
#include "event/record.h"

namespace vedette::source {

/// Whether each line is a record and needs no other line to be read: whoever cuts lines can then
/// change from one such format to another.
bool is_plain(const event::Framing& framing);

/// Notices that the records of an input have stopped fitting the format it was recognised as: a
/// program was told to log as JSON, a log began with a banner.
///
/// It looks at kRecogniseRecordsMax records of every chunk, of small ones together. A format is
/// given up when it wants none of them, "text" when another is quite sure of them; never for
/// "text", so that what cannot be read shows as such. Only between formats whose records are single
/// lines without a header: of others the lines are joined or named by it, and a change does not
/// show.
/// Owns: kRecogniseRecordsMax records of at most kWatchedBytesMax.   Threads: one at a time.
class FormatWatch {
  public:
    struct Change {
        const event::FormatDeclaration* format = nullptr;
        bool begins_in_chunk = false;  ///< the chunk's own records are of the new format already
    };

    /// Looks at the next chunk. No format: nothing changes.
    /// Cost: one recogniser, all of them when it finds nothing or the format is "text".
    Change look(const event::FormatDeclarations& formats, const event::FormatDeclaration& current,
                const event::Chunk& chunk);

  private:
    std::vector<std::string> gathered_;  // of chunks that were too small
};

}  // namespace vedette::source
