// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <optional>

#include "engine/engine.h"
#include "rule/search/hit.h"
#include "store/schema.h"

namespace vedette::engine {

namespace {

using base::Result;
using Line = std::function<void(std::string_view line)>;

constexpr std::uint64_t kExportWindowRows = 65'536;

/// A column as it is compared. The order of keys within `fields` depends on where batches were cut,
/// and whether a name found a place in the dictionary on what was read before: neither means
/// anything.
std::string compared(const std::string& column) {
    if (column == "fields") return "mapSort(fields) AS fields";
    if (column == "flags") {
        return fmt::format("bitAnd(flags, {}) AS flags", 0xFFFF & ~int{event::kRowOverflow});
    }
    return store::quote_identifier(column);
}

/// As long as it takes. Blocks are short, because a row may hold a record of 1 MiB twice, and the
/// engine, reading in order, collects a block's rows whatever they weigh (seen: 1,026 such rows
/// went beyond 1 GiB; with 64 a block the same export passes).
store::QueryOptions patient(std::string format) {
    store::QueryOptions options;
    options.format = std::move(format);
    options.answer_bytes_max = UINT64_MAX;
    options.settings = {
        {"max_execution_time", "0"}, {"max_block_size", "64"}, {"max_threads", "1"}};
    return options;
}

/// The last offset of the window that begins at `begin`; nothing where there are no more rows.
Result<std::optional<std::uint64_t>> window_end(store::Client& client, std::uint64_t begin) {
    VD_TRY(
        const std::string answer,
        client.query(fmt::format("SELECT max(offset) FROM (SELECT offset FROM {} WHERE offset >= "
                                 "{{begin:UInt64}} ORDER BY offset LIMIT {}) HAVING count() > 0",
                                 store::quote_identifier(store::kEventsTable), kExportWindowRows),
                     {{"begin", std::to_string(begin)}}, patient("RowBinary")));
    if (answer.empty()) return std::nullopt;
    return rule::search::decode_count(answer);
}

/// Rows in id order, one JSON object a line. Window by window: the engine opens all columns of
/// every part that a statement may read, and after many restarts there are hundreds of parts
/// (seen: 1.5 million short rows went beyond 1 GiB).
Result<void> export_events(store::Client& client, const Line& line) {
    std::string columns;
    for (const std::string& column : store::event_columns()) {
        if (!columns.empty()) columns += ", ";
        columns += compared(column);
    }
    std::string rest;
    const auto cut_lines = [&](std::string_view piece) -> Result<void> {
        rest.append(piece);
        std::size_t begin = 0;
        for (auto end = rest.find('\n'); end != std::string::npos; end = rest.find('\n', begin)) {
            line("event " + rest.substr(begin, end - begin));
            begin = end + 1;
        }
        rest.erase(0, begin);
        return {};
    };
    const std::string statement = fmt::format(
        "SELECT {} FROM {} WHERE offset BETWEEN {{begin:UInt64}} AND {{end:UInt64}} "
        "ORDER BY offset, row",
        columns, store::quote_identifier(store::kEventsTable));
    for (std::uint64_t begin = 0;;) {
        VD_TRY(const auto end, window_end(client, begin));
        if (!end) return {};
        VD_TRY_DO(client.stream(statement,
                                {{"begin", std::to_string(begin)}, {"end", std::to_string(*end)}},
                                patient("JSONEachRow"), cut_lines));
        if (*end == UINT64_MAX) return {};
        begin = *end + 1;
    }
}

}  // namespace

Result<void> Engine::export_canonical(const Line& line) {
    if (const auto options = store_client_options()) {
        store::Client client(*options);
        VD_TRY_DO(export_events(client, line));
    }
    VD_TRY(auto state, store::StateReader::open(state_path()));
    VD_TRY_DO(
        state.export_canonical([&](std::string_view text) { line("state " + std::string(text)); }));
    for (const auto& [name, checksum] : pipeline_->checksums()) {
        line(fmt::format("checksum {} {:016x}", name, checksum));
    }
    return {};
}

}  // namespace vedette::engine
