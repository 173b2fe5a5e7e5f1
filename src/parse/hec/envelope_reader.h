// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "event/batch.h"

namespace vedette::parse::hec {

/// A value of `fields`: a list gives several of one name.
struct IndexedField {
    std::string_view name, value;
    event::ValueKind kind = event::ValueKind::text;
    bool is_first = true;  ///< of its name
};

/// The parts of one HEC event. Texts are unescaped; empty: not there.
struct HecEvent {
    std::string_view time, host, source, sourcetype, index;
    std::string_view format;  ///< what the source recognised the lines of a raw body as
    std::string_view event;   ///< unescaped if it is a string, as written if it is anything else
    bool has_event = false;
    bool is_string = false;
    std::vector<IndexedField> fields;
};

/// Reads envelopes. Members it does not know are passed over, as Splunk does.
/// Lives: views until the next read.   Threads: one at a time.
class EnvelopeReader {
  public:
    /// False if `text` is no JSON object or nothing else than one.
    bool read(std::string_view text, HecEvent& event);

  private:
    std::string_view unescaped(std::string_view written);
    std::string_view plain(std::string_view written);
    void read_fields(std::string_view written, HecEvent& event);
    void add_field(std::string_view name, std::string_view written, bool is_first, HecEvent& event);

    std::deque<std::string> kept_;  // unescaped texts; never moved
    std::size_t kept_count_ = 0;
};

}  // namespace vedette::parse::hec
