// SPDX-License-Identifier: Apache-2.0
#include "serve/admin.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <thread>

#include "base/http_server.h"
#include "base/json_text.h"
#include "base/log.h"
#include "base/queue.h"
#include "base/thread_priority.h"
#include "engine/learning/learn_job.h"
#include "engine/rule_replays/replay_json.h"
#include "serve/intel_request.h"
#include "serve/keeping.h"
#include "serve/learn_request.h"
#include "serve/limits.h"
#include "serve/live_request.h"
#include "serve/peers_request.h"
#include "serve/replay_request.h"
#include "serve/search_request.h"
#include "store/state/state_reader.h"

namespace vedette::serve {

namespace {

using base::ErrorCode;
using base::HttpRequest;
using base::HttpResponse;

constexpr std::string_view kJsonLines = "application/x-ndjson";

int status_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::bad_input: return 400;
        case ErrorCode::denied: return 403;
        case ErrorCode::not_found: return 404;
        case ErrorCode::limit: return 413;
        case ErrorCode::timeout: return 504;
        case ErrorCode::unavailable: return 503;
        case ErrorCode::unsupported: return 501;
        default: return 500;
    }
}

HttpResponse failure(const base::Error& error) {
    std::string body = "{\"error\":";
    base::append_json_string(body, error.text);
    body += ",\"where\":";
    base::append_json_string(body, error.where);
    body += ",\"hint\":";
    base::append_json_string(body, error.hint);
    body += fmt::format(",\"code\":\"{}\"}}\n", base::name(error.code));
    return {status_of(error.code), std::move(body)};
}

HttpResponse lines(std::string body) { return {200, std::move(body), std::string(kJsonLines)}; }

std::size_t limit_of(const HttpRequest& request) {
    const auto text = request.parameter("limit");
    const std::size_t wanted = text ? std::strtoull(text->c_str(), nullptr, 10) : 100;
    return std::min<std::size_t>(wanted, kSearchRowsMax);
}

HttpResponse status(engine::Engine& engine) {
    const engine::Status s = engine.status();
    std::string body = fmt::format(
        "{{\"version\":\"{}\",\"journal\":{{\"first\":{},\"end\":{},\"bytes\":{},\"quota_bytes\":{}"
        ","
        "\"damages\":{}}},\"judged_to\":{},\"store\":{{\"kept\":{},\"up\":{},\"stored_to\":{},"
        "\"restarts\":{}}},\"ruleset\":\"{}\"",
        VEDETTE_VERSION, s.journal_first, s.journal_end, s.journal_bytes, s.journal_quota_bytes,
        s.journal_damages, s.judged_to, s.has_store, s.is_store_up, s.stored_to, s.store_restarts,
        s.ruleset);
    body += ",\"config\":";
    base::append_json_string(body, engine.config().path);
    base::append_json_strings(body, "sources", s.sources);
    return {200, body + "}\n"};
}

HttpResponse incidents(engine::Engine& engine, const HttpRequest& request) {
    auto state = store::StateReader::open(engine.state_path());
    if (!state) return failure(state.error());
    store::IncidentFilter filter;
    filter.limit = limit_of(request);
    // Those that matter most first, unless asked for the newest.
    filter.is_by_evidence = request.parameter("order") != "time";
    const auto found = state->incidents(filter);
    if (!found) return failure(found.error());
    std::string body;
    for (const cases::Incident& incident : *found) body += cases::to_json(incident) + "\n";
    return lines(std::move(body));
}

HttpResponse findings(engine::Engine& engine, const HttpRequest& request) {
    auto state = store::StateReader::open(engine.state_path());
    if (!state) return failure(state.error());
    store::FindingFilter filter;
    filter.limit = limit_of(request);
    filter.rule_id = request.parameter("rule_id");
    const auto found = state->findings(filter);
    if (!found) return failure(found.error());
    std::string body;
    for (const cases::Finding& finding : *found) body += cases::to_json(finding) + "\n";
    return lines(std::move(body));
}

HttpResponse inbox(engine::Engine& engine, const HttpRequest& request) {
    auto state = store::StateReader::open(engine.state_path());
    if (!state) return failure(state.error());
    const auto found =
        state->inbox(request.parameter("stage").value_or("parse"), limit_of(request));
    if (!found) return failure(found.error());
    std::string body;
    for (const store::InboxRow& row : *found) {
        body += fmt::format("{{\"id\":\"{}:{}\",\"source\":", row.journal_offset, row.row);
        base::append_json_string(body, row.source);
        body += ",\"origin\":";
        base::append_json_string(body, row.origin);
        body += ",\"reason\":";
        base::append_json_string(body, row.reason);
        body += ",\"raw\":";
        base::append_json_string(body, row.raw);
        body += "}\n";
    }
    return lines(std::move(body));
}

HttpResponse read_inbox_again(engine::Engine& engine, const HttpRequest& request) {
    const auto done =
        engine.read_inbox_again(request.parameter("as").value_or(""), limit_of(request));
    if (!done) return failure(done.error());
    return lines(fmt::format("{{\"looked_at\":{},\"fit\":{},\"cut\":{}}}\n", done->looked_at,
                             done->fit, done->cut));
}

HttpResponse reload(engine::Engine& engine) {
    if (const auto done = engine.reload(); !done) return failure(done.error());
    return status(engine);
}

HttpResponse fields(engine::Engine& engine) {
    const auto found = engine.fields_asked().status();
    if (!found) return failure(found.error());
    std::string body;
    for (const engine::FieldStatus& field : *found) {
        body += "{\"field\":";
        base::append_json_string(body, field.name);
        body += fmt::format(
            ",\"asked\":{},\"sample_rows\":{},\"sample_with_field\":{},\"promoted\":{},\"rows\":{},"
            "\"rows_in_column\":{}}}\n",
            field.asked, field.sample_rows, field.sample_with_field, field.is_promoted, field.rows,
            field.rows_in_column);
    }
    return lines(std::move(body));
}

HttpResponse change_field(engine::Engine& engine, const HttpRequest& request) {
    const std::string field = request.parameter("field").value_or("");
    const bool is_promotion = request.path == "/api/fields/promote";
    const auto done =
        is_promotion ? engine.fields_asked().promote(field) : engine.fields_asked().demote(field);
    return done ? lines({}) : failure(done.error());
}

HttpResponse lines_or_failure(base::Result<std::string> body) {
    return body ? lines(std::move(*body)) : failure(body.error());
}

/// What is kept and what goes; nothing if the request is about something else.
std::optional<HttpResponse> keeping(engine::Engine& engine, const HttpRequest& request) {
    const std::string_view path = request.path;
    if (request.method == "GET") {
        if (path == "/api/retention") return lines_or_failure(retention_status(engine));
        if (path == "/api/retention/plan") return lines_or_failure(retention_plan(engine));
        if (path == "/api/holds") return lines_or_failure(hold_list(engine));
        if (path == "/api/forget") return lines_or_failure(forget_status(engine));
    }
    if (request.method != "POST") return std::nullopt;
    if (path == "/api/retention/run") return lines_or_failure(retention_run(engine));
    if (path == "/api/holds") return lines_or_failure(hold_add(engine, request.body));
    if (path == "/api/holds/release") return lines_or_failure(hold_release(engine, request.body));
    if (path == "/api/forget/plan") return lines_or_failure(forget_plan(engine, request.body));
    if (path == "/api/forget") return lines_or_failure(forget_begin(engine, request.body));
    return std::nullopt;
}

HttpResponse answer(engine::Engine& engine, LiveSearches& live, const HttpRequest& request) {
    const bool is_get = request.method == "GET" || request.method == "HEAD";
    if (is_get && request.path == "/metrics") {
        return {200, engine.counters().prometheus(), "text/plain; version=0.0.4"};
    }
    if (is_get && request.path == "/api/status") return status(engine);
    if (is_get && request.path == "/api/incidents") return incidents(engine, request);
    if (is_get && request.path == "/api/findings") return findings(engine, request);
    if (is_get && request.path == "/api/inbox") return inbox(engine, request);
    if (request.method == "POST" && request.path == "/api/inbox/parse") {
        return read_inbox_again(engine, request);
    }
    if (request.method == "POST" && request.path == "/api/reload") return reload(engine);
    if (is_get && request.path == "/api/fields") return fields(engine);
    if (request.method == "POST" &&
        (request.path == "/api/fields/promote" || request.path == "/api/fields/demote")) {
        return change_field(engine, request);
    }
    if (request.method == "POST" && request.path == "/api/search") {
        auto found = search(engine.store_client_options(), engine.lists(), request.body,
                            &engine.fields_asked());
        if (!found) return failure(found.error());
        return {200, std::move(*found), search_content_type(request.body)};
    }
    if (request.method == "POST" && request.path == "/api/rules/replay") {
        return lines_or_failure(replay_rule(engine, request.body));
    }
    if (is_get && request.path == "/api/rules/replays") {
        const auto status = engine.replays();
        return lines(status ? engine::rule_replays::to_json_lines(*status) : std::string());
    }
    if (request.method == "POST" && request.path == "/api/rules/replay/days") {
        return lines_or_failure(replay_days(engine, request.body));
    }
    if (request.method == "POST" && request.path == kLivePath) {
        auto found = live.answer(engine, request.body);
        return found ? lines(std::move(*found)) : failure(found.error());
    }
    if (is_get && request.path == "/api/analytics/learn") {
        return lines(engine.learn_job().status_json());
    }
    if (request.method == "POST" && request.path == "/api/analytics/learn") {
        return lines_or_failure(learn_history(engine, request.body));
    }
    if (is_get && request.path == "/api/analytics/subtract") {
        return lines_or_failure(subtracted_events(engine));
    }
    if (request.method == "POST" && request.path == "/api/analytics/subtract") {
        return lines_or_failure(subtract_events(engine, request.body));
    }
    if (is_get && request.path == "/api/intel") return lines(intel_status(engine));
    if (request.method == "POST" && request.path == "/api/intel/pull") {
        return lines_or_failure(intel_pull(engine, request));
    }
    if (is_get && request.path == "/api/analytics/peers") {
        return lines_or_failure(peers_list(engine, request));
    }
    if (request.method == "POST" && request.path == "/api/analytics/peers") {
        return lines_or_failure(peers_order(engine, request.body));
    }
    if (auto kept = keeping(engine, request)) return std::move(*kept);
    return failure({ErrorCode::not_found, "there is no such thing here", request.path, {}, false});
}

}  // namespace

struct Admin::Impl {
    explicit Impl(engine::Engine& engine_in)
        : engine(engine_in), queue(kAdminQueueMax), live_queue(kLiveQueueMax) {}

    void take(HttpRequest request, const base::HttpResponder& respond) {
        // Those that wait must not hold up those that ask.
        auto& its_queue = request.path == kLivePath ? live_queue : queue;
        auto work = [this, request = std::move(request), respond] {
            respond(answer(engine, live, request));
        };
        std::function<void()> item(std::move(work));
        if (!its_queue.try_push(item)) {
            respond(failure({ErrorCode::unavailable, "too much is asked at once", {}, {}, true}));
        }
    }

    std::unique_ptr<base::HttpServer> server_on(const std::string& listen, bool only_metrics) {
        base::HttpServerSettings settings;
        settings.listen = listen;
        settings.threads = 1;
        settings.body_bytes_max = kAdminBodyBytesMax;
        base::HttpHandlers handlers;
        handlers.handle = [this](HttpRequest request, const base::HttpResponder& respond) {
            take(std::move(request), respond);
        };
        if (only_metrics) {
            handlers.refuse = [](const HttpRequest& head) -> std::optional<HttpResponse> {
                if (head.path == "/metrics" && head.method == "GET") return std::nullopt;
                return failure({ErrorCode::not_found, "only /metrics is here", {}, {}, false});
            };
        }
        return std::make_unique<base::HttpServer>(std::move(settings), std::move(handlers));
    }

    using Queue = base::BoundedQueue<std::function<void()>>;

    static void work(Queue& queue) {
        base::stand_behind_senders();
        while (!queue.is_closed()) {
            if (auto item = queue.pop(std::chrono::milliseconds(500))) (*item)();
        }
    }

    engine::Engine& engine;
    LiveSearches live;
    Queue queue, live_queue;
    std::unique_ptr<base::HttpServer> socket, metrics;
    std::vector<std::thread> workers;
};

Admin::Admin(engine::Engine& engine) : impl_(std::make_unique<Impl>(engine)) {}

Admin::~Admin() { stop(); }

base::Result<void> Admin::start() {
    const engine::Config& config = impl_->engine.config();
    impl_->socket =
        impl_->server_on("unix:" + config.data_folder + "/" + std::string(kAdminSocketName), false);
    VD_TRY_DO(impl_->socket->start());
    if (!config.metrics_listen.empty()) {
        impl_->metrics = impl_->server_on(config.metrics_listen, true);
        VD_TRY_DO(impl_->metrics->start());
    }
    for (int i = 0; i < kAdminWorkers; ++i) {
        impl_->workers.emplace_back([this] { Impl::work(impl_->queue); });
    }
    for (int i = 0; i < kLiveWorkers; ++i) {
        impl_->workers.emplace_back([this] { Impl::work(impl_->live_queue); });
    }
    return {};
}

void Admin::stop() {
    if (impl_->socket) impl_->socket->stop();
    if (impl_->metrics) impl_->metrics->stop();
    impl_->queue.close();
    impl_->live_queue.close();
    for (std::thread& worker : impl_->workers) {
        if (worker.joinable()) worker.join();
    }
}

}  // namespace vedette::serve
