// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "engine/engine.h"
#include "store/schema.h"

namespace vedette::engine {

namespace {

using base::Result;
using Line = std::function<void(std::string_view line)>;

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

/// Rows in id order, one JSON object a line.
Result<void> export_events(store::Client& client, const Line& line) {
    std::string columns;
    for (const std::string& column : store::event_columns()) {
        if (!columns.empty()) columns += ", ";
        columns += compared(column);
    }
    store::QueryOptions options;
    options.format = "JSONEachRow";
    options.answer_bytes_max = UINT64_MAX;
    // As long as it takes. Blocks are short, because a row may hold a record of 1 MiB twice, and
    // the engine, reading in order, collects a block's rows whatever they weigh (seen: 1,026 such
    // rows went beyond 1 GiB; with 64 a block the same export passes).
    options.settings = {
        {"max_execution_time", "0"}, {"max_block_size", "64"}, {"max_threads", "1"}};
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
    return client.stream(fmt::format("SELECT {} FROM {} ORDER BY offset, row", columns,
                                     store::quote_identifier(store::kEventsTable)),
                         {}, options, cut_lines);
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
