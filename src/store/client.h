// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/http_client.h"
#include "base/result.h"

namespace vedette::store {

/// Names with values: {x:Type} placeholders of a statement, or settings.
using Values = std::vector<std::pair<std::string, std::string>>;

struct ClientOptions {
    base::HttpEndpoint endpoint;
    std::string database = "vedette";
    /// Longest silence of the store. A merge or a full disk can hold an insert up for long.
    int idle_timeout_ms = 120'000;
};

struct QueryOptions {
    std::string format = "TabSeparated";
    Values settings = {};
    /// Asks for at most this much; more is an error (limit), never a cut answer.
    std::uint64_t answer_bytes_max = 256u << 20;
};

/// A ClickHouse client over HTTP: one and the same for our child process and a real cluster.
///
/// Values always travel as query parameters and are written as the placeholder's type says; nothing
/// is ever pasted into SQL. The value of an array is its text: ['a','b'], with backslashes before
/// quotes in it. Questions whose values are too large for the request's target go as a form. No
/// statement is sent twice by the client itself. Errors of all calls: unavailable (nobody listens,
/// the connection broke, the store is too busy), timeout, limit, denied, not_found (table, column),
/// bad_input (the statement or the rows are wrong); the text is the engine's own, and
/// exception_code() gives its number. Threads: one at a time; make one client per thread.
class Client {
  public:
    explicit Client(ClientOptions options);

    /// Asks something under readonly=1: cannot change the store, nor reach files, hosts or
    /// programs. Where the engine says that its memory does not suffice it is asked once more, with
    /// short blocks: a few records of 1 MiB fill a block of the usual length.
    base::Result<std::string> query(std::string_view sql, const Values& values = {},
                                    const QueryOptions& options = {});
    /// The same, piece by piece in flat memory, for exports and long lists. Pieces end anywhere.
    /// What came before an error must be thrown away.
    using Sink = std::function<base::Result<void>(std::string_view)>;
    base::Result<void> stream(std::string_view sql, const Values& values,
                              const QueryOptions& options, const Sink& sink);
    /// Changes something: DDL and the like.
    base::Result<void> execute(std::string_view sql, const Values& values = {},
                               const Values& settings = {});
    /// Puts rows in. `body` is the format's bytes in parts, sent without copying. Rows of one
    /// partition are there whole or not at all; after `unavailable` or `timeout` nobody knows
    /// which. Cost: body, table name and format in one request.
    base::Result<void> insert(std::string_view table, std::string_view format,
                              std::vector<std::string_view> body, const Values& settings = {});
    base::Result<void> ping();

    const std::string& database() const { return options_.database; }
    /// Statements that must run before the database exists.
    base::Result<void> execute_without_database(std::string_view sql);
    void close() { http_.close(); }

  private:
    base::Result<void> send(std::string target, std::vector<std::string_view> body,
                            std::uint64_t answer_bytes_max, const Sink& sink,
                            const std::string& content_type = {});
    std::string target(const Values& values, const Values& settings) const;

    ClientOptions options_;
    base::HttpClient http_;
};

/// The engine's number of an error of Client ("Code: 60. ..."), or 0 if it is none of the engine's.
int exception_code(const base::Error& error);

/// Whether the engine refused rows for what is in them: sending them again cannot help, sending
/// fewer may.
bool is_data_refusal(const base::Error& error);

/// A value as ClickHouse reads a query parameter: tab-separated text, so that backslashes, tabs and
/// line ends arrive as they are.   Source: ClickHouse documentation, "Queries with Parameters"
std::string escape_parameter(std::string_view value);

/// `name` in backticks, for identifiers that are ours (columns, tables).
std::string quote_identifier(std::string_view name);

}  // namespace vedette::store
