// SPDX-License-Identifier: Apache-2.0
#include "source/otlp/reception.h"

#include <algorithm>

#include "source/delivery.h"
#include "source/http_listener.h"
#include "source/otlp/request_cut.h"
#include "source/request_body.h"

namespace vedette::source::otlp {

using base::HttpRequest;
using base::HttpResponse;

namespace {

/// Nothing for a content type that OTLP does not have.
std::optional<Encoding> encoding_of(const HttpRequest& request) {
    std::string_view type = request.header("content-type");
    type = type.substr(0, type.find(';'));
    while (type.ends_with(' ')) type.remove_suffix(1);
    if (type == "application/json") return Encoding::json;
    if (type == "application/x-protobuf") return Encoding::protobuf;
    return std::nullopt;
}

/// "traces" of /v1/traces; empty for what is no signal of OTLP's.
std::string_view signal_of(const HttpRequest& request) {
    const std::string_view path = request.path;
    if (path == "/v1/logs") return "logs";
    if (path == "/v1/traces") return "traces";
    if (path == "/v1/metrics") return "metrics";
    return path == "/v1development/profiles" ? "profiles" : "";
}

constexpr std::string_view kTooLong =
    "a log record is over 1 MiB with its resource and scope: it cannot be kept";

}  // namespace

/// One request on its way to its answer.
struct Reception::Asked {
    std::shared_ptr<HttpRequest> request;
    base::HttpResponder respond;
    const SourceContext* context;
    Encoding encoding = Encoding::json;
    const Token* token = nullptr;  // nullptr: everything is allowed

    void fail(int status, std::string_view message) const {
        if (status != 503) count_http_refusal(*context, status);
        respond(failed(encoding, status, message));
    }
};

Reception::Reception(SourceContext context, Tokens tokens)
    : context_(std::move(context)),
      tokens_(std::move(tokens)),
      counters_(context_.counters.stage("source " + context_.name)),
      rejected_(context_.counters.number("vedette_otlp_rejected_total",
                                         "source=\"" + context_.name + "\"")) {}

std::optional<HttpResponse> Reception::refuse(const HttpRequest& head) const {
    const Encoding encoding = encoding_of(head).value_or(Encoding::json);
    HttpResponse out;
    switch (http_refusal(head, tokens_, "otlp")) {
        case HttpRefusal::none: return std::nullopt;
        case HttpRefusal::web_page:
            out = failed(encoding, 403, "not for web pages: set tokens to allow it");
            break;
        case HttpRefusal::no_token:
        case HttpRefusal::unknown_token:
            out = failed(encoding, 401, "missing or unknown token: use Bearer or Basic");
            out.headers.emplace_back("WWW-Authenticate", "Bearer, Basic realm=\"vedette\"");
            break;
        case HttpRefusal::other_api:
            out = failed(encoding, 403, "the token may not use this interface");
            break;
    }
    count_http_refusal(context_, out.status);
    return out;
}

void Reception::handle(HttpRequest request, base::HttpResponder respond) {
    Asked asked{std::make_shared<HttpRequest>(std::move(request)), std::move(respond), &context_};
    const std::string_view signal = signal_of(*asked.request);
    const auto encoding = encoding_of(*asked.request);
    asked.encoding = encoding.value_or(Encoding::json);
    if (signal != "logs") {
        if (signal.empty()) return asked.fail(404, "logs are taken at /v1/logs");
        context_.counters.number(
            "vedette_otlp_unsupported_total",
            "source=\"" + context_.name + "\",signal=\"" + std::string(signal) + "\"")++;
        return asked.fail(404, "only logs are taken here: switch the exporter for " +
                                   std::string(signal) + " off");
    }
    if (asked.request->method != "POST") return asked.fail(405, "logs are sent with POST");
    if (!encoding) {
        return asked.fail(415, "send application/x-protobuf or application/json");
    }
    if (!tokens_.is_empty()) {
        asked.token = tokens_.find(asked.request->header("authorization"));
        if (asked.token == nullptr) return asked.fail(401, "unknown token");
    }
    logs(asked);
}

void Reception::logs(const Asked& asked) {
    const auto body = opened_body(*asked.request);
    if (!body) {
        const bool is_limit = body.error().code == base::ErrorCode::limit;
        const bool is_unsupported = body.error().code == base::ErrorCode::unsupported;
        return asked.fail(is_limit ? 413 : is_unsupported ? 415 : 400, body.error().message());
    }
    event::Envelope envelope = http_envelope(context_, *asked.request, asked.token);
    set_format(envelope, "otlp", context_.formats);
    RecordChunks chunks(std::move(envelope));
    const auto cut = asked.encoding == Encoding::protobuf ? cut_protobuf(*body, chunks)
                                                          : cut_json(*body, chunks);
    if (!cut) {
        const bool is_limit = cut.error().code == base::ErrorCode::limit;
        return asked.fail(is_limit ? 413 : 400, cut.error().message());
    }
    counters_.received += cut->log_records + cut->too_long;
    counters_.bytes += body->size();
    const auto delivery = std::make_shared<Delivery>(
        context_.sink,
        [this, self = shared_from_this(), asked, counts = *cut](const Fates& result) {
            const bool is_all = std::all_of(result.chunks.begin(), result.chunks.end(),
                                            [](Fate fate) { return fate == Fate::durable; });
            (is_all ? counters_.sent : counters_.errors) += counts.log_records;
            if (!is_all) return asked.fail(503, "the journal has no room, send it again later");
            counters_.dropped += counts.too_long;
            rejected_ += counts.too_long;
            asked.respond(accepted(asked.encoding, counts.too_long, kTooLong));
        });
    delivery->offer_all(chunks.take());
    delivery->release();
}

}  // namespace vedette::source::otlp
