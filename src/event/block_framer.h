// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "event/framer.h"

namespace vedette::event {

/// Cuts binary input into blocks of one size, each a record.
///
/// A header (known by its own magic, or by a block that begins behind it) is passed over; so is a
/// block of zeros, which is room that was never used. A damaged block is a record as any other: its
/// decoder says what is wrong with it. The last block may be shorter.
/// Does not promise: to see what is written into a block after it was given out. Inputs of this
/// kind are read when they are finished. Owns: at most one header and one block.
class BlockFramer final : public Framer {
  public:
    BlockFramer(Framing::Blocks blocks, FramerState from);

    std::size_t feed(std::string_view bytes, Chunk& chunk) override;
    bool finish(Chunk& chunk) override;
    bool has_unfinished() const override { return !pending_.empty(); }

  private:
    bool pass_over_header(bool is_end);
    bool end_block(Chunk& chunk);

    Framing::Blocks blocks_;
    bool is_past_header_;
    std::string pending_;  // bytes from given_.position on
};

}  // namespace vedette::event
