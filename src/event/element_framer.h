// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "event/framer.h"

namespace vedette::event {

/// Cuts XML text into elements of one name, each a record: from `<name` to the next `</name>`.
///
/// White space and other markup between them (declaration, the tags of the enclosing element,
/// comments) is passed over; text that stands there is a record of its own, so that nothing is
/// lost. An element longer than kRecordBytesMax becomes parts with kRowPartOfLonger.
/// Does not promise: elements within one of the same name, nor an end tag that is hidden in CDATA:
/// the decoder sees such a record as damaged.
/// Owns: at most kRecordBytesMax and a piece of the unfinished record.
class ElementFramer final : public Framer {
  public:
    ElementFramer(std::string_view name, FramerState from);

    std::size_t feed(std::string_view bytes, Chunk& chunk) override;
    bool finish(Chunk& chunk) override;
    bool has_unfinished() const override { return !pending_.empty(); }

  private:
    enum class Cut { record, passed_over, more, no_room };
    Cut cut(std::string_view rest, bool is_end, std::size_t& size, Chunk& chunk);
    Cut cut_element(std::string_view rest, std::size_t& size, Chunk& chunk);
    Cut cut_markup(std::string_view rest, std::size_t& size) const;
    Cut cut_text(std::string_view rest, bool is_end, std::size_t& size, Chunk& chunk);
    Cut cut_part(std::string_view rest, std::size_t& size, Chunk& chunk);
    Cut give_whole(std::string_view rest, std::size_t& size, Chunk& chunk);
    bool cut_all(bool is_end, Chunk& chunk);
    bool begins_element(std::string_view rest) const;

    std::string begin_, end_;   // "<name", "</name"
    std::string pending_;       // bytes from given_.position on
    std::size_t searched_ = 0;  // of pending_, for the end of the element
};

}  // namespace vedette::event
