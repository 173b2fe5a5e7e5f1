// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "event/limits.h"

namespace vedette::source::kafka {

/// Cuts the value of a message into records: the whole of it without its line end, or its lines
/// that are not empty. A record longer than event::kRecordBytesMax becomes parts, not cut inside a
/// UTF-8 character. The same value always gives the same records.
/// Lives: borrows the value.
class RecordCutter {
  public:
    RecordCutter(std::string_view value, bool by_lines);

    struct Record {
        std::string_view bytes;
        std::uint16_t flags = 0;  ///< event::RowFlags
    };
    bool has_more() const { return !line_.empty(); }
    /// Only if there is more.
    Record next();

  private:
    void begin_line();

    std::string_view rest_;  // behind the line
    std::string_view line_;  // what is left of it
    const bool by_lines_;
    bool is_cut_ = false;  // a part of the line was given
};

}  // namespace vedette::source::kafka
