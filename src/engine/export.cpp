// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "engine/engine.h"
#include "store/schema.h"

namespace vedette::engine {

namespace {

using base::Result;
using Line = std::function<void(std::string_view line)>;

/// Rows in id order, one JSON object a line. The order of keys within `fields` depends on where
/// batches were cut and means nothing, so they are sorted.
Result<void> export_events(store::Client& client, const Line& line) {
    std::string columns;
    for (const std::string& column : store::event_columns()) {
        if (!columns.empty()) columns += ", ";
        const std::string name = store::quote_identifier(column);
        columns += column == "fields" ? "mapSort(fields) AS fields" : name;
    }
    store::QueryOptions options;
    options.format = "JSONEachRow";
    options.answer_bytes_max = UINT64_MAX;
    options.settings = {{"max_execution_time", "0"}};  // as long as it takes
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
