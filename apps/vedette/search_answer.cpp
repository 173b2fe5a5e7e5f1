// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/search_answer.h"

#include <simdjson.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "apps/vedette/server_client.h"
#include "base/json_text.h"
#include "engine/kept_lists.h"
#include "serve/search_request.h"
#include "store/client.h"
#include "store/schema.h"
#include "store/supervisor.h"

namespace vedette::apps {

namespace {

using base::ErrorCode;
using rule::search::Hit;

/// A search may have to read years.
constexpr int kSearchTimeoutMs = 600'000;

bool exists(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0;
}

std::string request_body(const SearchQuestion& question) {
    std::string out = "{";
    const std::pair<const char*, const std::string*> texts[] = {{"query", &question.query},
                                                                {"sql", &question.sql},
                                                                {"from", &question.from},
                                                                {"to", &question.to},
                                                                {"format", &question.format}};
    for (const auto& [name, text] : texts) {
        out += (out.size() > 1 ? ",\"" : "\"") + std::string(name) + "\":";
        base::append_json_string(out, *text);
    }
    if (question.limit) out += ",\"limit\":" + std::to_string(*question.limit);
    return out + '}';
}

std::string text_of(simdjson::dom::element document, const char* key) {
    std::string_view text;
    return document[key].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

/// The lists that were in force when the server ran last; only for a query that may name one.
base::Result<std::shared_ptr<const event::LookupSet>> lists_of(const std::string& data_folder,
                                                               const std::string& query) {
    if (query.find('@') == std::string::npos) return nullptr;
    base::SystemFiles files;
    engine::KeptLists kept(files, data_folder + "/kept_lists");
    VD_TRY(const std::string name, kept.name_in_force());
    return kept.find(name);
}

/// An older program may have stored here. Bringing it up is the server's, which keeps a way back.
base::Result<void> check_version(const store::ClientOptions& options) {
    store::Client client(options);
    VD_TRY(const std::uint32_t version, store::schema_version_stored(client));
    if (version >= store::schema_version_known()) return {};
    return base::fail(ErrorCode::unsupported, "the store was made by an older program", {},
                      "start `vedette serve` once, which brings it up to date");
}

base::Result<std::string> ask_store(const std::string& data_folder, const std::string& query,
                                    const std::string& body) {
    VD_TRY(auto lists, lists_of(data_folder, query));
    store::SupervisorOptions supervision;
    supervision.data_folder = data_folder + "/store";
    store::Supervisor supervisor(supervision);
    VD_TRY_DO(supervisor.start());
    store::ClientOptions client_options;
    client_options.endpoint = supervisor.endpoint();
    client_options.idle_timeout_ms = kSearchTimeoutMs;
    auto answer = [&]() -> base::Result<std::string> {
        VD_TRY_DO(check_version(client_options));
        return serve::search(client_options, std::move(lists), body);
    }();
    supervisor.stop();
    return answer;
}

base::Timestamp time_of(simdjson::dom::element document, const char* key) {
    std::string_view text;
    if (document[key].get(text) != simdjson::SUCCESS) return {};
    return base::parse_rfc3339(text).value_or(base::Timestamp{});
}

}  // namespace

base::Result<Hit> hit_from_json(std::string_view line) {
    simdjson::dom::parser parser;
    simdjson::dom::element document;
    const simdjson::padded_string padded(line);
    if (parser.parse(padded).get(document) != simdjson::SUCCESS || !document.is_object()) {
        return base::fail(ErrorCode::corrupt, "the server's answer is no list of events");
    }
    Hit hit;
    const std::string id = text_of(document, "id");
    const char* const end = id.data() + id.size();
    const auto offset = std::from_chars(id.data(), end, hit.offset);
    if (offset.ec == std::errc() && offset.ptr != end)
        std::from_chars(offset.ptr + 1, end, hit.row);
    hit.time = time_of(document, "time");
    hit.arrival = time_of(document, "arrival");
    hit.source = text_of(document, "source");
    hit.origin = text_of(document, "origin");
    hit.dataset = text_of(document, "dataset");
    hit.raw = text_of(document, "raw");
    std::uint64_t number = 0;
    if (document["line"].get(number) == simdjson::SUCCESS) hit.line = number;
    if (document["flags"].get(number) == simdjson::SUCCESS) {
        hit.flags = static_cast<std::uint16_t>(number);
    }
    simdjson::dom::object fields;
    if (document["fields"].get(fields) == simdjson::SUCCESS) {
        for (const auto [name, value] : fields) {
            std::string_view text;
            if (value.get(text) == simdjson::SUCCESS) hit.fields.emplace_back(name, text);
        }
    }
    return hit;
}

base::Result<std::vector<Hit>> read_hits(std::string_view lines) {
    std::vector<Hit> hits;
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        if (end > 0) {
            VD_TRY(Hit hit, hit_from_json(lines.substr(0, end)));
            hits.push_back(std::move(hit));
        }
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    return hits;
}

base::Result<rule::search::Table> read_rows(std::string_view lines, std::size_t rows_max) {
    simdjson::dom::parser parser;
    rule::search::Table table;
    bool has_names = false;
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        const simdjson::padded_string padded(lines.substr(0, end));
        lines.remove_prefix(std::min(end + 1, lines.size()));
        simdjson::dom::array cells;
        if (parser.parse(padded).get(cells) != simdjson::SUCCESS) {
            return base::fail(ErrorCode::corrupt, "the server's answer is no table");
        }
        rule::search::ResultRow row;
        for (const simdjson::dom::element cell : cells) {
            std::string_view text;
            if (cell.get(text) != simdjson::SUCCESS) {
                row.emplace_back();
            } else if (has_names) {
                row.emplace_back(std::string(text));
            } else {
                table.columns.push_back({std::string(text)});
            }
        }
        if (has_names && row.size() != table.columns.size()) {
            return base::fail(ErrorCode::corrupt, "the server's answer is no table");
        }
        if (has_names) table.rows.push_back(std::move(row));
        has_names = true;
    }
    table.is_cut = table.rows.size() > rows_max;
    if (table.is_cut) table.rows.resize(rows_max);
    return table;
}

base::Result<std::string> ask(const std::string& data_folder, const SearchQuestion& question) {
    const std::string body = request_body(question);
    VD_TRY(auto answer,
           ask_server(data_folder,
                      {"POST", "/api/search", {{"Content-Type", "application/json"}}, {body}}));
    if (answer) return std::move(*answer);
    if (!exists(data_folder + "/store")) {
        return base::fail(ErrorCode::not_found, "nothing was ever stored here", data_folder,
                          "start `vedette serve` on this folder, or name another one with --data");
    }
    return ask_store(data_folder, question.query, body);
}

}  // namespace vedette::apps
