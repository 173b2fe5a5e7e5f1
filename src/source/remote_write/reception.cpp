// SPDX-License-Identifier: Apache-2.0
#include "source/remote_write/reception.h"

#include <algorithm>

#include "source/delivery.h"
#include "source/http_listener.h"
#include "source/limits.h"
#include "source/remote_write/request_cut.h"
#include "source/remote_write/snappy_block.h"

namespace vedette::source::remote_write {

using base::HttpRequest;
using base::HttpResponse;

namespace {

constexpr std::string_view kApi = "remote_write";

/// An answer as Prometheus shows it in its log: the first line of a plain text.
HttpResponse failed(int status, std::string_view message) {
    HttpResponse response{status, std::string(message) + "\n", "text/plain; charset=utf-8"};
    if (status == 503) {
        response.headers.emplace_back("Retry-After", std::to_string(kRetryAfterSeconds));
    }
    return response;
}

/// Why a request's headers are not those of remote write 1.0; empty if they are.
std::string_view other_protocol(const HttpRequest& request) {
    std::string_view type = request.header("content-type");
    const std::string_view kind = type.substr(0, std::min(type.find(';'), type.size()));
    if (kind != "application/x-protobuf") return "send application/x-protobuf";
    const std::size_t proto = type.find("proto=");
    if (proto != type.npos && type.find("prometheus.WriteRequest", proto) == type.npos) {
        return "only remote write 1.0 is spoken: protobuf_message: prometheus.WriteRequest";
    }
    if (request.header("content-encoding") != "snappy") return "send Content-Encoding: snappy";
    return {};
}

}  // namespace

/// One request on its way to its answer.
struct Reception::Asked {
    std::shared_ptr<HttpRequest> request;
    base::HttpResponder respond;
    const SourceContext* context;
    const Token* token = nullptr;  // nullptr: everything is allowed

    void fail(int status, std::string_view message) const {
        if (status != 503) count_http_refusal(*context, status);
        respond(failed(status, message));
    }
};

Reception::Reception(SourceContext context, Tokens tokens)
    : context_(std::move(context)),
      tokens_(std::move(tokens)),
      counters_(context_.counters.stage("source " + context_.name)),
      rejected_(context_.counters.number("vedette_remote_write_rejected_total",
                                         "source=\"" + context_.name + "\"")) {}

std::optional<HttpResponse> Reception::refuse(const HttpRequest& head) const {
    HttpResponse out;
    switch (http_refusal(head, tokens_, kApi)) {
        case HttpRefusal::none: return std::nullopt;
        case HttpRefusal::web_page:
            out = failed(403, "not for web pages: set tokens to allow it");
            break;
        case HttpRefusal::no_token:
        case HttpRefusal::unknown_token:
            out = failed(401, "missing or unknown token: use Bearer or Basic");
            out.headers.emplace_back("WWW-Authenticate", "Bearer, Basic realm=\"vedette\"");
            break;
        case HttpRefusal::other_api:
            out = failed(403, "the token may not use this interface");
            break;
    }
    count_http_refusal(context_, out.status);
    return out;
}

void Reception::handle(HttpRequest request, base::HttpResponder respond) {
    Asked asked{std::make_shared<HttpRequest>(std::move(request)), std::move(respond), &context_};
    if (asked.request->path != "/api/v1/write") {
        return asked.fail(404, "samples are taken at /api/v1/write");
    }
    if (asked.request->method != "POST") return asked.fail(405, "samples are sent with POST");
    const std::string_view other = other_protocol(*asked.request);
    if (!other.empty()) return asked.fail(415, other);
    if (!tokens_.is_empty()) {
        asked.token = tokens_.find(asked.request->header("authorization"));
        if (asked.token == nullptr) return asked.fail(401, "unknown token");
    }
    write(asked);
}

void Reception::write(const Asked& asked) {
    const auto status_of = [](const base::Error& error) {
        return error.code == base::ErrorCode::limit ? 413 : 400;
    };
    const auto body = opened_snappy(asked.request->body, kOpenedBytesMax);
    if (!body) return asked.fail(status_of(body.error()), body.error().message());
    std::string().swap(asked.request->body);
    event::Envelope envelope = http_envelope(context_, *asked.request, asked.token);
    set_format(envelope, "prometheus", context_.formats);
    RecordChunks chunks(std::move(envelope));
    const auto cut = cut_request(*body, chunks);
    if (!cut) return asked.fail(status_of(cut.error()), cut.error().message());
    counters_.received += cut->samples + cut->too_long;
    counters_.bytes += body->size();
    const auto delivery = std::make_shared<Delivery>(
        context_.sink,
        [this, self = shared_from_this(), asked, counts = *cut](const Fates& result) {
            const bool is_all = std::all_of(result.chunks.begin(), result.chunks.end(),
                                            [](Fate fate) { return fate == Fate::durable; });
            (is_all ? counters_.sent : counters_.errors) += counts.samples;
            // A 5xx is what every sender tries again; of a 429 only some do.
            if (!is_all) return asked.fail(503, "the journal has no room, send it again later");
            counters_.dropped += counts.too_long;
            rejected_ += counts.too_long;
            if (counts.too_long > 0) {
                return asked.fail(400, "all but " + std::to_string(counts.too_long) +
                                           " samples were taken: those are over 1 MiB with "
                                           "their labels");
            }
            asked.respond(HttpResponse{204, {}});
        });
    delivery->offer_all(chunks.take());
    delivery->release();
}

}  // namespace vedette::source::remote_write
