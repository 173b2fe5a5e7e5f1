// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "event/framer.h"

namespace vedette::event {

/// Cuts JSON that goes over several lines, or is one line longer than a record: each value at the
/// top is a record; of an outermost list, and of a list that is the first member of an object under
/// a name that exports use for it (Records, Events, value), each element.
///
/// What encloses such a list is the context of its records (FramerState::header) and passed over,
/// with the members behind the list. Text that is no JSON is a record for each line, so that
/// nothing is lost. A value longer than kRecordBytesMax becomes parts with kRowPartOfLonger.
/// Does not promise: to check JSON. Only brackets and strings are looked at; the decoder says what
/// is damaged. After a restart within a value that is longer than a record its rest is text.
/// Owns: at most kRecordBytesMax and a piece of the unfinished record.
class DocumentFramer final : public Framer {
  public:
    explicit DocumentFramer(FramerState from) : Framer(std::move(from)) {}

    std::size_t feed(std::string_view bytes, Chunk& chunk) override;
    bool finish(Chunk& chunk) override;
    bool has_unfinished() const override { return !pending_.empty(); }

  private:
    enum class Cut { done, more, no_room };
    bool cut_all(bool is_end, Chunk& chunk);
    Cut cut(std::string_view rest, bool is_end, std::size_t& size, Chunk& chunk);
    Cut cut_value(std::string_view rest, bool is_end, std::size_t& size, Chunk& chunk);
    Cut cut_text(std::string_view rest, bool is_end, std::size_t& size, Chunk& chunk);
    Cut give_whole(std::string_view rest, std::size_t size, Chunk& chunk);
    Cut pass_over(std::size_t& size, std::size_t bytes);
    bool find_end(std::string_view rest);
    void begin_anew(bool is_within_value);

    bool is_in_list() const { return given_.header.text.ends_with('['); }
    bool is_behind_list() const { return given_.header.text.ends_with(']'); }

    std::string pending_;  // bytes from given_.position on
    // What is open where pending_ begins, and where it was looked through to.
    struct Open {
        std::size_t depth = 0;
        bool is_string = false;
        bool is_any() const { return depth > 0 || is_string; }
    };
    Open begin_, now_;
    std::size_t looked_ = 0;
};

/// How sure it is that an input that begins so has to be cut this way: JSON whose first line ends
/// before its first value does, or a list of objects on a line longer than `head`. 0 to 100.
int recognise_documents(std::string_view head);

}  // namespace vedette::event
