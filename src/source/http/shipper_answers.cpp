// SPDX-License-Identifier: Apache-2.0
#include "source/http/shipper_answers.h"

#include <array>

#include "base/json_text.h"

namespace vedette::source::http {

using base::HttpRequest;
using base::HttpResponse;

namespace {

constexpr std::string_view kInfo =
    R"({"name":"vedette","cluster_name":"vedette","cluster_uuid":"dmVkZXR0ZS1zZW50cnktMQ",)"
    R"("version":{"number":"8.17.0","build_flavor":"default","build_type":"tar",)"
    R"("build_hash":"0000000000000000000000000000000000000000",)"
    R"("build_date":"2024-12-01T00:00:00.000000000Z","build_snapshot":false,)"
    R"("lucene_version":"9.12.0","minimum_wire_compatibility_version":"7.17.0",)"
    R"("minimum_index_compatibility_version":"7.0.0"},"tagline":"You Know, for Search"})";

constexpr std::string_view kLicense =
    R"({"license":{"status":"active","uid":"00000000-0000-0000-0000-000000000000","type":"basic",)"
    R"("issue_date":"2024-12-01T00:00:00.000Z","issue_date_in_millis":1733011200000,)"
    R"("max_nodes":1000,"max_resource_units":null,"issued_to":"vedette","issuer":"elasticsearch",)"
    R"("start_date_in_millis":-1}})";

constexpr std::string_view kXpack =
    R"({"license":{"uid":"00000000-0000-0000-0000-000000000000","type":"basic","mode":"basic",)"
    R"("status":"active"},"features":{"ilm":{"available":true,"enabled":true},)"
    R"("data_streams":{"available":true,"enabled":true},)"
    R"("monitoring":{"available":true,"enabled":false},)"
    R"("security":{"available":true,"enabled":true}},"tagline":"You know, for X"})";

constexpr std::string_view kHealth =
    R"({"cluster_name":"vedette","status":"green","timed_out":false,"number_of_nodes":1,)"
    R"("number_of_data_nodes":1,"active_primary_shards":1,"active_shards":1,)"
    R"("relocating_shards":0,"initializing_shards":0,"unassigned_shards":0,)"
    R"("delayed_unassigned_shards":0,"number_of_pending_tasks":0,"number_of_in_flight_fetch":0,)"
    R"("task_max_waiting_in_queue_millis":0,"active_shards_percent_as_number":100.0})";

constexpr std::string_view kAcknowledged = R"({"acknowledged":true})";

HttpResponse json(std::string_view body) { return HttpResponse{200, std::string(body)}; }

std::string quoted(std::string_view text) {
    std::string out;
    base::append_json_string(out, text);
    return out;
}

/// Sniffing clients go on with the address they are told: the one they came by.
HttpResponse nodes(const HttpRequest& request) {
    const std::string host = quoted(request.header("host"));
    return json(
        R"({"_nodes":{"total":1,"successful":1,"failed":0},"cluster_name":"vedette",)"
        R"("nodes":{"vedette":{"name":"vedette","version":"8.17.0","build_flavor":"default",)"
        R"("host":"vedette","roles":["data","ingest","master"],"http":{"publish_address":)" +
        host + "}}}}");
}

struct Thing {
    std::string_view kind;  // first part of the path
    std::string_view before_name, after_name;
};

/// Things shippers set up. A GET is answered as if what was asked for existed, empty.
constexpr std::array kThings{
    Thing{"_index_template", R"({"index_templates":[{"name":)",
          R"(,"index_template":{"index_patterns":[],"composed_of":[]}}]})"},
    Thing{"_component_template", R"({"component_templates":[{"name":)",
          R"(,"component_template":{"template":{}}}]})"},
    Thing{"_template", "{", R"(:{"order":0,"index_patterns":[],"settings":{},"mappings":{}}})"},
    Thing{"_ilm", "{", R"(:{"version":1,"modified_date":"2024-12-01T00:00:00.000Z","policy":{}}})"},
    Thing{"_ingest", "{", R"(:{"description":"","processors":[]}})"},
    Thing{
        "_data_stream", R"({"data_streams":[{"name":)",
        R"(,"timestamp_field":{"name":"@timestamp"},"indices":[],"generation":1,"status":"GREEN"}]})"},
    Thing{"_alias", "{", R"(:{"aliases":{}}})"},
};

std::optional<HttpResponse> thing(const HttpRequest& request,
                                  const std::vector<std::string>& parts) {
    for (const Thing& known : kThings) {
        if (parts[0] != known.kind) continue;
        if (request.method == "PUT" || request.method == "POST" || request.method == "DELETE") {
            return json(kAcknowledged);
        }
        if (parts.size() < 2 ||
            (parts.size() < 3 && (parts[0] == "_ilm" || parts[0] == "_ingest"))) {
            return json("{}");
        }
        return json(std::string(known.before_name) + quoted(parts.back()) +
                    std::string(known.after_name));
    }
    return std::nullopt;
}

HttpResponse health_line() {
    HttpResponse response{200, "vedette green 1 1 1 1 0 0 0 0 - 100.0%\n", "text/plain"};
    return response;
}

std::optional<HttpResponse> about_cluster(const HttpRequest& request,
                                          const std::vector<std::string>& parts) {
    const std::string& first = parts[0];
    if (first == "_license") return json(kLicense);
    if (first == "_xpack") return json(kXpack);
    if (first == "_nodes") return nodes(request);
    if (first == "_cluster" && parts.size() > 1 && parts[1] == "health") return json(kHealth);
    if (first == "_cat" && parts.size() > 1 && parts[1] == "health") return health_line();
    return std::nullopt;
}

bool is_after_writing(std::string_view word) {
    return word == "_refresh" || word == "_flush" || word == "_forcemerge";
}

/// HEAD, GET and PUT of an index, and what is asked of one.
std::optional<HttpResponse> about_index(const HttpRequest& request,
                                        const std::vector<std::string>& parts) {
    if (is_after_writing(parts.back()) && parts.size() <= 2) {
        return json(R"({"_shards":{"total":1,"successful":1,"failed":0}})");
    }
    if (parts[0].front() == '_') return std::nullopt;
    if (parts.size() == 1 && request.method == "PUT") {
        return json(R"({"acknowledged":true,"shards_acknowledged":true,"index":)" +
                    quoted(parts[0]) + "}");
    }
    const bool is_about = parts.size() == 1 || parts[1] == "_mapping" || parts[1] == "_settings" ||
                          parts[1] == "_alias";
    if (!is_about) return std::nullopt;
    if (request.method == "GET" || request.method == "HEAD") {
        return json("{" + quoted(parts[0]) + R"(:{"aliases":{},"mappings":{},"settings":{}}})");
    }
    if (request.method == "PUT" || request.method == "POST") return json(kAcknowledged);
    return std::nullopt;
}

}  // namespace

std::optional<HttpResponse> shipper_answer(const HttpRequest& request) {
    const std::vector<std::string> parts = request.path_parts();
    const bool is_reading = request.method == "GET" || request.method == "HEAD";
    if (parts.empty()) return is_reading ? std::optional(json(kInfo)) : std::nullopt;
    if (is_reading) {
        if (auto answer = about_cluster(request, parts)) return answer;
    }
    if (auto answer = thing(request, parts)) return answer;
    return about_index(request, parts);
}

HttpResponse elastic_error(int status, std::string_view type, std::string_view reason) {
    const std::string cause = "{\"type\":" + quoted(type) + ",\"reason\":" + quoted(reason);
    return HttpResponse{status, "{\"error\":{\"root_cause\":[" + cause + "}]," + cause.substr(1) +
                                    "},\"status\":" + std::to_string(status) + "}"};
}

void finish_elastic_answer(const HttpRequest& request, HttpResponse& response) {
    response.headers.emplace_back("X-Elastic-Product", "Elasticsearch");
    static constexpr std::string_view kVendor = "application/vnd.elasticsearch+json";
    const std::string_view accept = request.header("accept");
    if (response.content_type != "application/json" ||
        accept.substr(0, kVendor.size()) != kVendor) {
        return;
    }
    const std::size_t version = accept.find("compatible-with=");
    response.content_type = kVendor;
    if (version != std::string_view::npos && version + 16 < accept.size()) {
        response.content_type.append(";compatible-with=").append(1, accept[version + 16]);
    }
}

}  // namespace vedette::source::http
