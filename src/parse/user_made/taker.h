// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "event/record.h"
#include "parse/user_made/row_work.h"

namespace vedette::parse::user_made {

/// Takes a text apart: one stage of a definition, with the caches of one decoder.
/// Threads: one at a time.
class Taker {
  public:
    virtual ~Taker() = default;
    /// The records of this chunk are next.
    virtual void begin_chunk(const event::Chunk& chunk) { static_cast<void>(chunk); }
    /// Puts the values of `text`, which is valid UTF-8. False: it does not fit; what was put then
    /// counts for nothing in the first stage, and stands in later ones only if nothing was put.
    /// Lives: the values are views into `text`, into the work's room, or live until the next call.
    virtual bool take(std::string_view text, const event::Envelope& envelope, RowWork& work) = 0;
};

/// Lives: `stage` outlives the taker.
std::unique_ptr<Taker> make_taker(const StageProgram& stage);

std::unique_ptr<Taker> make_json_taker(const StageProgram& stage);

}  // namespace vedette::parse::user_made
