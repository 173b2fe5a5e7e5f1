// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "event/framing.h"
#include "event/record.h"
#include "parse/registry.h"
#include "sandbox/pool.h"
#include "store/state/rows.h"

namespace vedette::engine {

/// What came of reading the inbox again.
struct InboxAgain {
    std::uint64_t looked_at = 0;
    std::uint64_t fit = 0;  ///< journalled as new records; they are no longer in the inbox
    std::uint64_t cut = 0;  ///< kept in part only, which proves nothing: left alone
};

/// An entry of the inbox as a chunk of its own, to be journalled, if all its rows decode today:
/// with the envelope it came in (`original`, nullptr if the journal has let go of it), but the
/// format `as`, or the one its bytes are recognised by. Its key names the entry, so that it is
/// journalled once however often this is asked for.
/// Nothing if it still does not fit.
std::optional<event::Chunk> inbox_chunk(const store::InboxRow& row, const event::Envelope* original,
                                        const parse::Registry& formats, sandbox::Pool& workers,
                                        const std::string& as);

/// Journal offset and row of an entry of the inbox.
using InboxEntry = std::pair<std::uint64_t, std::uint32_t>;

/// The control record that takes entries of stage "parse" out of the inbox, and back: nothing if
/// the payload is another control record, or damaged.
std::string inbox_control(const std::vector<InboxEntry>& entries);
std::vector<InboxEntry> inbox_of_control(std::string_view payload);

}  // namespace vedette::engine
