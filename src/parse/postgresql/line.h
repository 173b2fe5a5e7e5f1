// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "parse/line_time.h"

namespace vedette::parse::postgresql {

enum class Action : std::uint8_t { other, login, statement };

/// "login", "statement".
std::string_view name(Action action);

/// What a record says, as views into it; empty: not said.
struct Line {
    base::Timestamp time;
    std::string_view process_id, user, database, application;
    std::string_view level;    ///< of the first message: "LOG", "ERROR", ...
    std::string_view message;  ///< with its further lines
    std::string_view detail, hint, context, query;
    std::string_view client, client_port;
    Action action = Action::other;
};

/// Reads a record of one or more messages. False if its first line is not the server's.
/// Cost: linear, no allocation.   Source: PostgreSQL 15 manual, 20.8 "Error Reporting and Logging";
/// elog.c
bool read_record(std::string_view record, const TimeHints& hints, Line& out);

/// Whether a line goes on with the record: a further line of a message begins with a tab, and
/// DETAIL, HINT, QUERY, CONTEXT, LOCATION and STATEMENT belong to the message before them if they
/// are of the same process.
bool goes_on(std::string_view record, std::string_view line);

}  // namespace vedette::parse::postgresql
