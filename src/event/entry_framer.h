// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "event/framer.h"

namespace vedette::event {

/// Cuts systemd's journal export into entries, each a record: fields up to an empty line.
///
/// A field is a line `NAME=value`, or a line `NAME`, eight bytes of size (little-endian), as many
/// bytes of value and a line end; an empty line within such a value ends nothing. A size that would
/// make the entry longer than kRecordBytesMax is not believed: its line is then a line as any other
/// and the entry ends at the next empty one, so that a lying size hides nothing that follows. An
/// entry that is longer without one becomes parts with kRowPartOfLonger.
/// Does not promise: whole entries where a value is larger than a record may be: its parts are
/// kept, and the decoder sees that they are damaged.
/// Owns: at most kRecordBytesMax and a piece of the unfinished record.
/// Source: systemd, "Journal Export Format" (JOURNAL_EXPORT_FORMATS)
class EntryFramer final : public Framer {
  public:
    explicit EntryFramer(FramerState from) : Framer(std::move(from)) {}

    std::size_t feed(std::string_view bytes, Chunk& chunk) override;
    bool finish(Chunk& chunk) override;
    bool has_unfinished() const override { return !pending_.empty(); }

  private:
    bool cut_all(bool is_end, Chunk& chunk);
    bool read_field(std::string_view entry, bool is_end);
    bool give_entry(std::string_view entry, std::size_t consumed_bytes, Chunk& chunk);
    bool give_part(std::string_view rest, Chunk& chunk);

    std::string pending_;         // bytes from given_.position on
    std::size_t fields_end_ = 0;  // of pending_: the fields before it are complete
    std::size_t searched_ = 0;    // of pending_: no line end lies between fields_end_ and here
};

}  // namespace vedette::event
