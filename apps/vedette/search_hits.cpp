// SPDX-License-Identifier: Apache-2.0
#include "apps/vedette/search_hits.h"

#include <simdjson.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "apps/vedette/server_client.h"
#include "base/json_text.h"
#include "engine/kept_lists.h"
#include "rule/search/sql.h"
#include "store/client.h"
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
    std::string out = "{\"query\":";
    base::append_json_string(out, question.query);
    out += ",\"from\":";
    base::append_json_string(out, question.from);
    out += ",\"to\":";
    base::append_json_string(out, question.to);
    return out + ",\"limit\":" + std::to_string(question.limit) + '}';
}

base::Result<std::vector<Hit>> read_lines(std::string_view body) {
    std::vector<Hit> hits;
    while (!body.empty()) {
        const std::size_t end = std::min(body.find('\n'), body.size());
        if (end > 0) {
            VD_TRY(Hit hit, hit_from_json(body.substr(0, end)));
            hits.push_back(std::move(hit));
        }
        body.remove_prefix(std::min(end + 1, body.size()));
    }
    return hits;
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

base::Result<std::vector<Hit>> ask_store(const std::string& data_folder,
                                         const SearchQuestion& question) {
    rule::search::SqlOptions options;
    VD_TRY(options.lists, lists_of(data_folder, question.query));
    options.now = base::SystemClock().now();
    options.limit = question.limit;
    VD_TRY(options.range, rule::search::parse_time_range(question.from, question.to, options.now));
    VD_TRY(rule::search::SqlQuery query, rule::search::search_sql(question.query, options));
    store::SupervisorOptions supervision;
    supervision.data_folder = data_folder + "/store";
    store::Supervisor supervisor(supervision);
    VD_TRY_DO(supervisor.start());
    store::ClientOptions client_options;
    client_options.endpoint = supervisor.endpoint();
    client_options.idle_timeout_ms = kSearchTimeoutMs;
    store::Client client(client_options);
    store::QueryOptions query_options;
    query_options.format = query.format;
    auto answer = client.query(query.sql, query.params, query_options);
    client.close();
    supervisor.stop();
    if (!answer) return tl::unexpected(std::move(answer).error());
    return rule::search::decode_hits(*answer);
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

base::Result<std::vector<Hit>> find_hits(const std::string& data_folder,
                                         const SearchQuestion& question) {
    const std::string body = request_body(question);
    VD_TRY(const auto answer,
           ask_server(data_folder,
                      {"POST", "/api/search", {{"Content-Type", "application/json"}}, {body}}));
    if (answer) return read_lines(*answer);
    if (!exists(data_folder + "/store")) {
        return base::fail(ErrorCode::not_found, "nothing was ever stored here", data_folder,
                          "start `vedette serve` on this folder, or name another one with --data");
    }
    return ask_store(data_folder, question);
}

}  // namespace vedette::apps
