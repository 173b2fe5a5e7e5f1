// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "parse/line_time.h"

namespace vedette::parse::application_log {

/// What a record says, as views into it; empty: not said.
struct Line {
    base::Timestamp time;
    std::string_view level;  ///< as it is written
    std::string_view process_id, thread_id, thread_name, logger;
    std::string_view message;                    ///< of the first line
    std::string_view rest;                       ///< the lines behind the first
    std::string_view error_type, error_message;  ///< of the exception that the rest tells
};

/// Reads a record. False if it does not begin with a time.   Cost: linear, no allocation.
bool read_record(std::string_view record, const TimeHints& hints, Line& out);

/// Whether a word names a level: "INFO", "warning", "E".
bool is_level(std::string_view word);

}  // namespace vedette::parse::application_log
