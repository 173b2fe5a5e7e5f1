// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace vedette::store::host {

/// How a statement must be handed to the engine's C interface, which has one door for rows going
/// in, one for a SELECT that streams and one for everything else.
enum class StatementKind { select, insert_rows, other };

/// A statement cut into what those doors want. ClickHouse's own server gets all of it as one text.
struct Statement {
    StatementKind kind = StatementKind::other;
    std::string_view sql;          ///< without FORMAT clause, rows, semicolon
    std::string_view format;       ///< the clause's word, or empty
    std::string_view inline_rows;  ///< of an INSERT: what follows the clause in the same text
};

/// Looks only at words, quotes, brackets and comments: whether the statement is right is the
/// engine's to say. `INSERT ... FORMAT X` and `INSERT ... VALUES` take rows; INSERT ... SELECT does
/// not. Lives: views into `text`.   Cost: O(size).
Statement split_statement(std::string_view text);

/// Whether pieces of an answer in this format can be put behind each other.
bool is_streamable_format(std::string_view format);

}  // namespace vedette::store::host
