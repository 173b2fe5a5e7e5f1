// SPDX-License-Identifier: Apache-2.0
#include "serve/sql_request.h"

#include <algorithm>
#include <vector>

#include "serve/limits.h"

namespace vedette::serve {

namespace {

using base::ErrorCode;
using base::Result;

/// Functions that read outside of the table, wait, or tell of the process; in lower case. Whole
/// families by their beginning.
constexpr std::string_view kRefusedFunctions[] = {
    "file",
    "joinget",
    "joingetornull",
    "hascolumnintable",
    "getsetting",
    "getsettingordefault",
    "getserversetting",
    "getmergetreesetting",
    "getmacro",
    "getclienthttpheader",
    "getserverport",
    "tcpport",
    "hostname",
    "fqdn",
    "serveruuid",
    "uptime",
    "currentuser",
    "current_user",
    "user",
    "session_user",
    "authenticateduser",
    "authuser",
    "currentroles",
    "enabledroles",
    "defaultroles",
    "getoskernelversion",
    "showcertificate",
    "queryid",
    "query_id",
    "initialqueryid",
    "initial_query_id",
    "transactionid",
    "zookeepersessionuptime",
    "reversednsquery",
    "catboostevaluate",
    "evalmlmethod",
    "buildid",
    "displayname",
    "shardnum",
    "shardcount",
    "tid",
    "logtrace",
    "getmaxtablenamelengthfordatabase",
};
constexpr std::string_view kRefusedFamilies[] = {"dict", "sleep", "filesystem", "addressto", "ai"};

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
    return out;
}

bool is_refused_function(std::string_view name) {
    const std::string word = lower(name);
    const auto begins = [&](std::string_view family) { return word.starts_with(family); };
    return std::find(std::begin(kRefusedFunctions), std::end(kRefusedFunctions), word) !=
               std::end(kRefusedFunctions) ||
           std::any_of(std::begin(kRefusedFamilies), std::end(kRefusedFamilies), begins);
}

base::Error refused(std::string text) {
    return {ErrorCode::denied,
            std::move(text),
            {},
            "ask the table `events` alone: SELECT ... FROM events",
            false};
}

/// What stands behind the last `mark`; nothing if it is not there, or more than once: then a name
/// was chosen to look like another one.
std::optional<std::string_view> only_behind(std::string_view line, std::string_view mark) {
    const std::size_t at = line.find(mark);
    if (at == std::string_view::npos || line.rfind(mark) != at) return std::nullopt;
    return line.substr(at + mark.size());
}

std::optional<base::Error> refusal_of_name(std::string_view line, std::string_view database) {
    const auto name = only_behind(line, "identifier: ");
    if (!name) return refused("this name cannot be used");
    // A SELECT without FROM reads system.one, which has one row and tells nothing.
    if (*name == "system.one") return std::nullopt;
    const std::string first = lower(name->substr(0, name->find('.')));
    const bool is_qualified = name->find('.') != std::string_view::npos;
    for (const std::string_view other :
         {"system", "information_schema", "default", "_temporary_and_external_tables"}) {
        if (is_qualified && first == other && other != lower(database)) {
            return refused("tables of the database " + first + " are not for searches");
        }
    }
    return std::nullopt;
}

std::optional<base::Error> refusal_of_function(std::string_view line) {
    constexpr std::string_view kMark = "function_name: ";
    const std::size_t at = line.find(kMark);
    if (at == std::string_view::npos || line.rfind(kMark) != at) {
        return refused("this function cannot be used");
    }
    const std::string_view rest = line.substr(at + kMark.size());
    const std::string_view name = rest.substr(0, rest.find(','));
    if (!is_refused_function(name)) return std::nullopt;
    return refused("the function " + std::string(name) + " is not for searches");
}

std::string_view trimmed(std::string_view sql) {
    constexpr std::string_view kAround = " \t\r\n;";
    const std::size_t begin = sql.find_first_not_of(kAround);
    if (begin == std::string_view::npos) return {};
    return sql.substr(begin, sql.find_last_not_of(kAround) - begin + 1);
}

Result<std::string_view> store_format(std::string_view format) {
    if (format == "json") return "JSONEachRow";
    if (format == "rows") return "JSONCompactStringsEachRowWithNames";
    if (format == "csv") return "CSVWithNames";
    if (format == "parquet") return "Parquet";
    return base::fail(ErrorCode::bad_input, "there is no format '" + std::string(format) + "'", {},
                      "use json, rows, csv or parquet");
}

/// The engine's words without its addresses of code.
base::Error told_shorter(base::Error error) {
    error.text.resize(std::min(error.text.size(), error.text.find("\n")));
    return error;
}

}  // namespace

std::optional<base::Error> refusal_of(std::string_view tree, std::string_view database) {
    while (!tree.empty()) {
        const std::size_t end = std::min(tree.find('\n'), tree.size());
        std::string_view line = tree.substr(0, end);
        tree.remove_prefix(std::min(end + 1, tree.size()));
        line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
        std::optional<base::Error> why;
        if (line.starts_with("TABLE_FUNCTION ")) {
            why = refused("functions that make tables are not for searches");
        } else if (line.starts_with("SETTINGS ")) {
            // The engine takes those of a subquery even where none may be changed (26.7).
            why = refused("settings are not for searches");
        } else if (line.starts_with("IDENTIFIER ")) {
            why = refusal_of_name(line, database);
        } else if (line.starts_with("FUNCTION ")) {
            why = refusal_of_function(line);
        }
        if (why) return why;
    }
    return std::nullopt;
}

Result<std::string> run_sql(const store::ClientOptions& store, std::string_view sql,
                            std::string_view format, std::optional<std::size_t> limit) {
    VD_TRY(const std::string_view as, store_format(format));
    const std::string_view statement = trimmed(sql);
    if (statement.empty()) return base::fail(ErrorCode::bad_input, "there is no SQL");
    const std::size_t rows = std::min(limit.value_or(kSqlRowsMax), kSqlRowsMax + 1);
    // Inside brackets nothing but a SELECT can stand: no FORMAT, no INTO OUTFILE, no second
    // statement. The line end closes a comment.
    const std::string bounded =
        "SELECT * FROM (" + std::string(statement) + "\n) LIMIT " + std::to_string(rows);
    store::Client client(store);
    store::QueryOptions options;
    options.format = "TSVRaw";
    options.settings = {{"max_execution_time", std::to_string(kSqlSeconds)},
                        {"max_memory_usage", std::to_string(kSqlMemoryBytes)}};
    const auto tree = client.query("EXPLAIN QUERY TREE run_passes = 0 " + bounded, {}, options);
    if (!tree) return tl::unexpected(told_shorter(tree.error()));
    if (auto why = refusal_of(*tree, client.database())) return tl::unexpected(std::move(*why));
    options.format = as;
    options.answer_bytes_max = kSqlBytesMax;
    auto answer = client.query(bounded, {}, options);
    if (!answer) return tl::unexpected(told_shorter(answer.error()));
    return answer;
}

}  // namespace vedette::serve
