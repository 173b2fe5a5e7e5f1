// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "event/framing.h"
#include "event/record.h"

namespace vedette::source::hec {

/// How the body of /services/collector/raw is cut and, as far as it is known, what it is.
struct RawKind {
    event::Framing framing;   ///< lines, or lines that go on (a stack trace)
    std::string_view format;  ///< what the lines were recognised as; empty: plain text
};

/// The sourcetype if it is the name of a format, else what the first lines look like.
/// Lives: views into `formats`.
RawKind raw_kind(const event::FormatDeclarations& formats, std::string_view sourcetype,
                 std::string_view body);

/// The records of a raw body in chunks with `envelope`.
std::vector<event::Chunk> raw_chunks(std::string_view body, const event::Framing& framing,
                                     const event::Envelope& envelope);

}  // namespace vedette::source::hec
